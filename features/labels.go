package features

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Labels says what each sample is: one of C classes, or a row of targets.
type Labels struct {
	Index []int    // N, the class of each sample, in [0, C)
	Names []string // C, the classes as the data names them, in ascending order

	// Targets is N×K for multi-label data and regression, where Index and Names are
	// nil. Otherwise it is nil.
	Targets *mat.Dense

	// Multi says that Targets is of multi-label data: 1 where a sample has the label
	// of that column, 0 where it has not.
	Multi bool
}

// Classes makes Labels of class numbers or names. Numbers need not be 0 to C−1: those that
// occur are numbered anew in ascending order, where released code that takes the largest
// for C − 1 counts classes without samples.
func Classes[T cmp.Ordered](labels []T) *Labels {
	values := slices.Clone(labels)
	slices.Sort(values)
	values = slices.Compact(values)
	l := &Labels{Index: make([]int, len(labels)), Names: make([]string, len(values))}
	for i, v := range labels {
		l.Index[i], _ = slices.BinarySearch(values, v)
	}
	for c, v := range values {
		l.Names[c] = fmt.Sprint(v)
	}
	return l
}

// N is the number of samples.
func (l *Labels) N() int {
	if l.Targets != nil {
		return l.Targets.RawMatrix().Rows
	}
	return len(l.Index)
}

// C is the number of classes; 0 when there are targets instead.
func (l *Labels) C() int { return len(l.Names) }

// Equal reports whether both say the same of all samples.
func (l *Labels) Equal(other *Labels) bool {
	if l.Targets != nil && other.Targets != nil {
		return l.Multi == other.Multi && mat.Equal(l.Targets, other.Targets)
	}
	return (l.Targets == nil) == (other.Targets == nil) && slices.Equal(l.Index, other.Index) && slices.Equal(l.Names, other.Names)
}

// Counts returns the number of samples of each class.
func (l *Labels) Counts() []int {
	counts := make([]int, l.C())
	for _, c := range l.Index {
		counts[c]++
	}
	return counts
}

// subset returns the labels of the samples that index lists; classes without one are gone.
func (l *Labels) subset(index []int) *Labels {
	if l.Targets != nil {
		_, k := l.Targets.Dims()
		t := mat.NewDense(len(index), k, nil)
		for i, n := range index {
			t.SetRow(i, l.Targets.RawRowView(n))
		}
		return &Labels{Targets: t, Multi: l.Multi}
	}
	position := make([]int, l.C()) // new index of each class, −1 when it has no sample
	for c := range position {
		position[c] = -1
	}
	for _, n := range index {
		position[l.Index[n]] = 0
	}
	sub := &Labels{Index: make([]int, len(index))}
	for c := range position {
		if position[c] == 0 {
			position[c] = len(sub.Names)
			sub.Names = append(sub.Names, l.Names[c])
		}
	}
	for i, n := range index {
		sub.Index[i] = position[l.Index[n]]
	}
	return sub
}
