package linalg

import (
	"gonum.org/v1/gonum/blas"
	lapack "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"

	"sfdalab/internal/par"
)

func init() { lapack64.Use(factorizations{}) }

// factorizations is gonum's LAPACK with a Cholesky factorization of its own.
type factorizations struct{ lapack.Implementation }

// Dpotrf replaces the triangle ul of the symmetric n×n matrix a by its Cholesky
// factor, UᵀU = a or LLᵀ = a, and tells whether a is positive definite.
func (f factorizations) Dpotrf(ul blas.Uplo, n int, a []float64, lda int) bool {
	if ul == blas.Lower || n <= base {
		return f.Implementation.Dpotrf(ul, n, a, lda)
	}
	f.Implementation.Dpotrf(ul, 0, a, lda) // checks its arguments
	return factorize(n, a, lda)
}

// factorize is Dpotrf of an upper triangle.
//
// It goes down the diagonal in blocks of base rows. With U₁ the factor of a diagonal
// block and A₂ what is to the right of it, these rows are U₂ = U₁⁻ᵀA₂, and what is
// below loses U₂ᵀU₂. The next diagonal block gets its share first and is factored
// while others get theirs, so that cores do not wait for it.
func factorize(n int, a []float64, lda int) bool {
	nr := active.nr
	panels, free := Scratch(roundUp(n, nr) * base) // U₂ᵀ, as products have it
	defer free()

	ok := lapack.Implementation{}.Dpotrf(blas.Upper, base, a, lda)
	for k := 0; ok && k+base < n; k += base {
		first, rest := k+base, n-k-base
		diagonal, freeDiagonal := packTriangle(strided{a, k * (lda + 1), 1, lda}, base, false)
		strips := cut(0, rest, strip, nr)
		par.For(len(strips)-1, func(t int) {
			for j := strips[t]; j < strips[t+1]; j += nr {
				end := min(j+nr, strips[t+1])
				right := operand[float64]{a[k*lda+first:], lda, true}
				panel := panels[j*base:][:base*nr]
				right.pack(panel, nr, j, end, 0, base)
				diagonal.solve(panel)
				for i := range base {
					copy(a[(k+i)*lda+first+j:(k+i)*lda+first+end], panel[i*nr:])
				}
			}
		})
		freeDiagonal()

		below := product[float64]{m: rest, n: rest, k: base, alpha: -1, c: a[first*(lda+1):], ldc: lda, part: upper}
		blocks := below.blocks()
		par.For(len(blocks), func(t int) {
			b := blocks[t]
			below.addBlock(base, inPanels(panels, 0, nr, base), panels[b.j0*base:], b.i0, b.i1, b.j0, b.j1)
			if t == 0 { // the next diagonal block is complete now
				ok = lapack.Implementation{}.Dpotrf(blas.Upper, min(base, rest), below.c, lda)
			}
		})
	}
	return ok
}

// blocks cuts the upper triangle of a product into blocks of base rows. The first
// is the first diagonal block, and as much beside it as fills a panel.
func (p product[T]) blocks() []rectangle {
	const width = 4 * strip
	var all []rectangle
	for i := 0; i < p.m; i += base {
		end := min(i+base, p.m)
		j := i / active.nr * active.nr
		if i == 0 {
			j = min(roundUp(end, active.nr), p.n)
			all = append(all, rectangle{0, end, 0, j})
		}
		for ; j < p.n; j += width {
			all = append(all, rectangle{i, end, j, min(j+width, p.n)})
		}
	}
	return all
}

// rectangle is rows i0 to i1−1 and columns j0 to j1−1.
type rectangle struct{ i0, i1, j0, j1 int }
