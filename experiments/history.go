package experiments

import (
	"errors"
	"maps"

	"sfdalab/results"
	"sfdalab/results/hubs"
)

// LoadHistory returns ground truths by name or file, for [RankOptions]; those built in
// that were reached by full fine-tuning where none is named, and none for "none".
func LoadHistory(names []string) ([]*results.Truth, error) {
	if len(names) == 0 {
		return hubs.FullFineTuning(), nil
	}
	var truths []*results.Truth
	for _, name := range names {
		if name == "none" {
			if len(names) > 1 {
				return nil, errors.New("history: none, and others")
			}
			return nil, nil
		}
		t, err := results.LoadTruth(name)
		if err != nil {
			return nil, err
		}
		truths = append(truths, t)
	}
	return truths, nil
}

// facts returns what is known of the spec's models beforehand: what its file says and, of
// models that are not in it, what is built in.
func (s *Spec) facts() (results.Facts, error) {
	facts, err := results.LoadFacts("")
	if err != nil || s.Facts == "" {
		return facts, err
	}
	own, err := results.LoadFacts(s.path(s.Facts))
	if err != nil {
		return nil, s.errorAt(0, err)
	}
	maps.Copy(facts, own)
	return facts, nil
}
