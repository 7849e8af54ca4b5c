package linalg

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"sfdalab/internal/par"
)

// secular is the eigenproblem of diag(d) + ρ zzᵀ, with d ascending, no two alike,
// no z zero, and ρ > 0. Its eigenvalues are the roots λ of
//
//	f(λ) = 1/ρ + Σ_i z_i²/(d_i − λ),
//
// one between each d_j and the next, and one above the last.
type secular struct {
	d, z []float64
	rho  float64
}

// solve returns the eigenvalues in ascending order, and the matrix of differences
// d_i − λ_j in row j, which have the full relative precision that eigenvectors
// need.
func (s *secular) solve() (roots []float64, differences blas64.General) {
	k := len(s.d)
	roots = make([]float64, k)
	differences = square(k)
	par.For(k, func(j int) { roots[j] = s.root(j, differences.Data[j*k:(j+1)*k]) })
	return roots, differences
}

// maxSecularSteps is far more than any root needs, bisection included.
const maxSecularSteps = 200

// root returns λ_j and fills delta with d_i − λ_j. It works with the distance μ to
// the nearer of the two d about the root, in steps that solve
//
//	c + p/(d_j − λ) + q/(d_{j+1} − λ) = 0,
//
// where c, p and q make this agree with f, and with its derivative left and right
// of the root separately (the middle way of Li, 1994); a step that would leave the
// interval known to hold the root halves it.
func (s *secular) root(j int, delta []float64) float64 {
	last := j == len(s.d)-1
	origin, low, high := j, 0.0, 0.0 // the root is d[origin] + μ, low < μ < high
	if last {
		for _, z := range s.z {
			high += s.rho * z * z
		}
		high *= 1 + 0x1p-48 // the root may be ρ‖z‖² itself
	} else {
		high = (s.d[j+1] - s.d[j]) / 2
		if s.evaluate(j, j, high, delta).value < 0 {
			origin, low, high = j+1, -high, 0
		}
	}

	mu := (low + high) / 2
	for range maxSecularSteps {
		e := s.evaluate(j, origin, mu, delta)
		if math.Abs(e.value) <= e.rounding {
			break
		}
		if e.value < 0 {
			low = mu
		} else {
			high = mu
		}
		next := mu + e.step(delta, j, last)
		if !(low < next && next < high) {
			next = (low + high) / 2
		}
		if next == mu || next == low || next == high {
			break
		}
		mu = next
	}
	return s.d[origin] + mu
}

// secularValue is f at a point between d_j and d_{j+1}.
type secularValue struct {
	value       float64
	left, right float64 // derivatives of the terms up to j, and of those after it
	rounding    float64 // how much of value may be rounding
}

// evaluate returns f at λ = d[origin] + μ, and fills delta with d_i − λ.
func (s *secular) evaluate(j, origin int, mu float64, delta []float64) secularValue {
	sum := func(from, to int) (sum, derivative float64) {
		z, delta := s.z[from:to], delta[from:to]
		for i, d := range s.d[from:to] {
			delta[i] = (d - s.d[origin]) - mu
			quotient := z[i] / delta[i]
			sum += z[i] * quotient
			derivative += quotient * quotient
		}
		return sum, derivative
	}
	var e secularValue
	var below, above float64
	below, e.left = sum(0, j+1)
	above, e.right = sum(j+1, len(s.z))
	e.value = 1/s.rho + below + above
	e.rounding = 8 * 0x1p-53 * (1/s.rho + above - below)
	return e
}

// step returns how far the model's root is from the point of e.
func (e secularValue) step(delta []float64, j int, last bool) float64 {
	if last { // without the term of d_{j+1}
		return delta[j] + e.left*delta[j]*delta[j]/(e.value-e.left*delta[j])
	}
	left, right := delta[j], delta[j+1]
	c := e.value - left*e.left - right*e.right
	a := (left+right)*e.value - left*right*(e.left+e.right)
	b := left * right * e.value
	// The root of cη² − aη + b between the poles, without cancellation.
	root := math.Sqrt(max(a*a-4*b*c, 0))
	if a <= 0 {
		return (a - root) / (2 * c)
	}
	return 2 * b / (a + root)
}

// vectors replaces the rows from first on of the differences that solve returned by
// the eigenvectors.
//
// They are computed as those of a problem with the same d, of which the roots
// found are the exact eigenvalues: its z follows from the products of differences.
// That makes them orthogonal to working precision however close the roots (Gu and
// Eisenstat, 1994).
func (s *secular) vectors(differences blas64.General, first int) {
	k := len(s.d)
	z := make([]float64, k)
	const stripe = 64
	par.For((k+stripe-1)/stripe, func(p int) {
		lo, hi := p*stripe, min((p+1)*stripe, k)
		part := z[lo:hi]
		for i := range part {
			part[i] = -1
		}
		for j := range k {
			row := differences.Data[j*k+lo : j*k+hi]
			for i, difference := range row {
				if lo+i == j {
					part[i] *= difference
				} else {
					part[i] *= difference / (s.d[lo+i] - s.d[j])
				}
			}
		}
		for i, square := range part {
			part[i] = math.Copysign(math.Sqrt(square), s.z[lo+i])
		}
	})
	par.For(k-first, func(i int) {
		row := differences.Data[(first+i)*k : (first+i+1)*k]
		for i, difference := range row {
			row[i] = z[i] / difference
		}
		blas64.Scal(1/blas64.Nrm2(vector(row)), vector(row))
	})
}
