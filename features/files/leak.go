package files

import (
	"fmt"
	"math"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// holdsLabels reports a column of a table of features that is the labels, whatever it is
// called: whole numbers that tell each class, or numbers that are a target. Columns that
// the user has named are taken for what they are said to be.
func (o *opened) holdsLabels(rows features.Rows, labels *features.Labels) error {
	t, ok := o.contents[0].(*table)
	if !ok || t.key != "" || o.role.name != "features" || labels.N() < 10 {
		return nil
	}
	if n, _ := rows.Dims(); n != labels.N() {
		return nil // an error of its own
	}
	var told notes
	chosen, err := t.chooseFeatures(o.role.reading, &told)
	if err != nil || len(chosen) < 2 {
		return err
	}
	x := features.Matrix(rows)
	if _, d := x.Dims(); d != len(chosen) {
		return nil // lists, which have no label among them
	}
	for j, k := range chosen {
		if tellsLabels(x, j, labels) {
			name := clip(t.columns[k].name)
			return fmt.Errorf("%s: column %q is the label of each sample: leave it out by --drop '%s' (in a spec, drop), or name the columns of features, such as '%s:f_*'", t.path, name, name, filepath.Base(t.path))
		}
	}
	return nil
}

// tellsLabels reports whether column j is a target, or has one whole number for each class.
func tellsLabels(x *mat.Dense, j int, labels *features.Labels) bool {
	if t := labels.Targets; t != nil {
		_, targets := t.Dims()
		for k := range targets {
			if mat.Equal(x.ColView(j), t.ColView(k)) {
				return true
			}
		}
		return false
	}
	if labels.C() < 2 || labels.C() > labels.N()/2 {
		return false
	}
	of := make(map[int]float64) // each class has one number
	for n, c := range labels.Index {
		v := x.At(n, j)
		if known, ok := of[c]; v != math.Trunc(v) || ok && known != v {
			return false
		}
		of[c] = v
	}
	classes := make(map[float64]bool) // and each number is of one class
	for _, v := range of {
		classes[v] = true
	}
	return len(classes) == labels.C()
}
