package experiments

import (
	"errors"

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
