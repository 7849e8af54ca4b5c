package results

import (
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
func RelAt(k int, score, accuracy []float64) float64 { return atK(rel, k, score, accuracy) }

// HitAt returns Hit@k, whose mean over datasets is P(best in top k): 1 when a model of the
// highest accuracy is among the k models of highest score, 0 when not. The function
// recall_k of the field's released code is another quantity, whether the model of highest
// score is among the k most accurate ones.
func HitAt(k int, score, accuracy []float64) float64 { return atK(hit, k, score, accuracy) }

// RegretAt returns the regret@k: how many points of accuracy are lost when one
// fine-tunes only the k models of highest score; 0 or above, lower is better.
func RegretAt(k int, score, accuracy []float64) float64 { return atK(regret, k, score, accuracy) }

// What the best accuracy a among the k models chosen is worth where the best of all is best.
func rel(a, best float64) float64    { return a / best }
func regret(a, best float64) float64 { return best - a }
func hit(a, best float64) float64 {
	if a == best {
		return 1
	}
	return 0
}

// atK returns the mean worth over all choices of the k models of highest score.
func atK(worth func(a, best float64) float64, k int, score, accuracy []float64) float64 {
	return chosen(worth, k, score, accuracy)(slices.Repeat([]uint8{1}, len(score)))
}

// chosen returns atK of resamples, each said by how often it holds each model, in O(n) with
// nothing to sort.
func chosen(worth func(a, best float64) float64, k int, score, accuracy []float64) func(counts []uint8) float64 {
	if len(score) == 0 || k < 1 || hasNaN(score) || hasNaN(accuracy) {
		return func([]uint8) float64 { return math.NaN() }
	}
	byScore, byAccuracy := descending(score, accuracy), descending(accuracy, score)
	var tied []float64 // accuracies of the models tied at the k-th place, from the highest
	return func(counts []uint8) float64 {
		first := slices.IndexFunc(byAccuracy, func(i int) bool { return counts[i] > 0 })
		if first < 0 {
			return math.NaN()
		}
		best := accuracy[byAccuracy[first]]
		above := math.Inf(-1) // best accuracy that is in every choice
		places := k           // how many of tied are chosen
		for next := 0; ; {
			if next == len(byScore) { // all are chosen
				return worth(best, best)
			}
			tied = tied[:0]
			for cut := score[byScore[next]]; next < len(byScore) && score[byScore[next]] == cut; next++ {
				for range counts[byScore[next]] {
					tied = append(tied, accuracy[byScore[next]])
				}
			}
			if len(tied) >= places {
				break
			}
			if len(tied) > 0 {
				above = max(above, tied[0])
				places -= len(tied)
			}
		}

		// The choice leaves out the j best of tied and takes the next with
		// probability p: the hypergeometric law of the first model taken.
		var mean float64
		left := 1.0 // probability that none of the models before is taken
		for j, a := range tied[:len(tied)-places+1] {
			p := float64(places) / float64(len(tied)-j)
			mean += left * p * worth(max(a, above), best)
			left *= 1 - p
		}
		return mean
	}
}
