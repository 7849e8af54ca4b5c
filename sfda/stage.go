package sfda

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// stage is what one round of SFDA discriminates: samples, their classes, class
// means, and the scatter within classes.
type stage struct {
	rows   features.Rows
	index  []int // N, class of each sample
	groups *features.Groups
	shared bool // groups is the Set's, not to be changed

	// Shrinkage is defined in the coordinates of the data, of which there may be
	// more than rows has.
	dim  int       // D, the number of features of the data
	ones []float64 // the D-vector of ones, in the coordinates of rows
}

// firstStage is the stage of the features as they are, in the span of the
// samples when those are fewer than the features.
func firstStage(s *features.Set) *stage {
	span := s.Span()
	return &stage{span.Rows, s.Labels.Index, span.Groups, true, s.D(), span.Ones}
}

// withoutScatter is the stage without its D×D scatter, which only classifying
// needs.
func (s *stage) withoutScatter() *stage {
	light := *s
	light.groups = &features.Groups{Counts: s.groups.Counts, Means: s.groups.Means}
	return &light
}

// challenge is the stage after ConfMix: each sample moves towards the mean of the
// other classes' means, the further the lower its confidence, q_n in [0, 1].
func (s *stage) challenge(confidence []float64) *stage {
	c, d := s.groups.Means.Dims()
	sum := make([]float64, d)
	for k := range c {
		floats.Add(sum, s.groups.Means.RawRowView(k))
	}
	others := mat.NewDense(c, d, nil)
	for k := range c {
		m := others.RawRowView(k)
		floats.SubTo(m, sum, s.groups.Means.RawRowView(k))
		floats.Scale(1/float64(c-1), m)
	}
	mixed := &confMix{s.rows, s.index, others, confidence}
	return &stage{mixed, s.index, features.Group(mixed, s.index, c), false, s.dim, s.ones}
}

// confMix is the matrix of x̃_n = q_n x_n + (1−q_n) m_{y_n}, mixed as it is read.
type confMix struct {
	rows       features.Rows
	index      []int
	others     *mat.Dense // C×D, m
	confidence []float64  // N, q
}

// Dims returns N and D.
func (m *confMix) Dims() (n, d int) { return m.rows.Dims() }

// Read mixes rows i to j−1.
func (m *confMix) Read(dst []float64, i, j int) {
	m.rows.Read(dst, i, j)
	_, d := m.rows.Dims()
	for n := i; n < j; n++ {
		x := dst[(n-i)*d : (n-i+1)*d]
		q := m.confidence[n]
		floats.Scale(q, x)
		floats.AddScaled(x, 1-q, m.others.RawRowView(m.index[n]))
	}
}

// between returns the C×D matrix H with rows √π_c (μ_c−μ)ᵀ, so that the
// between-class scatter is S_b = HᵀH.
func (s *stage) between() *mat.Dense {
	n, _ := s.rows.Dims()
	h := s.groups.Between()
	h.Scale(1/math.Sqrt(float64(n)), h)
	return h
}
