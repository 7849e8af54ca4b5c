package datasets

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sfdalab/internal/regular"
)

// WebDataset lists the images of tar files as the webdataset library reads them: files
// whose names are equal up to the first dot of the last part belong to one sample, an
// image and its class in .cls, a number, or .json, {"label": 3} or {"cls": 3}. Names of
// classes are taken from classnames.txt beside the files, where it is there.
func WebDataset(paths ...string) (*Dataset, error) {
	d := &Dataset{}
	var labels []int
	for _, p := range paths {
		found, classes, err := readTar(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		d.Samples = append(d.Samples, found...)
		labels = append(labels, classes...)
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%s: no images with classes (.cls) are in it", paths[0])
	}
	most := slices.Max(labels)
	names, err := lines(filepath.Join(filepath.Dir(paths[0]), "classnames.txt"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		for c := range most + 1 {
			d.Classes = append(d.Classes, strconv.Itoa(c))
		}
	case err != nil:
		return nil, err
	case most >= len(names):
		return nil, fmt.Errorf("%s: an image has class %d, and classnames.txt lists %d", paths[0], most, len(names))
	default:
		d.Classes = names
	}
	return d, nil
}

// maxClass bounds the number of a class, and maxLabel the file that holds it.
const (
	maxClass = 1 << 20
	maxLabel = 1 << 20
)

// readTar lists the samples of one tar file, with their classes.
func readTar(name string) (samples []Sample, classes []int, err error) {
	f, err := regular.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	found := map[string]*tarSample{}
	var keys []string
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		folder, base := path.Split(h.Name)
		stem, extension, _ := strings.Cut(base, ".")
		if h.Typeflag != tar.TypeReg || stem == "" {
			continue
		}
		key := folder + stem
		s := found[key]
		if s == nil {
			s = &tarSample{class: -1}
			found[key], keys = s, append(keys, key)
		}
		if err := s.add(f, r, h, strings.ToLower(extension)); err != nil {
			return nil, nil, err
		}
	}
	for _, key := range keys {
		s := found[key]
		switch {
		case s.image.Bytes == nil:
		case s.class < 0:
			return nil, nil, fmt.Errorf("%s has no class (.cls)", s.image.Path)
		default:
			s.image.Class = s.class
			samples, classes = append(samples, s.image), append(classes, s.class)
		}
	}
	return samples, classes, nil
}

// A tarSample is what the files of one sample have told until now.
type tarSample struct {
	image Sample
	class int // -1 while it is not known
}

// add takes the file that r is at in f.
func (s *tarSample) add(f *os.File, r *tar.Reader, h *tar.Header, extension string) error {
	switch {
	case extension == "cls" || extension == "json":
		text, err := io.ReadAll(io.LimitReader(r, maxLabel))
		if err != nil {
			return err
		}
		class, err := label(extension, text)
		if err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		if class >= 0 {
			s.class = class
		}
	case isImage("." + extension):
		offset, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		s.image = part(f.Name(), h.Name, offset, h.Size)
	}
	return nil
}

// label reads a class; it is -1 where a .json does not hold one.
func label(extension string, text []byte) (int, error) {
	class := -1
	if extension == "cls" {
		var err error
		if class, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return 0, err
		}
	} else {
		var keys struct{ Label, Cls *int }
		if err := json.Unmarshal(text, &keys); err == nil {
			switch {
			case keys.Label != nil && keys.Cls != nil && *keys.Label != *keys.Cls:
				return 0, fmt.Errorf("label is %d and cls is %d: want one class", *keys.Label, *keys.Cls)
			case keys.Label != nil:
				class = *keys.Label
			case keys.Cls != nil:
				class = *keys.Cls
			}
		}
	}
	if class > maxClass || class < -1 {
		return 0, fmt.Errorf("class %d is out of range", class)
	}
	return class, nil
}

// part is the sample of some bytes of a file.
func part(file, name string, offset, size int64) Sample {
	return Sample{Path: name, Bytes: func() ([]byte, error) {
		if size > maxFile {
			return nil, fmt.Errorf("%s has %d bytes, too many for an image", name, size)
		}
		f, err := regular.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		data := make([]byte, size)
		_, err = f.ReadAt(data, offset)
		return data, err
	}}
}
