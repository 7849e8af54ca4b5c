package experiments

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sfdalab/features/files"
)

// A pattern is a path in which {model} and {dataset} stand for names; every other letter
// is what it is.
type pattern struct {
	text     string // cleaned, without the key of an array or column, and without the names of shards
	segments []string
}

func newPattern(path string) pattern {
	text, _ := files.SplitKey(files.Joined(path)[0])
	p := pattern{text: filepath.Clean(text)}
	if folder, name := filepath.Split(p.text); strings.Contains(name, "*") && strings.Contains(folder, "{") {
		p.text = filepath.Clean(folder)
	}
	p.segments = strings.Split(filepath.ToSlash(p.text), "/")
	return p
}

var placeholderName = regexp.MustCompile(`\{(model|dataset)\}`)

// letters is how many letters of the pattern stand for themselves.
func (p pattern) letters() int { return len(placeholderName.ReplaceAllString(p.text, "")) }

// list returns the paths that are like the pattern, in ascending order. Where names are
// nested, {model} may stand for several folders.
func (p pattern) list(nested bool) []string {
	paths := []string{""}
	for i, segment := range p.segments {
		var next []string
		deep := nested && strings.Contains(segment, "{model}")
		for _, path := range paths {
			switch {
			case !strings.Contains(segment, "{"):
				if literal := join(path, segment, i); i < len(p.segments)-1 || exists(literal) {
					next = append(next, literal)
				}
			case deep:
				next = append(next, below(path, i, 4)...)
			default:
				next = append(next, entries(path, i, strings.HasPrefix(segment, "."))...)
			}
		}
		if paths = next; deep {
			break
		}
	}
	like := func(path string) bool { return len(p.splits(path, nested)) > 0 }
	extension := files.Extension(p.text)
	paths = slices.DeleteFunc(paths, func(path string) bool {
		asWritten := strings.TrimSuffix(path, files.Extension(path)) + extension
		return !like(path) || !exists(path) || path != asWritten && exists(asWritten)
	})
	slices.Sort(paths)
	return paths
}

// splits returns all models and datasets for which the pattern is the path.
func (p pattern) splits(path string, nested bool) []pair {
	var found []pair
	var match func(pattern, text string, so pair)
	match = func(pattern, text string, so pair) {
		at := placeholderName.FindStringIndex(pattern)
		if at == nil {
			if cut := len(pattern) - len(files.Extension(pattern)); pattern == text || len(pattern) == len(text) && pattern[:cut] == text[:cut] && strings.EqualFold(pattern, text) {
				found = append(found, so) // as .NPY is .npy
			}
			return
		}
		rest, ok := strings.CutPrefix(text, pattern[:at[0]])
		if !ok {
			return
		}
		name, pattern := pattern[at[0]:at[1]], pattern[at[1]:]
		known := &so.model
		if name == "{dataset}" {
			known = &so.dataset
		}
		if *known != "" {
			if rest, ok := strings.CutPrefix(rest, *known); ok {
				match(pattern, rest, so)
			}
			return
		}
		for end := 1; end <= len(rest); end++ {
			if rest[end-1] == '/' && (!nested || name != "{model}") {
				break
			}
			*known = rest[:end]
			match(pattern, rest[end:], so)
		}
	}
	match(filepath.ToSlash(p.text), filepath.ToSlash(path), pair{})
	return found
}

// noFile is the error of a pattern that matches nothing.
func noFile(p pattern) error {
	if strings.Contains(p.text, "*") {
		return fmt.Errorf("no file matches %s: only {model} and {dataset} stand for names in it, and {model} also for names with folders, such as owner/name", p.text)
	}
	for i, segment := range p.segments {
		if strings.Contains(segment, "{") {
			if folder := strings.Join(p.segments[:i], "/"); folder != "" && !exists(folder) {
				return fmt.Errorf("no file matches %s: there is no folder %s", p.text, folder)
			}
			break
		}
	}
	if strings.Contains(p.text, `\`) && !strings.Contains(p.text, "/") {
		return fmt.Errorf("no file matches %s: write / between folders", p.text)
	}
	return errors.New("no file matches " + p.text)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// join puts segment i behind a path.
func join(path, segment string, i int) string {
	if i == 0 {
		return segment
	}
	return path + "/" + segment
}

// entries lists what is in a folder, but for hidden files.
func entries(folder string, i int, hidden bool) []string {
	open := folder
	if i == 0 {
		open = "."
	} else if folder == "" {
		open = "/"
	}
	all, err := os.ReadDir(open)
	if err != nil {
		return nil
	}
	var paths []string
	for _, e := range all {
		if hidden || !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, join(folder, e.Name(), i))
		}
	}
	return paths
}

// below lists what is in a folder and in folders in it, down to a depth.
func below(folder string, i, depth int) []string {
	if depth == 0 {
		return nil
	}
	paths := entries(folder, i, false)
	for _, path := range slices.Clone(paths) {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			paths = append(paths, below(path, i+1, depth-1)...)
		}
	}
	return paths
}
