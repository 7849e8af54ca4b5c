package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sfdalab/internal/suggest"
)

// A Source says where images are: Images, or Dataset and Root.
type Source struct {
	Images  string // a folder with a folder for each class, or a .csv, .parquet or .tar file
	Name    string // of the dataset; that of Images' folder or file when empty
	Dataset string // one of those that papers used
	Root    string // its folder
	Split   string // what to take of it, such as "train+test"; the default where empty
}

// Check tells what is wrong with how a source is given, before anything is read.
func (s Source) Check() error {
	switch {
	case s.Images == "" && s.Dataset == "":
		return errors.New("give --images or --dataset")
	case s.Images != "" && s.Dataset != "":
		return errors.New("give either --images or --dataset, not both")
	case s.Dataset != "" && s.Root == "":
		return fmt.Errorf("give the folder of %s with --root", s.Dataset)
	}
	if s.Dataset != "" {
		_, err := Find(s.Dataset)
		return err
	}
	return nil
}

// Open lists the samples.
func (s Source) Open() (*Dataset, error) {
	if s.Dataset != "" {
		known, err := Find(s.Dataset)
		if err != nil {
			return nil, err
		}
		return known.Open(s.Root, s.Split)
	}
	info, err := os.Stat(s.Images)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, suggest.File(s.Images)
	} else if err != nil {
		return nil, err
	}
	name := s.Name
	if name == "" {
		full, err := filepath.Abs(s.Images)
		if err != nil {
			return nil, err
		}
		name = filepath.Base(full)
		if !info.IsDir() {
			name, _, _ = strings.Cut(name, ".")
		}
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	d, err := open(s.Images, info.IsDir())
	if err != nil {
		return nil, err
	}
	d.Name = name
	return d.only(s.Split)
}

// open chooses the reader by what is there.
func open(path string, isDir bool) (*Dataset, error) {
	switch extension := strings.ToLower(filepath.Ext(path)); {
	case isDir:
		return openFolder(path)
	case extension == ".csv":
		return CSV(path)
	case extension == ".parquet":
		return Parquet(path)
	case extension == ".tar":
		return WebDataset(path)
	}
	return nil, fmt.Errorf("%s is neither a folder nor a .csv, .parquet or .tar file", path)
}

// openFolder lists the images of a folder: of the Parquet files or the tar files in it
// where it holds such, and else of the folders of classes.
func openFolder(dir string) (*Dataset, error) {
	for _, kind := range []struct {
		pattern string
		open    func(paths ...string) (*Dataset, error)
	}{{"*.parquet", Parquet}, {"*.tar", WebDataset}} {
		if files, _ := filepath.Glob(filepath.Join(EscapeGlob(dir), kind.pattern)); len(files) > 0 {
			return kind.open(files...)
		}
	}
	return Folder(dir)
}

// EscapeGlob has filepath.Glob take a text as it is written.
func EscapeGlob(s string) string {
	if filepath.Separator == '\\' {
		return s
	}
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(s)
}

// checkName refuses names that files cannot begin with.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("%q cannot be the name of a dataset: give another with --name", name)
	}
	return nil
}
