package experiments

import (
	"errors"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/tracking"
)

// LoadTruth returns a ground truth: for a name such as run:latest or run:ID the one that
// fine-tuning in this run of the store has made, otherwise see [results.LoadTruth].
func LoadTruth(name string, store *tracking.Store) (*results.Truth, error) {
	ref, ok := strings.CutPrefix(name, results.RunPrefix)
	switch {
	case !ok:
		return results.LoadTruth(name)
	case store == nil:
		return nil, errors.New("ground truth " + name + ": a run is in a store, and none is named")
	}
	return store.LoadTruth(ref)
}

// loadTruth returns a ground truth. A shard finds runs in the store that it is for.
func (r *runner) loadTruth(name string) (*results.Truth, error) {
	store := r.Store
	if r.part != nil && strings.HasPrefix(name, results.RunPrefix) {
		var err error
		if store, err = tracking.Open(r.part.store); err != nil {
			return nil, err
		}
	}
	return LoadTruth(name, store)
}

// ownTruth is what variants call the ground truth that their own run is to measure.
const ownTruth = results.RunPrefix

// measured makes the ground truth of what was trained, and has the run record it.
func (r *runner) measured() error {
	at := slices.Index(r.truths, nil)
	if at < 0 || r.part != nil {
		return nil
	}
	var trials []tracking.Cell
	r.training.each(func(x *trial) { trials = append(trials, x.Cell) })
	s := tracking.Selection{Run: r.result.recorded, Cells: trials}
	t, warnings, err := s.Truth()
	if errors.Is(err, tracking.ErrNoTruth) {
		return nil // each trial says why it failed
	}
	if err != nil {
		return err
	}
	r.truths[at] = t
	r.result.Warnings = append(r.result.Warnings, warnings...)
	run, err := r.recorded()
	if err != nil {
		return err
	}
	edit := func(to *tracking.Run) { to.Truths, to.Variants, to.Warnings = run.Truths, run.Variants, run.Warnings }
	edit(&r.result.recorded)
	if r.log == nil {
		return nil
	}
	return r.log.Amend(edit)
}
