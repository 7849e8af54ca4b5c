package hubs

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"sfdalab/internal/par"
	"sfdalab/results"
)

// Sub-hubs are parts of a hub's models: a verdict that holds on one hub alone is none
// (Agostinelli et al., "How stable are transferability metrics evaluations?", ECCV 2022).
// Random ones ask whether it hangs on which models there are; those of similar size, and
// those without one family, whether it says more than that large models of a family are
// the better ones.
const (
	subHubs       = 500 // how many random ones are drawn
	fewestInAPart = 5   // models
)

// randomParts returns sub-hubs of five to all of the models, each number equally often.
func randomParts(models []string, seed uint64) [][]string {
	if len(models) < fewestInAPart {
		return nil
	}
	parts := make([][]string, subHubs)
	for h := range parts {
		rng := rand.New(rand.NewPCG(seed, uint64(h)))
		size := fewestInAPart + rng.IntN(len(models)-fewestInAPart+1)
		for _, i := range rng.Perm(len(models))[:size] {
			parts[h] = append(parts[h], models[i])
		}
	}
	return parts
}

// similarParts returns sub-hubs of models of similar size: all runs of five neighbours in the
// order of their parameters. Models whose size is not known are in none.
func similarParts(models []string, facts results.Facts) [][]string {
	size := make(map[string]float64)
	for _, m := range models {
		if v, ok := facts.Of(m, "params_m"); ok {
			size[m] = v
		}
	}
	order := slices.SortedFunc(maps.Keys(size), func(a, b string) int {
		return cmp.Or(cmp.Compare(size[a], size[b]), cmp.Compare(a, b))
	})
	var parts [][]string
	for from := 0; from+fewestInAPart <= len(order); from++ {
		parts = append(parts, order[from:from+fewestInAPart])
	}
	return parts
}

// familyParts returns sub-hubs that lack one family each, and have five models or more.
func familyParts(models []string) [][]string {
	of := make(map[string][]string)
	for _, m := range models {
		of[family(m)] = append(of[family(m)], m)
	}
	var parts [][]string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		rest := slices.DeleteFunc(slices.Clone(models), func(m string) bool { return family(m) == name })
		if len(rest) >= fewestInAPart {
			parts = append(parts, rest)
		}
	}
	return parts
}

// family is the letters that a model's name begins with, such as "resnet" of resnet50.
func family(model string) string {
	end := strings.IndexFunc(model, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		return model
	}
	return model[:end]
}

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

// models returns the models of all datasets, by name.
func (c contest) models() []string {
	var models []string
	for _, s := range c.sets {
		for _, name := range s.models {
			if !slices.Contains(models, name) {
				models = append(models, name)
			}
		}
	}
	slices.Sort(models)
	return models
}

// shares returns, for each of the first k names, in which share of sub-hubs its mean over
// datasets exceeds that of every name from k on; ties count half. NaN without a name from k
// on, or a sub-hub of five models on a dataset.
func (c contest) shares(k int, m results.Measure, parts [][]string) []float64 {
	won := make([]float64, k)
	if k == c.n {
		for i := range won {
			won[i] = math.NaN()
		}
		return won
	}
	means := make([][]float64, len(parts))
	par.For(len(parts), func(h int) {
		in := make(map[string]bool, len(parts[h]))
		for _, model := range parts[h] {
			in[model] = true
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
// the sub-hub, higher is better; nil where no dataset has five of them. Equal values rank
// nothing, and where a measure has no value of them they count as 0.
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
