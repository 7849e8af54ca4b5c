package tracking

import (
	"maps"
	"math"
	"slices"
	"strconv"
)

// A Summary is what a Run knows of its cells, so that most runs that a Query does
// not select are passed over without reading them.
type Summary struct {
	Cells    int      `json:"cells"`            // logged until now
	Failed   int      `json:"failed,omitempty"` // of these, without a score
	Datasets []string `json:"datasets,omitempty"`
	Models   []string `json:"models,omitempty"`
	Metrics  []string `json:"metrics,omitempty"`

	// Ranges are those of the numbers in the cells, by the field of a Query. Runs
	// of earlier programs have none, nor have runs of more than maxRanges fields.
	Ranges map[string]Range `json:"ranges,omitempty"`
}

// A Range holds the least and the greatest of some numbers.
type Range [2]number64

// maxRanges bounds the ranges of a run, which is written with every batch.
const maxRanges = 1000

// count adds c, whose numbers are given, to the summary, but for its names.
func (s *Summary) count(c *Cell, numbers map[string]float64) {
	if s.Cells == 0 {
		s.Ranges = make(map[string]Range)
	}
	s.widen(c, numbers)
	s.Cells++
	if c.Error != "" {
		s.Failed++
	}
}

// A census gathers the names in cells, which are put in order once for all: one by one, each
// would move those behind it.
type census struct{ datasets, models, metrics map[string]bool }

func newCensus() census {
	return census{make(map[string]bool), make(map[string]bool), make(map[string]bool)}
}

func (n census) add(c *Cell) {
	n.datasets[c.Dataset], n.models[c.Model], n.metrics[c.Metric] = true, true, true
}

// name adds the names of cells to the summary.
func (s *Summary) name(of census) {
	for list, names := range map[*[]string]map[string]bool{&s.Datasets: of.datasets, &s.Models: of.models, &s.Metrics: of.metrics} {
		fresh := slices.DeleteFunc(slices.Collect(maps.Keys(names)), func(name string) bool {
			_, known := slices.BinarySearch(*list, name)
			return known
		})
		if len(fresh) > 0 {
			*list = union(*list, fresh)
		}
	}
}

// join adds what t knows of its cells, but for their number.
func (s *Summary) join(t *Summary) {
	s.Datasets = union(s.Datasets, t.Datasets)
	s.Models = union(s.Models, t.Models)
	s.Metrics = union(s.Metrics, t.Metrics)
	if s.Ranges == nil || t.Ranges == nil {
		s.Ranges = nil
		return
	}
	for name, of := range t.Ranges {
		s.add(name, float64(of[0]))
		s.add(name, float64(of[1]))
	}
	s.bound()
}

// union returns the names in either list, in order.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// widen adds the numbers of c to the ranges, unless an earlier program logged the
// first cells.
func (s *Summary) widen(c *Cell, numbers map[string]float64) {
	if s.Ranges == nil {
		return
	}
	if c.Error == "" {
		s.add("score", c.Score)
	}
	s.add("seconds", c.Seconds)
	s.add("seed", float64(c.Seed))
	for name, v := range c.Details {
		s.add(name, v)
	}
	for name, v := range numbers {
		s.add(name, v)
	}
	s.bound()
}

// bound drops the ranges if there are too many.
func (s *Summary) bound() {
	if len(s.Ranges) > maxRanges {
		s.Ranges = nil
	}
}

// numbers returns the parameters that are numbers.
func (c *Cell) numbers() map[string]float64 {
	if len(c.Params) == 0 {
		return nil
	}
	numbers := make(map[string]float64)
	for name, raw := range c.params() {
		if v, err := strconv.ParseFloat(string(raw), 64); err == nil {
			numbers[name] = v
		}
	}
	return numbers
}

// add widens the range of a field to hold v. NaN compares with nothing, so it is in
// no range.
func (s *Summary) add(field string, v float64) {
	if math.IsNaN(v) {
		return
	}
	x := number64(v)
	of, known := s.Ranges[field]
	if !known {
		of = Range{x, x}
	}
	s.Ranges[field] = Range{min(of[0], x), max(of[1], x)}
}

// mayHold reports whether t may hold for a cell of the summary.
func (s *Summary) mayHold(t *term) bool {
	switch {
	case t.not:
		return true
	case t.field == "metric":
		return t.is(s.Metrics...)
	case t.field == "dataset":
		return t.is(s.Datasets...)
	case t.field == "model":
		return t.is(s.Models...)
	case t.field == "error" && t.values[0] == "yes":
		return s.Failed > 0
	case t.field == "error":
		return s.Failed < s.Cells
	case s.Ranges == nil:
		return true
	}
	of, known := s.Ranges[t.field]
	lo, hi := float64(of[0]), float64(of[1])
	switch {
	case t.op != ":": // what holds for any number holds for the least or the greatest
		return known && (t.compares(lo) || t.compares(hi))
	case t.field == "score" || t.field == "seconds" || t.field == "seed":
		return known && slices.ContainsFunc(t.values, func(v string) bool {
			x, err := strconv.ParseFloat(v, 64)
			return err == nil && lo <= x && x <= hi
		})
	}
	return true // a parameter may be text
}
