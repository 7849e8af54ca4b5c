package features

import (
	"errors"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// Shared returns what compute returned when it was first called for this key on
// s, so that metrics, and variants of one metric, can share what they compute.
// The key is of a type of the caller's own and holds all that the value depends
// on besides s. Others who ask meanwhile wait; a panic of compute is raised in
// all of them. Values live as long as the Set.
func Shared[T any](s *Set, key any, compute func() T) T {
	s.meter.ask(key)
	value, _ := s.shared.LoadOrStore(key, sync.OnceValue(func() any {
		defer s.meter.begin(key)()
		return compute()
	}))
	return value.(func() any)().(T)
}

// statistic is the key of the Set's own statistics. Callers must not change what
// they return.
type statistic string

// Groups returns the samples by class. The labels must be classes.
func (s *Set) Groups() *Groups {
	return Shared(s, statistic("groups"), func() *Groups {
		g := *s.Classes()
		if s.whole != nil {
			g.Within = s.whole.within(s, g.Means)
		}
		if g.Within == nil {
			g.Within = Scatter(Centred(s.Features, s.Labels.Index, g.Means))
		}
		return &g
	})
}

// Classes returns the Groups without their scatter within classes.
func (s *Set) Classes() *Groups {
	return Shared(s, statistic("classes"), func() *Groups {
		if s.classes != nil {
			return s.classes
		}
		counts, means := GroupMeans(s.Features, s.Labels.Index, s.C())
		return &Groups{Counts: counts, Means: means}
	})
}

// squares returns ‖x‖² of each sample.
func (s *Set) squares() []float64 {
	return Shared(s, statistic("squares"), func() []float64 {
		if s.whole == nil {
			return SquaredLengths(s.Features)
		}
		all, own := s.whole.squares(), make([]float64, s.n)
		for i, n := range s.whole.kept {
			own[i] = all[n]
		}
		return own
	})
}

// WithinTrace returns the trace of the scatter within classes, Σ_n ‖x_n − μ_{y_n}‖². It
// is Σ_n ‖x_n‖² − Σ_c n_c ‖μ_c‖² where that difference keeps its digits, and summed from centred
// samples otherwise.
func (s *Set) WithinTrace() float64 {
	g, total := s.Classes(), floats.Sum(s.squares())
	within := total
	for c, count := range g.Counts {
		mean := g.Means.RawRowView(c)
		within -= float64(count) * floats.Dot(mean, mean)
	}
	if mostLost*within >= total {
		return within
	}
	return floats.Sum(SquaredLengths(Centred(s.Features, s.Labels.Index, g.Means)))
}

// Mean returns the mean μ of all samples, D.
func (s *Set) Mean() []float64 {
	return Shared(s, statistic("mean"), func() []float64 {
		if s.Labels.Targets != nil {
			return columnMeans(s.Features)
		}
		return s.Classes().Mean()
	})
}

// Total returns the total scatter Σ_n (x_n − μ)(x_n − μ)ᵀ, D×D.
func (s *Set) Total() *mat.SymDense {
	return Shared(s, statistic("total"), func() *mat.SymDense {
		if s.Labels.Targets != nil {
			return Scatter(s.centred())
		}
		return s.OwnTotal()
	})
}

// OwnTotal returns Total as a matrix of the caller's own, to be used up: in all, a
// metric then needs one D×D matrix besides the scatter within classes.
func (s *Set) OwnTotal() *mat.SymDense {
	if s.Labels.Targets != nil {
		return linalg.ScaleSym(nil, 1, s.Total())
	}
	// The scatter of the class means, of rank C−1, is what the scatter within
	// classes lacks.
	g := s.Groups()
	total := linalg.ScaleSym(nil, 1, g.Within)
	blas64.Syrk(blas.Trans, 1, g.Between().RawMatrix(), 1, total.RawSymmetric())
	return total
}

// OwnGram returns XᵀX, D×D, as a matrix of the caller's own.
func (s *Set) OwnGram() *mat.SymDense {
	gram := s.OwnTotal()
	gram.SymRankOne(gram, float64(s.n), mat.NewVecDense(s.d, s.Mean()))
	return gram
}

// RowGram returns the inner products (x_n − μ)·(x_m − μ) of the centred samples,
// N×N.
func (s *Set) RowGram() *mat.SymDense {
	return Shared(s, statistic("row-gram"), func() *mat.SymDense {
		if s.whole != nil {
			if gram := s.whole.rowGram(); gram != nil {
				return gram
			}
		}
		return RowGram(s.centred())
	})
}

// Spectrum returns the min(N, D) largest eigenvalues of the total scatter in
// descending order, with 0 for those that rounding left below it.
func (s *Set) Spectrum() []float64 {
	return Shared(s, statistic("spectrum"), func() []float64 {
		values, _, err := linalg.EigenSym(s.smallerScatter(), false)
		if err != nil {
			panic(err)
		}
		for i, v := range values {
			values[i] = max(v, 0)
		}
		return values
	})
}

// Principal returns the first k principal components, or as many as min(N, D).
func (s *Set) Principal(k int) *Principal {
	type components int
	k = min(k, s.n, s.d)
	return Shared(s, components(k), func() *Principal { return s.principal(k) })
}

// SourceProbabilities returns the probabilities of the source classes, N×Z: the
// softmax of the source outputs or, where each row of these sums to 1 (within
// 1e-3) and has no negative number, the outputs themselves.
func (s *Set) SourceProbabilities() (*mat.Dense, error) {
	if s.Outputs == nil {
		return nil, errors.New("no source outputs")
	}
	return Shared(s, statistic("probabilities"), s.probabilities), nil
}

// OutputsAreProbabilities tells whether there are source outputs and SourceProbabilities
// takes them as they are.
func (s *Set) OutputsAreProbabilities() bool {
	return s.Outputs != nil && s.readOutputs().probabilities
}

// centred returns the samples less their mean.
func (s *Set) centred() Rows { return Centred(s.Features, nil, mat.NewDense(1, s.d, s.Mean())) }

// smallerScatter returns the smaller of two matrices with the same eigenvalues
// but for zeros.
func (s *Set) smallerScatter() *mat.SymDense {
	if s.n < s.d {
		return s.RowGram()
	}
	return s.Total()
}
