package ui

import (
	"html/template"
	"math"
	"slices"
	"strconv"

	"sfdalab/results/record"
	"sfdalab/results/web"
	"sfdalab/tracking"
)

// A headline is what a run came to, as a list shows it.
type headline struct {
	record.Headline
	Known   bool // there is one
	Pending bool // whether there is one is being found out
}

// headline returns what a run that is listed came to, as far as that is known already.
func (s *server) headline(r tracking.Run) headline {
	if r.Cells == r.Failed || r.Outcome == tracking.Damaged {
		return headline{}
	}
	h, ok := s.headlines.get(state(r), func() (h headline) {
		all, err := s.Store.Select(tracking.RunQuery(r.ID))
		if err != nil {
			return h
		}
		rec, _ := s.judged(all)
		h.Headline, h.Known = rec.Headline()
		return h
	})
	h.Pending = !ok
	return h
}

// judged returns the record of runs. Where no ground truth was recorded, its scores are
// correlated with one that the server knows, whose name is returned.
func (s *server) judged(all []tracking.Selection) (rec record.Record, truth string) {
	rec = s.recordOf(all)
	if slices.ContainsFunc(rec.Variants, func(v record.Variant) bool { return v.Truth != "" }) {
		return rec, ""
	}
	if known := s.known(rec); len(known) > 0 {
		rec.Against(known[0])
		return rec, known[0].Name + asNow
	}
	return rec, ""
}

// mostSparks is how many runs of an experiment a spark line has.
const mostSparks = 20

// spark draws what runs came to, oldest first.
func (s *server) spark(runs []tracking.Run) (line template.HTML, pending bool) {
	values, names := make([]float64, len(runs)), make([]string, len(runs))
	for i, r := range runs {
		h := s.headline(r)
		values[i], names[i] = math.NaN(), title(r)
		if h.Known {
			values[i] = h.Mean
		}
		pending = pending || h.Pending
	}
	return web.Spark("Best mean of the last "+strconv.Itoa(len(runs))+" runs, oldest first", values, names), pending
}
