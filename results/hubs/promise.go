package hubs

import (
	"cmp"
	"slices"
)

// A Promise says what shortlists like this one were worth on cases whose accuracies are
// known, each with a gap that neither its hub nor its dataset had a part in.
type Promise struct {
	Level   float64 `json:"level"`   // share of cases that the best model is to be in the list
	Knowing string  `json:"knowing"` // what ranks besides the metrics, see Case
	Gap     float64 `json:"gap"`     // models at most so much below the first are in the list
	Cases   int     `json:"cases"`
	Hubs    int     `json:"hubs"`
	Kept    int     `json:"kept"`   // cases in which the best was in the list
	Lowest  float64 `json:"lowest"` // share of these in the hub where they are fewest
	Loss    float64 `json:"loss"`   // in 90 % of the cases at most so many points were lost
	Worst   float64 `json:"worst"`  // the most points lost in a case
}

// Share is the share of the cases in which the best model was in the list.
func (p Promise) Share() float64 { return float64(p.Kept) / float64(p.Cases) }

// LossLevel is the share of cases in which a promise's loss is not exceeded.
const LossLevel = 0.9

// NewPromise calibrates shortlists on the cases of that knowledge: ok is false where they
// are of fewer than two hubs.
func NewPromise(cases []Case, knowing string, level float64) (p Promise, ok bool) {
	cases = slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Knowing != knowing })
	kept, of := map[string]int{}, map[string]int{}
	var losses []float64
	p = Promise{Level: level, Knowing: knowing, Cases: len(cases), Gap: gap(cases, level)}
	for _, c := range cases {
		of[c.Hub]++
		elsewhere := slices.DeleteFunc(slices.Clone(cases), func(o Case) bool { return o.Hub == c.Hub || o.Dataset == c.Dataset })
		if len(elsewhere) == 0 {
			return Promise{}, false
		}
		gap := gap(elsewhere, level)
		if c.Needs() <= gap {
			kept[c.Hub]++
			p.Kept++
		}
		losses = append(losses, c.Loss(gap))
	}
	if p.Hubs = len(of); p.Hubs < 2 {
		return Promise{}, false
	}
	p.Lowest = 1
	for hub, n := range of {
		p.Lowest = min(p.Lowest, float64(kept[hub])/float64(n))
	}
	slices.Sort(losses)
	p.Loss = losses[min(int(LossLevel*float64(len(losses))), len(losses)-1)]
	p.Worst = losses[len(losses)-1]
	return p, true
}

// gap returns what shortlists need to hold the best model in that share of the cases. Hubs
// count alike, however many cases they have, and so do datasets within a hub. As a new hub
// may be unlike those that are there, it is the largest of the gaps that follow when each
// hub is left out.
func gap(cases []Case, level float64) float64 {
	most := quantile(cases, level)
	var done []string
	for _, c := range cases {
		if slices.Contains(done, c.Hub) {
			continue
		}
		done = append(done, c.Hub)
		others := slices.DeleteFunc(slices.Clone(cases), func(o Case) bool { return o.Hub == c.Hub })
		if len(others) > 0 {
			most = max(most, quantile(others, level))
		}
	}
	return most
}

// quantile is the least gap that suffices for a share of the cases.
func quantile(cases []Case, level float64) float64 {
	type key struct{ hub, dataset string }
	of := map[key]float64{}
	datasets := map[string]map[string]bool{}
	for _, c := range cases {
		of[key{c.Hub, c.Dataset}]++
		if datasets[c.Hub] == nil {
			datasets[c.Hub] = map[string]bool{}
		}
		datasets[c.Hub][c.Dataset] = true
	}
	sorted := slices.SortedStableFunc(slices.Values(cases), func(a, b Case) int { return cmp.Compare(a.Needs(), b.Needs()) })
	var sum float64
	for _, c := range sorted {
		sum += 1 / (float64(len(datasets)) * float64(len(datasets[c.Hub])) * of[key{c.Hub, c.Dataset}])
		if sum >= level-1e-9 {
			return c.Needs()
		}
	}
	return sorted[len(sorted)-1].Needs()
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
