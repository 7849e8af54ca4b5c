package features

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

// Folds are the samples of a Set dealt to folds, of which each is left out in turn. The
// labels must be classes.
type Folds struct {
	set  *Set
	fold []int     // N, the fold of each sample
	rest []*Groups // Classes of what each fold leaves; nil where sharing sums does not pay
}

// Folds deals the samples to count folds: sample n to fold[n], in [0, count). The
// class means of what each fold leaves follow from those of the folds' own samples, which are
// summed here in one pass, unless there are about as many of these as samples.
func (s *Set) Folds(fold []int, count int) *Folds {
	f := &Folds{set: s, fold: fold}
	parts := make([][]int, count) // of each fold and class, the number of its samples there, or 0
	for k := range parts {
		parts[k] = make([]int, s.C())
	}
	rows := 0
	for n, c := range s.Labels.Index {
		if parts[fold[n]][c]++; parts[fold[n]][c] == 1 {
			rows++
		}
	}
	if 2*rows <= s.n {
		f.rest = s.restOf(fold, parts, rows)
	}
	return f
}

// restOf returns the Classes of what each fold leaves. There are rows pairs of a fold and a
// class with samples, as many of them as parts[fold][class] says.
func (s *Set) restOf(fold []int, parts [][]int, rows int) []*Groups {
	row := make([][]int, len(parts)) // of each fold and class, its row of means
	next := 0
	for k, counts := range parts {
		row[k] = make([]int, s.C())
		for c, count := range counts {
			if row[k][c] = next; count > 0 {
				next++
			}
		}
	}
	index := make([]int, s.n)
	for n, c := range s.Labels.Index {
		index[n] = row[fold[n]][c]
	}
	_, means := GroupMeans(s.Features, index, rows)
	defer linalg.Free(means.RawMatrix().Data)

	all := s.Labels.Counts()
	rest, to := make([]*Groups, len(parts)), make([][]int, len(parts))
	for k, counts := range parts {
		rest[k], to[k] = new(Groups), make([]int, s.C())
		for c := range all {
			to[k][c] = len(rest[k].Counts)
			if left := all[c] - counts[c]; left > 0 { // a class without a sample is gone
				rest[k].Counts = append(rest[k].Counts, left)
			}
		}
		rest[k].Means = mat.NewDense(max(1, len(rest[k].Counts)), s.d, nil)
	}
	par.For(s.C(), func(c int) {
		for k := range parts {
			if parts[k][c] == all[c] {
				continue
			}
			mean := rest[k].Means.RawRowView(to[k][c])
			for other, counts := range parts {
				if other != k && counts[c] > 0 {
					floats.AddScaled(mean, float64(counts[c]), means.RawRowView(row[other][c]))
				}
			}
			floats.Scale(1/float64(all[c]-parts[k][c]), mean)
		}
	})
	return rest
}

// Held returns the samples of fold k.
func (f *Folds) Held(k int) []int { return f.where(func(of int) bool { return of == k }) }

// Without returns the Subset of the samples that are not of fold k.
func (f *Folds) Without(k int) (*Set, error) {
	rest, err := f.set.Subset(f.where(func(of int) bool { return of != k }))
	if err == nil && f.rest != nil {
		rest.classes = f.rest[k]
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
