package files

import (
	"fmt"
	"path/filepath"
	"slices"

	"sfdalab/features"
)

// A format is a kind of file that can be read.
type format struct {
	extension string

	// member narrows the input to one of the arrays that the file holds: the one with
	// that key or, without one, the only one or the first with a usual name. It is nil
	// where a file holds one array.
	member func(in *input, key string, usual []string) error

	rows   func(*input) (features.Rows, error)
	labels func(*input) (*features.Labels, error)
}

var formats = []format{
	{".npy", nil, npyRows, npyLabels},
	{".npz", (*input).openMember, npyRows, npyLabels},
	{".csv", nil, (*input).csvRows, (*input).csvLabels},
}

// openInput opens a file, or the array in it that path names or that has a usual name.
func openInput(path string, usual []string) (*input, error) {
	path, key := splitKey(path)
	i := slices.IndexFunc(formats, func(f format) bool { return f.extension == filepath.Ext(path) })
	if i < 0 {
		return nil, fmt.Errorf("%s: unknown kind of file: .npy, .npz and .csv can be read", path)
	}
	in, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	in.format = formats[i]
	if in.format.member != nil {
		if err := in.format.member(in, key, usual); err != nil {
			in.close()
			return nil, err
		}
	}
	return in, nil
}

func npyRows(in *input) (features.Rows, error) {
	a, err := parseNpy(in)
	if err != nil {
		return nil, err
	}
	return a.matrix()
}

func npyLabels(in *input) (*features.Labels, error) {
	a, err := parseNpy(in)
	if err != nil {
		return nil, err
	}
	return a.labels()
}
