package compare

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"sfdalab/results"
)

// Borda returns the consensus score of M models by their mean rank over k metrics:
// how many models each beats, in the mean over metrics, a tie counting half (de Borda
// 1781). The values are k×M, higher being better; weights are one for each metric, and
// nil means equal ones.
func Borda(values [][]float64, weights []float64) []float64 {
	return overRanks(values, weights, func(rank float64, models int) float64 { return float64(models) - rank })
}

// ReciprocalRank returns the consensus score of M models by reciprocal rank fusion:
// the mean of 1/(60 + rank) over k metrics (Cormack et al., SIGIR 2009). The values are
// k×M, higher being better.
func ReciprocalRank(values [][]float64) []float64 {
	return overRanks(values, nil, func(rank float64, _ int) float64 { return 1 / (60 + rank) })
}

// overRanks returns the weighted mean over metrics of what points says of a rank, 1
// being the best.
func overRanks(values [][]float64, weights []float64, points func(rank float64, models int) float64) []float64 {
	score := make([]float64, len(values[0]))
	var all float64
	for j, row := range values {
		w := 1.0
		if weights != nil {
			w = weights[j]
		}
		all += w
		for i, fromLowest := range results.Ranks(row) {
			score[i] += w * points(float64(len(row)+1)-fromLowest, len(row))
		}
	}
	for i := range score {
		score[i] /= all
	}
	return score
}

// maxKemeny is the number of models that Kemeny can order in a blink.
const maxKemeny = 12

// Kemeny returns the consensus score of M models by the order that disagrees least
// with k metrics: over all pairs of models, with the fewest metrics that order the pair
// the other way (Kemeny 1959). The values are k×M, higher being better. It tries all
// sets of models from the top (Held and Karp), and so no more than 12 models.
func Kemeny(values [][]float64) ([]float64, error) {
	m := len(values[0])
	if m > maxKemeny {
		return nil, fmt.Errorf("a Kemeny order of %d models takes too long: %d at most", m, maxKemeny)
	}
	var against [maxKemeny][maxKemeny]int // metrics that have i above j
	for _, row := range values {
		for i := range m {
			for j := range m {
				if row[i] > row[j] {
					against[i][j]++
				}
			}
		}
	}
	cost := make([]int, 1<<m) // of the best order of a set on top
	last := make([]int, 1<<m) // its lowest model
	for set := 1; set < 1<<m; set++ {
		cost[set] = math.MaxInt
		for rest := set; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros(uint(rest))
			above := set &^ (1 << i)
			c := cost[above]
			for j := range m {
				if above&(1<<j) != 0 {
					c += against[i][j]
				}
			}
			if c < cost[set] {
				cost[set], last[set] = c, i
			}
		}
	}
	score := make([]float64, m)
	place := 0.0
	for set := 1<<m - 1; set != 0; set &^= 1 << last[set] {
		score[last[set]] = place
		place++
	}
	return score, nil
}

// BestElsewhere is the first row of Combine on each dataset: the single metric.
const BestElsewhere = "best-elsewhere"

// Combine compares consensus rankings of all metrics with the accuracies, beside the
// single metric that one would have chosen, so that one sees whether any combination
// beats it out of sample. Its rows have these metrics:
//
//	best-elsewhere  the metric of the highest mean value on the other datasets
//	borda, rrf      Borda and ReciprocalRank of all metrics
//	kemeny          Kemeny of all metrics, up to 12 models
//	borda-weighted  Borda, a metric weighing its mean value on the other datasets,
//	                0 when negative
//
// Only models that have all scores count, on datasets that have all metrics. The last
// and the first need two such datasets.
func Combine(groups []results.Group, m results.Measure) ([]results.Row, error) {
	sets, metrics := complete(groups)
	if len(sets) < 2 || len(metrics) < 2 {
		return nil, errors.New("no consensus: at least two metrics and two datasets are needed")
	}
	value := make([][]float64, len(sets)) // of each metric on each dataset, higher is better
	for d, s := range sets {
		for _, scores := range s.scores {
			v := m.Func(scores, s.accuracies)
			if m.Lower {
				v = -v
			}
			value[d] = append(value[d], v)
		}
	}
	var rows []results.Row
	for d, s := range sets {
		chosen, weights := elsewhere(slices.Delete(slices.Clone(value), d, d+1))
		add := func(metric string, scores []float64) {
			c := m.Of(scores, s.accuracies)
			rows = append(rows, results.Row{Dataset: s.dataset, Metric: metric, Measure: m.Name,
				Value: c.Value, N: c.N, Warnings: c.Warnings})
		}
		add(BestElsewhere, s.scores[chosen])
		add("borda", Borda(s.scores, nil))
		add("rrf", ReciprocalRank(s.scores))
		if order, err := Kemeny(s.scores); err == nil {
			add("kemeny", order)
		}
		add("borda-weighted", Borda(s.scores, weights))
	}
	return rows, nil
}

// elsewhere returns the metric of the highest mean value, and what each weighs: its mean, 0
// when that is negative; nil where none is above 0, so that all weigh the same. The values
// are datasets by metrics; a metric has no mean where all of its values are NaN.
func elsewhere(values [][]float64) (chosen int, weights []float64) {
	highest, positive := math.Inf(-1), false
	weights = make([]float64, len(values[0]))
	for j := range weights {
		var sum, n float64
		for _, of := range values {
			if !math.IsNaN(of[j]) {
				sum, n = sum+of[j], n+1
			}
		}
		if n == 0 {
			continue
		}
		mean := sum / n
		if mean > highest {
			highest, chosen = mean, j
		}
		weights[j] = max(0, mean)
		positive = positive || mean > 0
	}
	if !positive {
		weights = nil
	}
	return chosen, weights
}

// dataset holds the scores of all metrics for the models that have them all.
type dataset struct {
	dataset    string
	models     []string
	scores     [][]float64 // metrics by models
	accuracies []float64
}

// complete returns the datasets that have every metric, on two common models or more.
func complete(groups []results.Group) (sets []dataset, metrics []string) {
	byDataset := map[string]map[string]results.Group{}
	var names []string
	for _, g := range groups {
		metrics, names = append(metrics, g.Metric), append(names, g.Dataset)
		if byDataset[g.Dataset] == nil {
			byDataset[g.Dataset] = map[string]results.Group{}
		}
		byDataset[g.Dataset][g.Metric] = g
	}
	metrics = results.Distinct(metrics)
	for _, name := range results.Distinct(names) {
		of := byDataset[name]
		if len(of) < len(metrics) {
			continue
		}
		s := dataset{dataset: name, scores: make([][]float64, len(metrics))}
		for i, model := range of[metrics[0]].Models {
			at := make([]int, len(metrics))
			common := true
			for j, metric := range metrics {
				at[j] = slices.Index(of[metric].Models, model)
				common = common && at[j] >= 0
			}
			if !common {
				continue
			}
			s.models = append(s.models, model)
			s.accuracies = append(s.accuracies, of[metrics[0]].Accuracies[i])
			for j, metric := range metrics {
				s.scores[j] = append(s.scores[j], of[metric].Scores[at[j]])
			}
		}
		if len(s.models) >= 2 {
			sets = append(sets, s)
		}
	}
	return sets, metrics
}
