package features

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// Subset returns the Set of the samples that index lists. Classes without a
// sample in it are gone from it.
//
// Statistics of a Subset with half of the samples or more follow from those of s, which
// are computed first where they are not there. So its scores have the same bits whatever
// else was scored, and differ from those of a Set of the same samples by rounding.
func (s *Set) Subset(index []int) (subset *Set, err error) {
	defer CatchLost(&err)
	data := s.Data
	data.Features = selection{s.Features, index}
	data.Labels = s.Labels.subset(index)
	if s.Splits != nil {
		data.Splits = make([]string, len(index))
		for i, k := range index {
			data.Splits[i] = s.Splits[k]
		}
	}
	if s.Outputs != nil {
		data.Outputs = selection{s.Outputs, index}
	}
	if s.Second != nil {
		data.Second = selection{s.Second, index}
	}
	if s.Embeddings != nil {
		kept := make([]int, len(data.Labels.Names))
		for c, name := range data.Labels.Names {
			kept[c] = slices.Index(s.Labels.Names, name)
		}
		data.Embeddings = selection{s.Embeddings, kept}
	}
	if subset, err = unchecked(data); err != nil {
		return nil, err
	}
	subset.constant = constantAmong(data.Features, s.constant)
	subset.whole = newWhole(s, index)
	return subset, subset.checkSpread()
}

// Against returns the Set with two classes: samples that have label k of multi-label
// data, and the others. Some must be of either.
func (s *Set) Against(k int) (*Set, error) {
	labels := &Labels{Index: make([]int, s.n), Names: []string{"absent", "present"}}
	for i := range labels.Index {
		labels.Index[i] = int(s.Labels.Targets.At(i, k))
	}
	against := &Set{Data: s.Data, n: s.n, d: s.d, constant: s.constant}
	against.Labels, against.Embeddings = labels, nil
	return against, against.checkLabels()
}

// whole is the Set of which another is the Subset.
type whole struct {
	*Set
	kept, left []int // its samples that are in the Subset, in the Subset's order, and the others
}

// newWhole returns s as the whole of the samples that index lists, or nil where statistics
// of these are sooner computed, or samples repeat.
func newWhole(s *Set, index []int) *whole {
	if 2*len(index) < s.n { // more samples would be taken away than added
		return nil
	}
	in := make([]bool, s.n)
	for _, n := range index {
		if in[n] {
			return nil
		}
		in[n] = true
	}
	w := &whole{s, slices.Clone(index), make([]int, 0, s.n-len(index))}
	for n, kept := range in {
		if !kept {
			w.left = append(w.left, n)
		}
	}
	return w
}

// mostLost is by how much a sum of squares may be more than a difference from it, so that
// the difference loses at most four of 53 bits.
const mostLost = 16

// within returns the scatter within classes of a Subset with the given class means: what
// the samples that are left out add to the scatter W of the whole is taken from it,
// and what the means μ of its classes lie apart from those of the Subset, m,
//
//	W − Σ_left (x_n − μ)(x_n − μ)ᵀ − Σ_c n_c (m_c − μ_c)(m_c − μ_c)ᵀ
//
// A feature that hardly varies within the Subset has its row summed from the samples.
// It returns nil where there are many of them.
func (w *whole) within(s *Set, means *mat.Dense) *mat.SymDense {
	g := w.Groups()
	within := linalg.ScaleSym(nil, 1, g.Within)
	index := make([]int, len(w.left))
	for i, n := range w.left {
		index[i] = w.Labels.Index[n]
	}
	addScatter(within, -1, Centred(selection{w.Features, w.left}, index, g.Means))
	// Scaled by √n_c, the differences of the means make the last sum one product.
	apart := mat.DenseCopyOf(means)
	for k, count := range s.Labels.Counts() {
		row, class := apart.RawRowView(k), slices.Index(w.Labels.Names, s.Labels.Names[k])
		floats.Sub(row, g.Means.RawRowView(class))
		floats.Scale(math.Sqrt(float64(count)), row)
	}
	blas64.Syrk(blas.Trans, -1, apart.RawMatrix(), 1, within.RawSymmetric())

	// Where little is left of a large sum, its digits are lost in the difference: such
	// features are summed again.
	var lost []int
	for j := range s.d {
		if v := g.Within.At(j, j); v > 0 && !(mostLost*within.At(j, j) >= v) {
			lost = append(lost, j)
		}
	}
	if 8*len(lost) > s.d { // to sum so many rows again costs more than the whole product
		linalg.Free(within.RawSymmetric().Data)
		return nil
	}
	if len(lost) > 0 {
		setRows(within, lost, Centred(s.Features, s.Labels.Index, means))
	}
	return within
}

// setRows sets the rows that list names of the scatter of samples.
func setRows(scatter *mat.SymDense, list []int, samples Rows) {
	_, d := samples.Dims()
	sum := mat.NewDense(len(list), d, nil)
	var part mat.Dense
	Blocks(samples, func(_ int, x *mat.Dense) {
		n, _ := x.Dims()
		columns := mat.NewDense(len(list), n, nil)
		for i, j := range list {
			mat.Col(columns.RawRowView(i), j, x)
		}
		part.Mul(columns, x)
		sum.Add(sum, &part)
	})
	for i, j := range list {
		for k, v := range sum.RawRowView(i) {
			scatter.SetSym(j, k, v)
		}
	}
}

// rowGram returns the inner products of the samples of a Subset, less their mean, from
// those of the whole: with a_i the mean of row i, and a that of these, K_ij − a_i − a_j + a.
// It returns nil where the whole has more samples than features, or little is left of K.
func (w *whole) rowGram() *mat.SymDense {
	if w.n > w.d {
		return nil
	}
	all, n := w.RowGram(), len(w.kept)
	gram, means := linalg.NewSym(n), make([]float64, n)
	raw := gram.RawSymmetric()
	for i, from := range w.kept {
		for j, k := range w.kept {
			v := all.At(from, k)
			means[i] += v / float64(n)
			if j >= i {
				raw.Data[i*raw.Stride+j] = v
			}
		}
	}
	mean, before := floats.Sum(means)/float64(n), mat.Trace(gram)
	for i, a := range means {
		row := raw.Data[i*raw.Stride : i*raw.Stride+n]
		for j := i; j < n; j++ {
			row[j] -= a + means[j] - mean
		}
	}
	if !(mostLost*mat.Trace(gram) >= before) {
		return nil
	}
	return gram
}
