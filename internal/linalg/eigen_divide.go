package linalg

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	lapackgo "gonum.org/v1/gonum/lapack/gonum"

	"sfdalab/internal/par"
)

// A conquest finds eigenvalues and eigenvectors of a symmetric tridiagonal matrix
// T by divide and conquer (Cuppen, 1981; LAPACK's DSTEDC). T is torn in two,
//
//	T = diag(T₁, T₂) + ρ uuᵀ,
//
// with T₁ and T₂ solved, T is similar to D + ρ zzᵀ, D their eigenvalues and z the row
// of their eigenvectors where T was torn. Most of the work is the product of the
// eigenvectors of T₁ and T₂ with those of D + ρ zzᵀ.
type conquest struct {
	values  []float64      // n; the diagonal of T before
	off     []float64      // n−1
	vectors blas64.General // n×n; row i is the eigenvector of values[i]
	scratch blas64.General // n×n
}

func newConquest(diagonal, off []float64) *conquest {
	n := len(diagonal)
	return &conquest{
		values:  slices.Clone(diagonal),
		off:     slices.Clone(off),
		vectors: square(n),
		scratch: square(n),
	}
}

func (c *conquest) free() {
	Free(c.vectors.Data)
	Free(c.scratch.Data)
}

// square returns an n×n matrix of zeros.
func square(n int) blas64.General {
	return blas64.General{Rows: n, Cols: n, Stride: n, Data: Zeros(n * n)}
}

// leaf is the size from which on a matrix is not torn.
const leaf = 32

// conquer solves rows and columns lo to hi−1: all eigenvalues, in no order, and the
// eigenvectors of at least the k largest; rows of other eigenvectors may hold
// anything.
func (c *conquest) conquer(lo, hi, k int) error {
	if hi-lo <= leaf {
		return c.solveLeaf(lo, hi)
	}
	mid := (lo + hi) / 2
	rho := c.off[mid-1]
	c.values[mid-1] -= math.Abs(rho)
	c.values[mid] -= math.Abs(rho)
	halves := [3]int{lo, mid, hi}
	var errs [2]error
	par.For(2, func(h int) { errs[h] = c.conquer(halves[h], halves[h+1], halves[h+1]-halves[h]) })
	if err := cmp.Or(errs[0], errs[1]); err != nil {
		return err
	}
	c.merge(lo, mid, hi, rho, k)
	return nil
}

// solveLeaf finds eigenvectors by implicit QL iterations.
func (c *conquest) solveLeaf(lo, hi int) error {
	n, stride := hi-lo, c.vectors.Stride
	z := make([]float64, n*n)
	off := slices.Clone(c.off[lo : hi-1])
	if !(lapackgo.Implementation{}).Dsteqr(lapack.EVTridiag, n, c.values[lo:hi], off, z, n, make([]float64, max(1, 2*n-2))) {
		return errNotConverged(len(c.values))
	}
	for i := range n {
		for j := range n {
			c.vectors.Data[(lo+j)*stride+lo+i] = z[i*n+j]
		}
	}
	return nil
}

// merge joins the solutions of rows lo to mid−1 and mid to hi−1, between which
// was ρ.
func (c *conquest) merge(lo, mid, hi int, rho float64, k int) {
	n := c.vectors.Stride
	d, z := c.values[lo:hi], make([]float64, hi-lo)
	for i := range z { // ‖z‖ = 1: each half gives a row of an orthogonal matrix, over √2
		if lo+i < mid {
			z[i] = c.vectors.Data[(lo+i)*n+mid-1] * math.Sqrt2 / 2
		} else {
			z[i] = math.Copysign(math.Sqrt2/2, rho) * c.vectors.Data[(lo+i)*n+mid]
		}
	}
	rho = 2 * math.Abs(rho)
	kept, gone := c.deflate(lo, mid, hi, rho, z)
	if len(kept) == 0 {
		return
	}

	size := len(kept)
	s := secular{d: make([]float64, size), z: make([]float64, size), rho: rho}
	for i, e := range kept {
		s.d[i], s.z[i] = d[e.row], z[e.row]
	}
	first := max(size-k, 0) // the eigenvectors before it are not wanted
	roots, rotation := s.solve()
	defer Free(rotation.Data)
	s.vectors(rotation, first)

	// The eigenvectors that stay are copied in the order upper, both, lower, and
	// columns of the rotation likewise, so that products leave the zeros out.
	order := make([]int, size)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(kept[i].part, kept[j].part) })
	both, lower := size, size
	for i := len(order) - 1; i >= 0; i-- {
		switch kept[order[i]].part {
		case lowerPart:
			lower = i
			both = i
		case bothParts:
			both = i
		}
	}
	permuteColumns(part(rotation, first, size, 0, size), order)

	copied := make([]float64, hi-lo)
	for i, at := range order {
		copy(c.scratch.Data[(lo+i)*n+lo:][:hi-lo], c.vectors.Data[(lo+kept[at].row)*n+lo:])
	}
	for i, row := range gone {
		copy(c.scratch.Data[(lo+size+i)*n+lo:][:hi-lo], c.vectors.Data[(lo+row)*n+lo:])
		copied[size+i] = d[row]
	}
	copy(copied, roots)
	copy(d, copied)
	for i := lo + size; i < hi; i++ {
		copy(c.vectors.Data[i*n+lo:][:hi-lo], c.scratch.Data[i*n+lo:])
	}
	product := func(from, to, left, right int) {
		out := part(c.vectors, lo+first, lo+size, left, right)
		if from == to {
			for i := range out.Rows {
				clear(out.Data[i*n:][:out.Cols])
			}
			return
		}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, part(rotation, first, size, from, to), part(c.scratch, lo+from, lo+to, left, right), 0, out)
	}
	product(0, lower, lo, mid)
	product(both, size, mid, hi)
}

// A keptPair is an eigenpair that takes part in the rank-one update.
type keptPair struct {
	row  int // of the pair in its block
	part int
}

// Where an eigenvector is not zero: in the upper half, the lower, or both.
const (
	upperPart = iota
	bothParts
	lowerPart
)

// deflate returns the rows of eigenpairs that D + ρ zzᵀ changes, in ascending order
// of eigenvalue, and the rows of those that it does not: where z is negligible,
// or where two eigenvalues are so close that a rotation of their eigenvectors
// makes it so.
func (c *conquest) deflate(lo, mid, hi int, rho float64, z []float64) (kept []keptPair, gone []int) {
	n, d := c.vectors.Stride, c.values[lo:hi]
	order := make([]int, hi-lo)
	var largest float64
	for i := range order {
		order[i] = i
		largest = max(largest, math.Abs(d[i]), math.Abs(z[i]))
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(d[i], d[j]) })
	negligible := 8 * 0x1p-53 * largest

	for _, i := range order {
		if rho*math.Abs(z[i]) <= negligible {
			gone = append(gone, i)
			continue
		}
		pair := keptPair{i, upperPart}
		if lo+i >= mid {
			pair.part = lowerPart
		}
		if len(kept) == 0 {
			kept = append(kept, pair)
			continue
		}
		last := &kept[len(kept)-1]
		j := last.row
		norm := math.Hypot(z[i], z[j])
		cos, sin := z[i]/norm, -z[j]/norm
		if math.Abs((d[i]-d[j])*cos*sin) > negligible {
			kept = append(kept, pair)
			continue
		}
		z[i], z[j] = norm, 0
		blas64.Rot(vector(c.vectors.Data[(lo+j)*n+lo:][:hi-lo]), vector(c.vectors.Data[(lo+i)*n+lo:][:hi-lo]), cos, sin)
		d[j], d[i] = d[j]*cos*cos+d[i]*sin*sin, d[j]*sin*sin+d[i]*cos*cos
		if last.part != pair.part {
			pair.part = bothParts
		}
		gone = append(gone, j)
		*last = pair
	}
	return kept, gone
}

// permuteColumns replaces column i of m by column order[i].
func permuteColumns(m blas64.General, order []int) {
	par.For(m.Rows, func(i int) {
		row := m.Data[i*m.Stride:][:m.Cols]
		before := slices.Clone(row)
		for j, from := range order {
			row[j] = before[from]
		}
	})
}
