package results

import (
	"cmp"
	"math"
	"slices"
)

// RelAt returns Rel@k: the best accuracy among the k models of highest score, over
// the best of all; 1 when the best model is among them (You et al., LogME, ICML
// 2021; Shao et al., ECCV 2022). With all models chosen it is 1.
//
// Where a tie of scores crosses the k-th place, RelAt, HitAt and RegretAt return
// the mean over all ways of breaking it. All three are NaN without models or with
// NaN, and take O(n log n).
func RelAt(k int, score, accuracy []float64) float64 {
	return chosen(k, score, accuracy, func(a, best float64) float64 { return a / best })
}

// HitAt returns Hit@k, whose mean over datasets is P(best in top k): 1 when a model of the
// highest accuracy is among the k models of highest score, 0 when not. The function
// recall_k of the field's released code is another quantity, whether the model of highest
// score is among the k most accurate ones.
func HitAt(k int, score, accuracy []float64) float64 {
	return chosen(k, score, accuracy, func(a, best float64) float64 {
		if a == best {
			return 1
		}
		return 0
	})
}

// RegretAt returns the regret@k: how many points of accuracy are lost when one
// fine-tunes only the k models of highest score; 0 or above, lower is better.
func RegretAt(k int, score, accuracy []float64) float64 {
	return chosen(k, score, accuracy, func(a, best float64) float64 { return best - a })
}

// chosen returns the mean of value(a, best) over all choices of the k models of
// highest score, a being the best accuracy of a choice and best that of all models.
func chosen(k int, score, accuracy []float64, value func(a, best float64) float64) float64 {
	n := len(score)
	if n == 0 || k < 1 || hasNaN(score) || hasNaN(accuracy) {
		return math.NaN()
	}
	best := slices.Max(accuracy)
	k = min(k, n)
	order := descending(score, accuracy)
	cut := score[order[k-1]]
	above := math.Inf(-1) // best accuracy that is in every choice
	var tied []float64    // accuracies of the models tied at the k-th place
	places := k           // how many of tied are chosen
	for _, i := range order {
		switch cmp.Compare(score[i], cut) {
		case 1:
			above = max(above, accuracy[i])
			places--
		case 0:
			tied = append(tied, accuracy[i])
		}
	}

	// The choice leaves out the j best of tied and takes the next with
	// probability p: the hypergeometric law of the first model taken.
	slices.SortFunc(tied, func(a, b float64) int { return cmp.Compare(b, a) })
	var mean float64
	left := 1.0 // probability that none of the models before is taken
	for j, a := range tied[:len(tied)-places+1] {
		p := float64(places) / float64(len(tied)-j)
		mean += left * p * value(max(a, above), best)
		left *= 1 - p
	}
	return mean
}
