package hubs

import (
	"math"
	"math/rand/v2"
	"slices"

	"sfdalab/internal/par"
	"sfdalab/results"
)

// Sub-hubs are random parts of a hub's models: a verdict that holds on one hub alone is
// none (Agostinelli et al., "How stable are transferability metrics evaluations?", ECCV
// 2022).
const (
	subHubs       = 500 // how many are drawn
	fewestInAPart = 5   // models
)

// A contest holds what ranks the same models of the same datasets.
type contest struct {
	sets []set
	n    int // of names
}

// A set holds the values of a dataset's models by name, and their accuracies.
type set struct {
	models     []string
	values     [][]float64 // by name
	accuracies []float64
}

// newContest keeps the models of each dataset that every name can rank. Each name has a
// group for a dataset, or none.
func newContest(names [][]results.Group) contest {
	c := contest{n: len(names)}
	at := make([]map[string]results.Group, len(names))
	for i, groups := range names {
		at[i] = make(map[string]results.Group, len(groups))
		for _, g := range groups {
			at[i][g.Dataset] = g
		}
	}
	for _, dataset := range datasets(names[0]) {
		s := set{values: make([][]float64, len(names))}
		first := at[0][dataset]
		for k, model := range first.Models {
			row := make([]float64, len(names))
			for i := range names {
				g := at[i][dataset]
				j := slices.Index(g.Models, model)
				if j < 0 {
					row = nil
					break
				}
				row[i] = g.Scores[j]
			}
			if row == nil {
				continue
			}
			s.models, s.accuracies = append(s.models, model), append(s.accuracies, first.Accuracies[k])
			for i, v := range row {
				s.values[i] = append(s.values[i], v)
			}
		}
		if len(s.models) >= fewestInAPart {
			c.sets = append(c.sets, s)
		}
	}
	return c
}

// shares returns, for each of the first k names, in which share of random sub-hubs its mean
// over datasets exceeds that of every name from k on; ties count half. A sub-hub has from
// five to all of the models, each number equally often. NaN without a sub-hub in which all
// have a value.
func (c contest) shares(k int, m results.Measure, seed uint64) []float64 {
	var models []string
	for _, s := range c.sets {
		for _, name := range s.models {
			if !slices.Contains(models, name) {
				models = append(models, name)
			}
		}
	}
	slices.Sort(models)
	won := make([]float64, k)
	if len(models) < fewestInAPart || k == c.n {
		for i := range won {
			won[i] = math.NaN()
		}
		return won
	}
	means := make([][]float64, subHubs)
	par.For(subHubs, func(h int) {
		rng := rand.New(rand.NewPCG(seed, uint64(h)))
		size := fewestInAPart + rng.IntN(len(models)-fewestInAPart+1)
		in := make(map[string]bool, size)
		for _, i := range rng.Perm(len(models))[:size] {
			in[models[i]] = true
		}
		means[h] = c.means(in, m)
	})
	var drawn float64
	for _, mean := range means {
		if mean == nil {
			continue
		}
		drawn++
		rival := slices.Max(mean[k:])
		for i, v := range mean[:k] {
			switch {
			case v > rival:
				won[i]++
			case v == rival:
				won[i] += 0.5
			}
		}
	}
	for i := range won {
		won[i] /= drawn
	}
	return won
}

// means returns the mean of the measure over datasets by name, of the models that are in
// the sub-hub, higher is better; nil where no dataset has five of them, or one of the names
// has no value. Equal values rank nothing, and count as 0.
func (c contest) means(in map[string]bool, m results.Measure) []float64 {
	sum := make([]float64, c.n)
	var n float64
	for _, s := range c.sets {
		var at []int
		for i, model := range s.models {
			if in[model] {
				at = append(at, i)
			}
		}
		if len(at) < fewestInAPart {
			continue
		}
		pick := func(all []float64) []float64 {
			part := make([]float64, len(at))
			for i, j := range at {
				part[i] = all[j]
			}
			return part
		}
		accuracies := pick(s.accuracies)
		for i, values := range s.values {
			v := m.Func(pick(values), accuracies)
			if math.IsNaN(v) {
				v = 0
			}
			if m.Lower {
				v = -v
			}
			sum[i] += v
		}
		n++
	}
	if n == 0 {
		return nil
	}
	for i := range sum {
		sum[i] /= n
	}
	return sum
}
