package files

import (
	"fmt"
	"hash"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/features"
	"sfdalab/internal/strict"
)

// A format is a kind of file that can be read.
type format struct {
	extensions []string

	// open finds what the bytes of the input hold. Of several arrays, it is the one
	// that key names or, without a key, the only one or the first with a usual name. A
	// key of a table names columns.
	open func(in *input, key string, usual []string) (content, error)
}

// content is what a file holds: an array or a table.
type content interface {
	// rows returns the numbers as a matrix N×D, read as r says.
	rows(r Reading, told *notes) (features.Rows, error)

	// labels returns the labels before it is decided what they are.
	labels(r Reading, told *notes) (*values, error)

	// samples returns an identifier of each sample; nil where there are none.
	samples() ([]string, error)

	// hash adds all bytes of the content to a hash.
	hash(hash.Hash) error
}

// formats are the kinds of files that can be read. Any of them may be packed by gzip,
// with .gz behind its name.
var formats = []format{
	{[]string{".npy"}, openNpy},
	{[]string{".npz"}, openNpz},
	{[]string{".csv", ".tsv", ".txt"}, openText},
	{[]string{".parquet"}, openParquet},
	{[]string{".safetensors"}, openSafetensors},
	{[]string{".pt", ".pth"}, openTorch},
	{[]string{".mat"}, openMat},
}

// conversions say, for files that are not read, how to make .npy files of them in
// Python.
var conversions = map[string]string{
	".pkl":     `import pickle, numpy; numpy.save("%[1]s.npy", pickle.load(open("%[1]s%[2]s", "rb")))  (name the array in it, such as ["features"], where it holds several)`,
	".pickle":  `import pickle, numpy; numpy.save("%[1]s.npy", pickle.load(open("%[1]s%[2]s", "rb")))  (name the array in it, such as ["features"], where it holds several)`,
	".h5":      `import h5py, numpy; numpy.save("%[1]s.npy", h5py.File("%[1]s%[2]s")["features"][:])`,
	".hdf5":    `import h5py, numpy; numpy.save("%[1]s.npy", h5py.File("%[1]s%[2]s")["features"][:])`,
	".feather": `import pandas, numpy; numpy.save("%[1]s.npy", pandas.read_feather("%[1]s%[2]s").to_numpy())`,
	".arrow":   `import datasets, numpy; numpy.save("%[1]s.npy", datasets.Dataset.from_file("%[1]s%[2]s").with_format("numpy")["features"])`,
	".joblib":  `import joblib, numpy; numpy.save("%[1]s.npy", joblib.load("%[1]s%[2]s"))`,
	".xlsx":    `import pandas; pandas.read_excel("%[1]s%[2]s").to_csv("%[1]s.csv", index=False)`,
	".json":    `import pandas; pandas.read_json("%[1]s%[2]s").to_csv("%[1]s.csv", index=False)`,
	".jsonl":   `import pandas; pandas.read_json("%[1]s%[2]s", lines=True).to_csv("%[1]s.csv", index=False)`,
}

// Extension is how a file's name ends, such as ".npy" or ".csv.gz".
func Extension(path string) string {
	extension := filepath.Ext(path)
	if strings.EqualFold(extension, ".gz") {
		return filepath.Ext(strings.TrimSuffix(path, extension)) + extension
	}
	return extension
}

// formatOf returns the format of a file by its name, and whether gzip has packed it.
func formatOf(path string) (f format, packed bool, err error) {
	name := strings.ToLower(path)
	name, packed = strings.CutSuffix(name, ".gz")
	extension := filepath.Ext(name)
	i := slices.IndexFunc(formats, func(f format) bool { return slices.Contains(f.extensions, extension) })
	if i >= 0 {
		return formats[i], packed, nil
	}
	var known []string
	for _, f := range formats {
		known = append(known, f.extensions...)
	}
	err = fmt.Errorf("%s: unknown kind of file: %s can be read", path, strings.Join(known, ", "))
	if how, ok := conversions[extension]; ok && !packed {
		cut := len(path) - len(extension)
		err = fmt.Errorf("%s: %s files are not read; to convert it, in Python: %s", path, extension, fmt.Sprintf(how, path[:cut], path[cut:]))
	}
	return format{}, false, err
}

// readable reports whether a file has the name of one that can be read.
func readable(name string) bool {
	_, _, err := formatOf(name)
	return err == nil
}

// SplitKey takes the key of an array or of columns from a path such as
// "all.npz:features" or "table.csv:f_*". A file that has the whole name is taken for that.
func SplitKey(path string) (file, key string) {
	for i := strings.LastIndexByte(path, ':'); i > 0; i = strings.LastIndexByte(path[:i], ':') {
		if readable(path[:i]) && !exists(path) {
			return path[:i], path[i+1:]
		}
	}
	return path, ""
}

// openInput opens a file, and finds the array in it that path names or that has a usual
// name.
func openInput(path string, usual []string) (*input, content, error) {
	path, key := SplitKey(path)
	format, packed, err := formatOf(path)
	if err != nil {
		return nil, nil, err
	}
	in, err := mapFile(path)
	if err != nil {
		return nil, nil, err
	}
	if packed {
		err = in.unzip()
	}
	var c content
	if err == nil {
		c, err = format.open(in, key, usual)
	}
	if err != nil {
		in.close()
		return nil, nil, err
	}
	if _, ok := c.(*table); ok && key != "" {
		in.path += ":" + key
	}
	return in, c, nil
}

// notes are what is said of how a file was read.
type notes []string

// add notes one thing more.
func (n *notes) add(format string, args ...any) { *n = append(*n, fmt.Sprintf(format, args...)) }

// clip shortens a text for an error.
func clip(text string) string { return strict.Clip(text, 80) }

// list names things for an error, but not very many.
func list(names []string) string {
	const most = 12
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return clip(strings.Join(names[:most], ", ")) + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return clip(strings.Join(names, ", "))
}
