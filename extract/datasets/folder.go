package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// imageSuffixes are the file names that torchvision's ImageFolder takes for images.
var imageSuffixes = []string{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}

// isImage reports whether a file has the name of an image.
func isImage(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(imageSuffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// Folder lists the images below a folder that holds a folder for each class, as
// torchvision's ImageFolder does: classes in the order of their names (by code point,
// so that B precedes a), and in each class the folders, at any depth, and then the
// files of each in the order of their names. Files of other kinds, GIF among them, are
// left out as there, which a note tells; so are files that begin with a dot, which some
// systems leave behind.
func Folder(dir string) (*Dataset, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Name: filepath.Base(full)}
	loose := 0
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		// Stat follows links, as torchvision does.
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			d.Classes = append(d.Classes, e.Name())
		} else if isImage(e.Name()) {
			loose++
		}
	}
	if len(d.Classes) == 0 {
		if loose > 0 {
			return nil, fmt.Errorf("%s has %d images but no folders: put the images of each class into a folder, or list them in a CSV file with the columns path and class", dir, loose)
		}
		return nil, fmt.Errorf("%s has no images: there must be a folder of images for each class", dir)
	}
	if loose > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d images that lie in %s itself, in no folder of a class, are left out", loose, dir))
	}
	slices.Sort(d.Classes)
	var others []string
	for class, folder := range d.Classes {
		before := len(d.Samples)
		left, err := d.addFolder(dir, folder, class)
		if err != nil {
			return nil, err
		}
		if len(d.Samples) == before {
			return nil, fmt.Errorf("%s has no images (%s): the folder of each class must have some",
				filepath.Join(dir, folder), strings.Join(imageSuffixes, ", "))
		}
		others = append(others, left...)
	}
	if len(others) > 0 {
		more := ""
		if n := len(others) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		d.Notes = append(d.Notes, fmt.Sprintf("left out: %s%s: images' names end in %s (a CSV file can list others)",
			others[0], more, strings.Join(imageSuffixes, ", ")))
	}
	return d, nil
}

// addFolder adds the images below a folder: its own first, then those of the folders
// in it, as Python's sorted(os.walk()) lists them. It returns the files that are no images.
func (d *Dataset) addFolder(root, folder string, class int) (others []string, err error) {
	var folders []string
	if err := walk(filepath.Join(root, folder), func(path string) { folders = append(folders, path) }); err != nil {
		return nil, err
	}
	slices.Sort(folders)
	for _, path := range folders {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries { // in the order of names
			if hidden(e.Name()) || e.IsDir() {
				continue
			}
			full := filepath.Join(path, e.Name())
			shown, err := filepath.Rel(root, full)
			if err != nil {
				return nil, err
			}
			if shown = filepath.ToSlash(shown); isImage(e.Name()) {
				d.Samples = append(d.Samples, file(full, shown, class, ""))
			} else if info, err := os.Stat(full); err == nil && !info.IsDir() {
				others = append(others, shown)
			}
		}
	}
	return others, nil
}

// walk calls fn for a folder and all below it, following links as torchvision does,
// though not round in a circle.
func walk(dir string, fn func(string)) error { return walkBelow(dir, fn, nil) }

// walkBelow is walk below folders, which are given without links.
func walkBelow(dir string, fn func(string), above []string) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if slices.Contains(above, real) {
		return nil
	}
	above = append(slices.Clip(above), real)
	fn(dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		full := filepath.Join(dir, e.Name())
		if hidden(e.Name()) || !e.IsDir() && e.Type()&fs.ModeSymlink == 0 {
			continue
		}
		if info, err := os.Stat(full); err != nil || !info.IsDir() {
			continue
		}
		if err := walkBelow(full, fn, above); err != nil {
			return err
		}
	}
	return nil
}

// hidden reports whether a name begins with a dot.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }
