package experiments

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"sfdalab/internal/combinations"
	"sfdalab/internal/process"
	"sfdalab/internal/suggest"
	"sfdalab/metric"
	"sfdalab/tracking"
)

// A Variant is a line of a table: a metric with its parameters, or one whose scores
// were computed elsewhere.
type Variant struct {
	Label  string
	Name   string        // of the metric, such as "ped:sfda"
	Metric metric.Metric // nil when the scores come from a file
	Truth  string        // a built-in ground truth or the path of one; "" for none

	params []byte // canonical
	seed   uint64
	files  map[string]string // parameter → hash of the file that it names

	// Of scores that were read: the hash of the table, and its file; "" if that is built in.
	table, source string
}

var errVariants = fmt.Errorf("metrics: more than %d variants, with those of the entries above: use fewer values in grids", mostVariants)

// variants returns the variants of a metric: one for each combination of the values
// in its grid.
func (e Entry) variants(s *Spec) ([]Variant, error) {
	if combinations.Count(e.Grid, mostVariants) > mostVariants {
		return nil, errVariants
	}
	for _, name := range slices.Sorted(maps.Keys(e.Grid)) {
		if len(e.Grid[name]) == 0 {
			return nil, fmt.Errorf("grid: parameter %s has no value", name)
		}
	}
	var variants []Variant
	for _, varied := range combinations.Of(e.Grid) {
		params := maps.Clone(varied)
		for k, v := range e.Params {
			if _, twice := params[k]; twice {
				return nil, fmt.Errorf("parameter %s is both in params and in the grid", k)
			}
			params[k] = v
		}
		variant, err := e.variant(s, params)
		if err != nil {
			return nil, err
		}
		variant.Label = label(variant.Metric.Info().Title, params)
		if e.Name != "" {
			variant.Label = label(e.Name, varied)
		}
		variants = append(variants, variant)
	}
	return variants, nil
}

func (e Entry) variant(s *Spec, params map[string]any) (Variant, error) {
	if e.Program != nil {
		return newProgram(e, s, params)
	}
	v, err := newVariant(e.Metric, params, s.Seed)
	if err != nil {
		return v, err
	}
	resolved := make(map[string]any)
	for name, path := range metric.Paths(v.Metric) {
		resolved[name] = s.path(path)
	}
	v.Metric, err = metric.With(v.Metric, resolved)
	return v, err
}

// known are variants by their labels, and by what their scores are known by: no two may
// share either.
type known struct {
	labels map[string]bool
	scores map[string]listed
}

// listed is a variant as a line of the spec lists it.
type listed struct {
	label string
	line  int // 0 for none
}

// add adds a variant that a line lists.
func (k known) add(v Variant, line int) error {
	scores := v.Name + "\x00" + v.table + "\x00" + string(v.params)
	first, same := k.scores[scores]
	switch twice := k.labels[v.Label]; {
	case same && twice:
		return fmt.Errorf("%q is listed twice: remove one", v.Label)
	case same:
		at := ""
		if first.line > 0 {
			at = fmt.Sprint(" in line ", first.line)
		}
		return fmt.Errorf("%q is the same metric with the same parameters as %q%s: remove one", v.Label, first.label, at)
	case twice:
		return fmt.Errorf("%q names two variants: give one another name", v.Label)
	}
	k.labels[v.Label], k.scores[scores] = true, listed{v.Label, line}
	return nil
}

// identify hashes the files that parameters name, but for those of which the hash is known.
func (v *Variant) identify(known map[string]string) error {
	if v.Metric == nil {
		return nil
	}
	v.files = make(map[string]string)
	for name, path := range metric.Paths(v.Metric) {
		if known[path] == "" {
			sum, err := process.HashFile(path)
			if os.IsNotExist(err) {
				err = suggest.File(path)
			}
			if err != nil {
				return fmt.Errorf("metric %s: parameter %s: %w", v.Name, name, err)
			}
			known[path] = sum
		}
		v.files[name] = known[path]
	}
	return nil
}

// newVariant returns the variant of one metric. The seed is for a random metric whose
// parameters give none.
func newVariant(name string, params map[string]any, seed uint64) (Variant, error) {
	m, err := metric.New(name, params)
	if err != nil {
		return Variant{}, err
	}
	variant := Variant{Name: name, Metric: m}
	if m.Info().Random {
		if _, given := params["seed"]; !given {
			if variant.Metric, err = metric.With(m, map[string]any{"seed": seed}); err != nil {
				return Variant{}, err
			}
		}
		variant.seed = metric.Values(variant.Metric)["seed"].(uint64)
	}
	variant.params, err = tracking.Canonical(metric.Identity(variant.Metric))
	return variant, err
}

// label names a variant by its title and what is set differently.
func label(title string, params map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		title += fmt.Sprintf(" %s=%v", name, params[name])
	}
	return title
}

// Variants returns a variant for each of the named metrics. A parameter is that of
// all metrics which have one of its name, and at least one must.
func Variants(names []string, params map[string]any, seed uint64) ([]Variant, error) {
	own := make([]map[string]any, len(names))
	known := make(map[string]bool)
	for i, name := range names {
		m, err := metric.New(name, nil)
		if err != nil {
			return nil, err
		}
		own[i] = make(map[string]any)
		for p := range metric.Values(m) {
			known[p] = true
			if value, ok := params[p]; ok {
				own[i][p] = value
			}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(params)) {
		if !known[p] {
			return nil, fmt.Errorf("%s has no parameter %q%s", strings.Join(names, ", "), p, suggest.Hint(p, slices.Sorted(maps.Keys(known))))
		}
	}
	variants := make([]Variant, len(names))
	for i, name := range names {
		v, err := newVariant(name, own[i], seed)
		if err != nil {
			return nil, err
		}
		v.Label = label(v.Metric.Info().Title, own[i])
		variants[i] = v
	}
	return variants, nil
}
