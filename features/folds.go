package features

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Folds are the samples of a Set dealt to folds, of which each is left out in turn. The
// labels must be classes.
type Folds struct {
	set   *Set
	fold  []int        // N, the fold of each sample
	parts [][]foldPart // by fold; nil where sharing them does not pay
}

// foldPart is the samples of a fold that are of one class.
type foldPart struct {
	class, count int
	mean         []float64 // D
}

// Folds deals the samples to count folds: sample n to fold[n], in [0, count). The class
// means of what each fold leaves follow from those of the folds' own samples, which are
// summed here in one pass, unless there are about as many of these as samples.
func (s *Set) Folds(fold []int, count int) *Folds {
	f := &Folds{set: s, fold: fold}
	row := make([]int, count*s.C()) // of each fold and class, its row of means, from 1; 0 for none
	index, rows := make([]int, s.n), 0
	for n, c := range s.Labels.Index {
		at := &row[fold[n]*s.C()+c]
		if *at == 0 {
			rows++
			*at = rows
		}
		index[n] = *at - 1
	}
	if 2*rows > s.n {
		return f
	}
	counts, means := GroupMeans(s.Features, index, rows)
	f.parts = make([][]foldPart, count)
	for i, r := range row {
		if r > 0 {
			k := i / s.C()
			f.parts[k] = append(f.parts[k], foldPart{i % s.C(), counts[r-1], means.RawRowView(r - 1)})
		}
	}
	return f
}

// Held returns the samples of fold k.
func (f *Folds) Held(k int) []int { return f.where(func(of int) bool { return of == k }) }

// Without returns the Subset of the samples that are not of fold k.
func (f *Folds) Without(k int) (*Set, error) {
	rest, err := f.set.Subset(f.where(func(of int) bool { return of != k }))
	if err == nil && f.parts != nil {
		rest.classes = func() *Groups { return f.classesWithout(k) }
	}
	return rest, err
}

// where returns the samples whose fold has a property.
func (f *Folds) where(has func(fold int) bool) (index []int) {
	for n, of := range f.fold {
		if has(of) {
			index = append(index, n)
		}
	}
	return index
}

func (f *Folds) classesWithout(k int) *Groups {
	c := f.set.C()
	counts, sums := make([]int, c), mat.NewDense(c, f.set.d, nil)
	for of, parts := range f.parts {
		if of == k {
			continue
		}
		for _, p := range parts {
			counts[p.class] += p.count
			floats.AddScaled(sums.RawRowView(p.class), float64(p.count), p.mean)
		}
	}
	left := 0 // classes that have samples, which come first in means
	for class, count := range counts {
		if count > 0 {
			floats.ScaleTo(sums.RawRowView(left), 1/float64(count), sums.RawRowView(class))
			counts[left] = count
			left++
		}
	}
	return &Groups{Counts: counts[:left], Means: sums.Slice(0, left, 0, f.set.d).(*mat.Dense)}
}
