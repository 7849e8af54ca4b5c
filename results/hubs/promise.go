package hubs

import (
	"cmp"
	"slices"
)

// A Promise says what shortlists like this one were worth on cases whose accuracies are
// known, each with a gap that neither its hub nor its dataset had a part in. It counts the
// shortlists that left a model out: one of all models has the best one, and says nothing.
type Promise struct {
	Level   float64 `json:"level"`   // share of cases that the best model is to be in the list
	Knowing string  `json:"knowing"` // what ranks besides the metrics, see Case
	Gap     float64 `json:"gap"`     // models at most so much below the first are in the list
	Cases   int     `json:"cases"`   // whose list left a model out: what follows is of these
	Whole   int     `json:"whole"`   // cases more, whose list was of all models
	Hubs    int     `json:"hubs"`
	Kept    int     `json:"kept"`   // cases in which the best was in the list
	Lowest  float64 `json:"lowest"` // share of these in the hub where it is lowest
	Loss    float64 `json:"loss"`   // in 90 % of the cases at most so many points were lost
	Worst   float64 `json:"worst"`  // the most points lost in a case

	// The counts that Lowest is the ratio of; LowestCases is 0 where an earlier version
	// recorded the promise.
	LowestKept  int `json:"lowest_kept"`
	LowestCases int `json:"lowest_cases"`
}

// Share is the share of the cases in which the best model was in the list.
func (p Promise) Share() float64 { return float64(p.Kept) / float64(p.Cases) }

// LossLevel is the share of cases in which a promise's loss is not exceeded.
const LossLevel = 0.9

// NewPromise calibrates shortlists on the cases of that knowledge: ok is false where they
// are of fewer than two hubs, or none could leave a model out.
func NewPromise(cases []Case, knowing string, level float64) (p Promise, ok bool) {
	cases = slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Knowing != knowing })
	if !slices.ContainsFunc(cases, func(c Case) bool { return c.Hub != cases[0].Hub }) {
		return Promise{}, false
	}
	p = Promise{Level: level, Knowing: knowing, Gap: gap(cases, level), Lowest: 1}
	kept, of := map[string]int{}, map[string]int{}
	var losses []float64
	for _, c := range cases {
		elsewhere := slices.DeleteFunc(slices.Clone(cases), func(o Case) bool { return o.Hub == c.Hub || o.Dataset == c.Dataset })
		if len(elsewhere) == 0 {
			return Promise{}, false
		}
		gap := gap(elsewhere, level)
		if c.Span <= gap {
			p.Whole++
			continue
		}
		p.Cases++
		of[c.Hub]++
		if c.Needs() <= gap {
			kept[c.Hub]++
			p.Kept++
		}
		losses = append(losses, c.Loss(gap))
	}
	if p.Cases == 0 {
		return Promise{}, false
	}
	p.Hubs = len(of)
	for hub, n := range of { // of equal shares, the one of more cases says more
		share := float64(kept[hub]) / float64(n)
		if share < p.Lowest || share == p.Lowest && n > p.LowestCases {
			p.Lowest, p.LowestKept, p.LowestCases = share, kept[hub], n
		}
	}
	slices.Sort(losses)
	p.Loss = losses[min(int(LossLevel*float64(len(losses))), len(losses)-1)]
	p.Worst = losses[len(losses)-1]
	return p, true
}

// gap returns what shortlists need to hold the best model in that share of the cases. Hubs
// count alike, however many cases they have, and so do datasets within a hub. As a new hub
// may be unlike those that are there, it is the largest of the gaps that follow when each
// hub is left out. The share is that of conformal prediction for few cases: level·(n+1)/n,
// where n counts pairs of a hub and a dataset (Vovk, Gammerman and Shafer, Algorithmic
// Learning in a Random World, 2005).
func gap(cases []Case, level float64) float64 {
	n := float64(len(experiences(cases)))
	level = min(level*(n+1)/n, 1)
	most := quantile(cases, level)
	for _, hub := range hubsOf(cases) {
		others := slices.DeleteFunc(slices.Clone(cases), func(o Case) bool { return o.Hub == hub })
		if len(others) > 0 {
			most = max(most, quantile(others, level))
		}
	}
	return most
}

// quantile is the least gap that suffices for a share of the cases.
func quantile(cases []Case, level float64) float64 {
	of := experiences(cases)
	datasets := map[string]float64{}
	for e := range of {
		datasets[e.hub]++
	}
	sorted := slices.SortedStableFunc(slices.Values(cases), func(a, b Case) int { return cmp.Compare(a.Needs(), b.Needs()) })
	var sum float64
	for _, c := range sorted {
		sum += 1 / (float64(len(datasets)) * datasets[c.Hub] * of[experience{c.Hub, c.Dataset}])
		if sum >= level-1e-9 {
			return c.Needs()
		}
	}
	return sorted[len(sorted)-1].Needs()
}

// An experience is the cases of a hub and a dataset: by several protocols they are alike.
type experience struct{ hub, dataset string }

// experiences counts the cases of each.
func experiences(cases []Case) map[experience]float64 {
	of := map[experience]float64{}
	for _, c := range cases {
		of[experience{c.Hub, c.Dataset}]++
	}
	return of
}

// hubsOf returns the hubs of cases, in their order.
func hubsOf(cases []Case) []string {
	var hubs []string
	for _, c := range cases {
		if !slices.Contains(hubs, c.Hub) {
			hubs = append(hubs, c.Hub)
		}
	}
	return hubs
}

// Shortlist reports for each value, higher is better, whether the model is in the list;
// NaN is not.
func (p Promise) Shortlist(values []float64) []bool {
	first := values[0]
	for _, v := range values {
		if v > first || first != first {
			first = v
		}
	}
	in := make([]bool, len(values))
	for i, v := range values {
		in[i] = first-v <= p.Gap+1e-9
	}
	return in
}
