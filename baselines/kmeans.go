package baselines

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
)

const (
	kMeansSteps     = 300
	kMeansTolerance = 1e-4 // of the mean variance of columns
)

// kMeans returns the cluster in [0, k) of each row of x: Lloyd's algorithm from
// one k-means++ start, with the tolerance, the number of steps and the treatment
// of empty clusters of scikit-learn 1.2 (KMeans with n_init = 1).
func kMeans(x *mat.Dense, k int, rng *rand.Rand) []int {
	n, d := x.Dims()
	rows := features.Dense(x)
	_, mean := features.GroupMeans(rows, make([]int, n), 1)
	tolerance := kMeansTolerance * mat.Sum(squareSums(rows, make([]int, n), mean)) / float64(n*d)

	centres := plusPlus(x, k, rng)
	var labels []int
	for range kMeansSteps {
		before := labels
		labels = nearestCentres(x, centres)
		counts, next := features.GroupMeans(rows, labels, k)
		if slices.Contains(counts, 0) {
			_, next = features.GroupMeans(rows, fillEmpty(x, centres, labels, counts), k)
		}
		if slices.Equal(labels, before) {
			return labels
		}
		var shift mat.Dense
		shift.Sub(next, centres)
		centres = next
		if norm := mat.Norm(&shift, 2); norm*norm <= tolerance {
			break
		}
	}
	return nearestCentres(x, centres)
}

// plusPlus chooses k rows of x as centres, far from one another (Arthur and
// Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007): each
// is the best of 2 + ⌊log k⌋ rows drawn with a chance that grows with the squared
// distance to the centres so far.
func plusPlus(x *mat.Dense, k int, rng *rand.Rand) *mat.Dense {
	n, d := x.Dims()
	trials := 2 + int(math.Log(float64(k)))
	centres := mat.NewDense(k, d, nil)
	first := rng.IntN(n)
	centres.SetRow(0, x.RawRowView(first))
	squares := rowSquares(x)
	closest := squaredDistances(x, squares, []int{first}).RawMatrix().Data
	cumulated := make([]float64, n)
	for c := 1; c < k; c++ {
		floats.CumSum(cumulated, closest)
		candidates := make([]int, trials)
		for t := range candidates {
			candidates[t] = min(sort.SearchFloat64s(cumulated, rng.Float64()*cumulated[n-1]), n-1)
		}
		distances := squaredDistances(x, squares, candidates) // trials×N
		best, bestSum := 0, math.Inf(1)
		for t := range candidates {
			row := distances.RawRowView(t)
			for i, v := range closest {
				row[i] = min(row[i], v)
			}
			if sum := floats.Sum(row); sum < bestSum {
				best, bestSum = t, sum
			}
		}
		centres.SetRow(c, x.RawRowView(candidates[best]))
		copy(closest, distances.RawRowView(best))
	}
	return centres
}

// squaredDistances returns the squared distances of the rows of x that from
// lists to all rows, len(from)×N. squares are the squared lengths of all rows.
func squaredDistances(x *mat.Dense, squares []float64, from []int) *mat.Dense {
	n, d := x.Dims()
	centres := mat.NewDense(len(from), d, nil)
	for t, i := range from {
		centres.SetRow(t, x.RawRowView(i))
	}
	distances := mat.NewDense(len(from), n, nil)
	distances.Mul(centres, x.T())
	for t, i := range from {
		row := distances.RawRowView(t)
		for j, p := range row {
			row[j] = max(squares[i]+squares[j]-2*p, 0)
		}
	}
	return distances
}

// nearestCentres returns the centre nearest to each row of x, the first of
// equals.
func nearestCentres(x, centres *mat.Dense) []int {
	n, d := x.Dims()
	k, _ := centres.Dims()
	squares := rowSquares(centres)
	labels := make([]int, n)
	const piece = 512
	par.For((n+piece-1)/piece, func(p int) {
		lo := p * piece
		hi := min(lo+piece, n)
		scores := mat.NewDense(hi-lo, k, nil) // squared distances, less the rows' squared lengths
		blas64.Gemm(blas.NoTrans, blas.Trans, -2, x.Slice(lo, hi, 0, d).(*mat.Dense).RawMatrix(), centres.RawMatrix(), 0, scores.RawMatrix())
		for i := lo; i < hi; i++ {
			row := scores.RawRowView(i - lo)
			floats.Add(row, squares)
			labels[i] = floats.MinIdx(row)
		}
	})
	return labels
}

// fillEmpty returns labels in which each empty cluster has got one of the rows
// that are farthest from their own centre.
func fillEmpty(x, centres *mat.Dense, labels, counts []int) []int {
	order, distance := make([]int, len(labels)), make([]float64, len(labels))
	for i, c := range labels {
		order[i] = i
		distance[i] = squaredDistance(x.RawRowView(i), centres.RawRowView(c))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(distance[b], distance[a]) })
	filled := slices.Clone(labels)
	for c, count := range counts {
		if count == 0 {
			filled[order[0]] = c
			order = order[1:]
		}
	}
	return filled
}

// rowSquares returns ‖x_n‖² of each row.
func rowSquares(x *mat.Dense) []float64 {
	squares := make([]float64, x.RawMatrix().Rows)
	for i := range squares {
		squares[i] = sumSquares(x.RawRowView(i))
	}
	return squares
}
