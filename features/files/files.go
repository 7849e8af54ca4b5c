// Package files reads the inputs of a Set from files, and writes them.
//
// Each kind of file is a line of the table formats. Numbers stay as they are stored,
// mapped into memory where the format allows, and are widened to float64 when they are
// read. A file is identified by the hash of the array's bytes (Hashes).
package files

import (
	"errors"
	"slices"

	"sfdalab/features"
	"sfdalab/internal/par"
)

// Paths says which files a Set is read from. Each is an .npy, .npz or CSV file.
// An array of an .npz file is named behind it, as in "all.npz:features".
// Unnamed, it is the only array there is, or the first of those with a usual
// name: features, feature, x or X; labels, label or y; outputs, output or
// logits; embeddings or embedding.
//
// Numbers may be of any NumPy type but complex. Labels may be whole numbers or
// text, which are classes; other numbers, which are regression targets; or have
// several columns, which are targets too: of multi-label data when all are 0 or
// 1.
type Paths struct {
	Features string // N×D
	Labels   string // N, or N×K

	// What only some metrics need; "" when there is none.
	Outputs    string // N×Z
	Second     string // N×D₂
	Embeddings string // C×E

	Model, Dataset string // as reports name them
}

var (
	usualFeatures   = []string{"features", "feature", "x", "X"}
	usualLabels     = []string{"labels", "label", "y"}
	usualOutputs    = []string{"outputs", "output", "logits"}
	usualEmbeddings = []string{"embeddings", "embedding"}
)

// role is one of the inputs of a Set.
type role struct {
	name, path string
	usual      []string // keys in an .npz file
	read       func(*features.Data, *input) error
}

func (p Paths) roles() []role {
	all := []role{
		{"features", p.Features, usualFeatures, func(d *features.Data, in *input) (err error) { d.Features, err = in.format.rows(in); return }},
		{"labels", p.Labels, usualLabels, func(d *features.Data, in *input) (err error) { d.Labels, err = in.format.labels(in); return }},
		{"outputs", p.Outputs, usualOutputs, func(d *features.Data, in *input) (err error) { d.Outputs, err = in.format.rows(in); return }},
		{"second", p.Second, usualFeatures, func(d *features.Data, in *input) (err error) { d.Second, err = in.format.rows(in); return }},
		{"embeddings", p.Embeddings, usualEmbeddings, func(d *features.Data, in *input) (err error) { d.Embeddings, err = in.format.rows(in); return }},
	}
	return slices.DeleteFunc(all, func(r role) bool { return r.path == "" })
}

// Open reads and checks a Set, as New does, and hashes its files. They stay
// mapped into memory until the Set is closed.
func Open(p Paths) (*features.Set, error) { return new(Hashes).Open(p) }

// Open is as the function of this name, but hashes only files that are not known.
func (h *Hashes) Open(p Paths) (s *features.Set, err error) {
	roles := p.roles()
	data := features.Data{Model: p.Model, Dataset: p.Dataset, Files: make([]features.File, len(roles))}
	var inputs []*input
	defer func() {
		if err != nil {
			closeAll(inputs)
		}
	}()
	for i, r := range roles {
		in, err := openInput(r.path, r.usual)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, in)
		if err := r.read(&data, in); err != nil {
			return nil, err
		}
		data.Files[i] = features.File{Role: r.name, Path: in.path}
	}
	errs := make([]error, len(roles)+1)
	files := make([]features.File, len(roles))
	par.For(len(errs), func(i int) {
		if i < len(roles) {
			files[i], errs[i] = h.hash(roles[i], inputs[i])
		} else {
			s, errs[i] = features.New(data)
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	s.Files = files
	s.OnClose(func() error { return closeAll(inputs) })
	return s, nil
}

// ReadRows reads a matrix from an .npy, .npz or CSV file. The file stays mapped
// into memory while the Rows is in use.
func ReadRows(path string) (features.Rows, features.File, error) {
	in, err := openInput(path, usualFeatures)
	if err != nil {
		return nil, features.File{}, err
	}
	rows, err := in.format.rows(in)
	if err != nil {
		return nil, features.File{}, err
	}
	file, err := in.file("features")
	return rows, file, err
}

// ReadLabels reads labels from an .npy, .npz or CSV file.
func ReadLabels(path string) (*features.Labels, features.File, error) {
	in, err := openInput(path, usualLabels)
	if err != nil {
		return nil, features.File{}, err
	}
	defer in.close()
	labels, err := in.format.labels(in)
	if err != nil {
		return nil, features.File{}, err
	}
	file, err := in.file("labels")
	return labels, file, err
}

func closeAll(inputs []*input) error {
	var errs []error
	for _, in := range inputs {
		errs = append(errs, in.close())
	}
	return errors.Join(errs...)
}
