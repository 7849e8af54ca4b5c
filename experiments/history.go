package experiments

import (
	"errors"
	"maps"
	"slices"

	"sfdalab/results"
	"sfdalab/results/hubs"
	"sfdalab/tracking"
)

// LoadHistory returns ground truths by name or file, see [LoadTruth], for [RankOptions]. Where none is named
// these are the ones built in that were reached by full fine-tuning, and those of the user's
// own that runs of the store have, nil for no store; there are none for "none".
func LoadHistory(names []string, store *tracking.Store) ([]*results.Truth, error) {
	if len(names) == 0 {
		own, err := ownTruths(store)
		return append(hubs.FullFineTuning(), own...), err
	}
	var truths []*results.Truth
	for _, name := range names {
		if name == "none" {
			if len(names) > 1 {
				return nil, errors.New("history: none, and others")
			}
			return nil, nil
		}
		t, err := LoadTruth(name, store)
		if err != nil {
			return nil, err
		}
		truths = append(truths, t)
	}
	return truths, nil
}

// ownTruths returns the ground truths of a store's runs that are not built in, and the
// accuracies that came after rankings.
func ownTruths(store *tracking.Store) ([]*results.Truth, error) {
	if store == nil {
		return nil, nil
	}
	runs, err := store.Runs(tracking.Query{}, 0, 0)
	if err != nil {
		return nil, err
	}
	var own []*results.Truth
	for _, run := range runs {
		for _, t := range slices.Concat(run.Truths, run.Accuracies) {
			if t.File == "" {
				if _, err := results.LoadTruth(t.Name); err == nil {
					continue // built in
				}
			}
			same := slices.IndexFunc(own, func(known *results.Truth) bool { return known.SHA256 == t.SHA256 })
			if same >= 0 {
				own[same] = own[same].With(t)
			} else {
				own = append(own, t)
			}
		}
	}
	return own, nil
}

// facts returns what is known of the spec's models beforehand: what its file says; what
// networks say themselves that features were extracted by; and, of models that are not in
// the file, what is built in.
func (s *Spec) facts() (results.Facts, error) {
	facts, err := results.LoadFacts("")
	if err != nil {
		return nil, err
	}
	var own results.Facts
	if s.Facts != "" {
		if own, err = results.LoadFacts(s.path(s.Facts)); err != nil {
			return nil, s.errorAt(0, err)
		}
		maps.Copy(facts, own)
	}
	for model, size := range s.Extract.sizes {
		of := maps.Clone(facts[model])
		if of == nil {
			of = make(map[string]float64)
		}
		set := func(fact string, count int64, unit float64) {
			if _, said := own[model][fact]; count > 0 && !said {
				of[fact] = float64(count) / unit
			}
		}
		set("params_m", size.Parameters, 1e6)
		set("gmacs", size.MultiplyAdds, 1e9)
		facts[model] = of
	}
	return facts, nil
}
