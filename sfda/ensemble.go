package sfda

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// Candidate is a network that may join an ensemble.
type Candidate struct {
	Model  string
	Score  float64    // its SFDA score, in (0, 1]
	Fisher *mat.Dense // its samples in Fisher space, N×K; N and their order are the same for all
}

// Member is a candidate as ensemble selection sees it.
type Member struct {
	Model           string
	SFDA            float64 // T_sfda
	NuclearLoss     float64 // ‖U‖_* − ‖U_∖m‖_*
	Complementarity float64 // T_com, NuclearLoss as a share of ‖U_m‖_*
	Score           float64 // r·T_sfda + (1−r)·T_com
}

// Ensemble ranks candidates for an ensemble, best first: the first k are the one
// to build of k models (Shao et al. 2022, Eqs. 8 and 9).
//
// With U_m the samples in the Fisher space of model m, U = [U_1 … U_M] and U_∖m
// the same without U_m, a model is complementary to the others by what the nuclear
// norm loses without it, ‖U‖_* − ‖U_∖m‖_*, and its score is r·T_sfda +
// (1−r)·T_com, with r in [0, 1]; the paper has r = 0.5.
//
// The two terms need a common scale, for T_sfda is a probability and nuclear norms
// grow with √N and C: unscaled, T_com alone would rank. So T_com is here the loss
// as a share of ‖U_m‖_*. It is in (0, 1]: 1 when the spaces of the other models are
// orthogonal to m's, and √M − √(M−1) when all M models have the same.
func Ensemble(candidates []Candidate, r float64) ([]Member, error) {
	if len(candidates) < 2 {
		return nil, fmt.Errorf("an ensemble needs at least two candidates, not %d", len(candidates))
	}
	n, _ := candidates[0].Fisher.Dims()
	for _, c := range candidates {
		if rows, _ := c.Fisher.Dims(); rows != n {
			return nil, fmt.Errorf("%s has %d samples in Fisher space but %s has %d: an ensemble needs the same samples", c.Model, rows, candidates[0].Model, n)
		}
	}
	gram, offsets := jointGram(candidates)
	all := make([]int, gram.SymmetricDim())
	for i := range all {
		all[i] = i
	}
	whole, err := nuclearNorm(gram, all)
	if err != nil {
		return nil, err
	}
	members := make([]Member, len(candidates))
	for m, c := range candidates {
		from, to := offsets[m], offsets[m+1]
		without, err := nuclearNorm(gram, slices.Concat(all[:from], all[to:]))
		if err != nil {
			return nil, err
		}
		alone, err := nuclearNorm(gram, all[from:to])
		if err != nil {
			return nil, err
		}
		loss := whole - without
		members[m] = Member{
			Model:           c.Model,
			SFDA:            c.Score,
			NuclearLoss:     loss,
			Complementarity: loss / alone,
			Score:           r*c.Score + (1-r)*loss/alone,
		}
	}
	slices.SortStableFunc(members, func(a, b Member) int { return cmp.Compare(b.Score, a.Score) })
	return members, nil
}

// jointGram returns UᵀU for U = [U_1 … U_M], and the column at which each U_m
// begins, with the number of columns at the end.
func jointGram(candidates []Candidate) (*mat.SymDense, []int) {
	offsets := []int{0}
	for _, c := range candidates {
		_, k := c.Fisher.Dims()
		offsets = append(offsets, offsets[len(offsets)-1]+k)
	}
	n, _ := candidates[0].Fisher.Dims()
	joint := mat.NewDense(n, offsets[len(candidates)], nil)
	for m, c := range candidates {
		joint.Slice(0, n, offsets[m], offsets[m+1]).(*mat.Dense).Copy(c.Fisher)
	}
	var gram mat.SymDense
	gram.SymOuterK(1, joint.T())
	return &gram, offsets
}

// nuclearNorm returns the sum of the singular values of the columns of U that
// index lists, as the square roots of the eigenvalues of their part of UᵀU. Values
// within rounding of zero are zero: their roots would be noise.
func nuclearNorm(gram *mat.SymDense, index []int) (float64, error) {
	part := mat.NewSymDense(len(index), nil)
	for a, i := range index {
		for b := a; b < len(index); b++ {
			part.SetSym(a, b, gram.At(i, index[b]))
		}
	}
	values, _, err := linalg.EigenSym(part, false)
	if err != nil {
		return 0, err
	}
	values = values[:rank(values, len(values))]
	for i, v := range values {
		values[i] = math.Sqrt(v)
	}
	return floats.Sum(values), nil
}
