// Package files reads the inputs of a Set from files, and writes them.
//
// Each format is a row of the table formats. Numbers stay as they are stored, mapped
// into memory where the format allows, and are widened to float64 when they are read. A
// file is identified by the hash of the array's bytes (Hashes).
//
// Input that can be read in several ways is an error, which names the field of Reading
// that says which way is meant; or, if one way is safe, it is read in that way with a
// note.
package files

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sfdalab/features"
	"sfdalab/internal/par"
)

// Paths says which files a Set is read from, each of a kind that formats lists. A path
// may also be a folder, or have * in the name of its file: then the files there, in
// natural order, hold the samples one after the other. So do files joined by a plus sign,
// as in "train.npy+test.npy".
//
// An array of a file of several is named behind it, as in "all.npz:features". Unnamed,
// it is the only array there is, or the first of those with a usual name: features,
// feature, x or X; labels, label or y; outputs, output or logits; embeddings or
// embedding. Columns of a table are named in the same way: "table.csv:label",
// "table.csv:feat_*".
//
// Numbers may be of any NumPy type but complex. What labels may be is said by Kind.
type Paths struct {
	Features string // N×D
	Labels   string // N, or N×K

	// What only some metrics need; "" when there is none.
	Outputs    string // N×Z
	Second     string // N×D₂
	Embeddings string // C×E

	// Samples is a table with a column of samples' names, which those in other files
	// must agree with; "" for none.
	Samples string

	Model, Dataset string // as reports name them

	Reading

	// Told is called with what is to be said of how files were read; nil for nobody.
	Told func(text string)
}

// The usual names of arrays in a file of several, by role.
var (
	usualFeatures   = []string{"features", "feature", "x", "X"}
	usualLabels     = []string{"labels", "label", "y"}
	usualOutputs    = []string{"outputs", "output", "logits"}
	usualEmbeddings = []string{"embeddings", "embedding"}
)

// role is one of the inputs of a Set.
type role struct {
	name, path string
	usual      []string // keys in a file of several arrays
	reading    Reading
}

// roles returns the inputs that there are, features first.
func (p Paths) roles() []role {
	r := p.Reading
	if table, label := SplitKey(p.Labels); label != "" && table == p.Features {
		r.Drop = append(slices.Clone(r.Drop), strings.Split(label, ",")...)
	}
	all := []role{
		{"features", p.Features, usualFeatures, r},
		{"labels", p.Labels, usualLabels, r},
		{"outputs", p.Outputs, usualOutputs, r},
		{"second", p.Second, usualFeatures, r},
		{"embeddings", p.Embeddings, usualEmbeddings, r},
	}
	return slices.DeleteFunc(all, func(r role) bool { return r.path == "" })
}

// Open reads and checks a Set, as New does, and hashes its files. They stay
// mapped into memory until the Set is closed.
func Open(p Paths) (*features.Set, error) { return new(Hashes).Open(p) }

// Open is as the function of this name, but hashes only files that are not known.
func (h *Hashes) Open(p Paths) (s *features.Set, err error) {
	roles := p.roles()
	var inputs []*opened
	defer func() {
		if err != nil {
			closeAll(inputs)
		}
	}()
	for _, r := range roles {
		o, err := open(r)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, o)
	}
	var told, labels notes
	data, err := h.read(p, inputs, &told, &labels)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(roles)+1)
	files := make([]features.File, len(roles))
	par.For(len(errs), func(i int) {
		if i < len(roles) {
			files[i], errs[i] = h.hash(inputs[i])
		} else {
			s, errs[i] = features.New(data)
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	p.tell(told)
	h.mu.Lock()
	h.tellLabels(p, labels)
	h.mu.Unlock()
	s.Files = files
	s.OnClose(func() error { return closeAll(inputs) })
	return s, nil
}

// tell tells how files were read, if anybody asks.
func (p Paths) tell(told notes) {
	if p.Told != nil {
		for _, text := range told {
			p.Told(text)
		}
	}
}

// read makes the data of a Set of its inputs.
func (h *Hashes) read(p Paths, inputs []*opened, told, toldLabels *notes) (features.Data, error) {
	data := features.Data{Model: p.Model, Dataset: p.Dataset}
	var labels *values
	for _, in := range inputs {
		data.Files = append(data.Files, features.File{Role: in.role.name, Path: in.path})
		if in.role.name == "labels" {
			var err error
			if labels, err = in.labels(toldLabels); err != nil {
				return data, err
			}
			continue
		}
		rows, err := in.rows(told)
		if err != nil {
			return data, err
		}
		*matrix(&data, in.role.name) = rows
	}
	for _, pattern := range p.Reading.Drop {
		if !slices.ContainsFunc(inputs, func(in *opened) bool { return in.hasColumn(pattern) }) {
			told.add("%s: no column is like %q, which is to be dropped", p.Features, clip(pattern))
		}
	}
	if labels == nil {
		return data, nil // features.New says so
	}
	for _, a := range inputs {
		for _, b := range inputs {
			if err := a.sameParts(b); err != nil && a.role.name != "embeddings" && b.role.name != "embeddings" {
				return data, err
			}
		}
	}
	if err := h.checkSamples(p, inputs); err != nil {
		return data, err
	}
	var index []int
	var err error
	if data.Labels, index, err = labels.decide(p.Reading, toldLabels); err != nil {
		return data, err
	}
	at := slices.IndexFunc(inputs, func(in *opened) bool { return in.role.name == "labels" })
	splits, err := splitsOf(p, inputs[at], labels.n())
	if err != nil {
		return data, err
	}
	data.Splits = chosen(splits, index)
	if index == nil {
		return data, inputs[0].holdsLabels(data.Features, data.Labels)
	}
	for _, role := range []string{"features", "outputs", "second"} {
		m := matrix(&data, role)
		if *m == nil {
			continue
		}
		if n, _ := (*m).Dims(); n != labels.n() {
			return data, fmt.Errorf("%s (%s): %d rows, but %d labels in %s", role, p.path(role), n, labels.n(), p.Labels)
		}
		*m = features.Select(*m, index)
	}
	return data, inputs[0].holdsLabels(data.Features, data.Labels)
}

// matrix is where the Data has the matrix of a role.
func matrix(d *features.Data, role string) *features.Rows {
	switch role {
	case "features":
		return &d.Features
	case "outputs":
		return &d.Outputs
	case "second":
		return &d.Second
	}
	return &d.Embeddings
}

// path returns the path of a role whose rows are samples.
func (p Paths) path(role string) string {
	return map[string]string{"features": p.Features, "outputs": p.Outputs, "second": p.Second}[role]
}

// ReadRows reads a matrix. The file stays mapped into memory while the Rows is in use.
func ReadRows(path string) (features.Rows, features.File, error) {
	o, err := open(role{"features", path, usualFeatures, Reading{}})
	if err != nil {
		return nil, features.File{}, err
	}
	var told notes
	rows, err := o.rows(&told)
	if err != nil {
		return nil, features.File{}, err
	}
	file, err := new(Hashes).hash(o)
	return rows, file, err
}

// ReadLabels reads labels, of the kind that r says.
func ReadLabels(path string, r Reading) (*features.Labels, features.File, error) {
	o, err := open(role{"labels", path, usualLabels, r})
	if err != nil {
		return nil, features.File{}, err
	}
	defer o.close()
	var told notes
	v, err := o.labels(&told)
	if err != nil {
		return nil, features.File{}, err
	}
	labels, _, err := v.decide(r, &told)
	if err != nil {
		return nil, features.File{}, err
	}
	file, err := new(Hashes).hash(o)
	return labels, file, err
}

// closeAll closes inputs.
func closeAll(inputs []*opened) error {
	var errs []error
	for _, in := range inputs {
		errs = append(errs, in.close())
	}
	return errors.Join(errs...)
}
