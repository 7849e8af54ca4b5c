package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sfdalab/internal/memory"
	"sfdalab/internal/parquet"
	"sfdalab/internal/regular"
)

// Parquet lists the images of files as Hugging Face's datasets writes them: a column
// image, a struct of bytes and path, and a column label, whose classes are named in the
// file's metadata. The columns may have other names where only one of each kind is there.
func Parquet(paths ...string) (*Dataset, error) {
	d := &Dataset{}
	for _, path := range paths {
		t, err := openTable(path)
		if err == nil {
			err = t.list(d)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(d.Samples) == 0 {
		return nil, fmt.Errorf("%s lists no images", paths[0])
	}
	return d, nil
}

// A parquetTable reads images from one file. It keeps the row group that was read last,
// since samples are asked for in order.
type parquetTable struct {
	path         string
	image, label int      // columns
	names        []string // of classes

	mu    sync.Mutex // guards group and bytes
	group int
	bytes [][]byte
}

// huggingFace is what datasets writes into a file's metadata.
type huggingFace struct {
	Info struct {
		Features map[string]struct {
			Type  string `json:"_type"`
			Names []string
		}
	}
}

// openTable finds the columns.
func openTable(path string) (*parquetTable, error) {
	t := &parquetTable{path: path, image: -1, label: -1, group: -1}
	return t, t.with(func(f *parquet.File) error {
		var meta huggingFace
		if text := f.Metadata("huggingface"); text != "" {
			if err := json.Unmarshal([]byte(text), &meta); err != nil {
				return fmt.Errorf("its metadata for Hugging Face: %w", err)
			}
		}
		var labels []string
		for name, feature := range meta.Info.Features {
			if feature.Type == "ClassLabel" {
				labels = append(labels, name)
			}
		}
		labelName := "label"
		if len(labels) == 1 {
			labelName = labels[0]
		} else if len(labels) > 1 && !slices.Contains(labels, labelName) {
			slices.Sort(labels)
			return fmt.Errorf("it has %d columns of classes (%v) and none is named label", len(labels), labels)
		}
		t.names = meta.Info.Features[labelName].Names
		var names []string
		for i, c := range f.Columns {
			names = append(names, strings.Join(c.Path, "."))
			switch {
			case c.Repeated > 0:
			case len(c.Path) == 2 && c.Path[1] == "bytes" && c.Kind == parquet.Bytes && (t.image < 0 || c.Path[0] == "image"):
				t.image = i
			case len(c.Path) == 1 && c.Path[0] == labelName && c.Whole():
				t.label = i
			}
		}
		if t.image < 0 || t.label < 0 {
			return fmt.Errorf("it has no columns image (bytes, path) and label, of whole numbers: there are %s", strings.Join(names, ", "))
		}
		return nil
	})
}

// with opens the file for a call of fn.
func (t *parquetTable) with(fn func(*parquet.File) error) error {
	f, err := regular.Open(t.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p, err := parquet.Open(f, info.Size(), memory.Free())
	if err != nil {
		return err
	}
	return fn(p)
}

// list adds the samples of the file, and the classes.
func (t *parquetTable) list(d *Dataset) error {
	return t.with(func(f *parquet.File) error {
		most := -1
		for group := range f.Groups {
			row := 0
			err := f.Each(group, t.label, func(v parquet.Value) error {
				if v.Null || v.Int() < 0 || v.Int() > maxClass {
					return fmt.Errorf("row %d of row group %d has no class", row, group)
				}
				at, class := row, int(v.Int())
				row++
				most = max(most, class)
				d.Samples = append(d.Samples, Sample{
					Path: fmt.Sprintf("%s/%d/%d", filepath.Base(t.path), group, at), Class: class,
					Bytes: func() ([]byte, error) { return t.read(group, at) },
				})
				return nil
			})
			if err != nil {
				return err
			}
		}
		names := t.names
		for c := len(names); len(t.names) == 0 && c <= most; c++ {
			names = append(names, strconv.Itoa(c))
		}
		if most >= len(names) {
			return fmt.Errorf("an image has class %d, and %d are named", most, len(names))
		}
		if len(t.names) > 0 && d.Classes != nil && !slices.Equal(names, d.Classes) {
			return errors.New("its classes are others than those of the files before it")
		}
		if len(names) > len(d.Classes) {
			d.Classes = names
		}
		return nil
	})
}

// read returns the image of a row.
func (t *parquetTable) read(group, row int) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.group != group {
		t.group, t.bytes = -1, nil
		err := t.with(func(f *parquet.File) error {
			if group >= len(f.Groups) || t.image >= len(f.Columns) {
				return errors.New("it has fewer rows than before")
			}
			return f.Each(group, t.image, func(v parquet.Value) error {
				t.bytes = append(t.bytes, v.Bytes)
				return nil
			})
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.path, err)
		}
		t.group = group
	}
	if row >= len(t.bytes) || len(t.bytes[row]) == 0 {
		return nil, errors.New("the row holds no bytes of an image")
	}
	return t.bytes[row], nil
}
