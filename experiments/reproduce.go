package experiments

import (
	"context"
	"fmt"
	"slices"

	"sfdalab/tracking"
)

// Reproduce runs the spec of a stored run again, from its input and not from stored
// scores, and returns what differs from it: scores and values of tables that are not the
// same to the last bit, and whatever may be the reason. Of a run that was stopped early,
// the scores that it has are compared. The new run is kept in the store.
func Reproduce(ctx context.Context, store *tracking.Store, ref string, progress func(done, total int)) (tracking.Diff, error) {
	old, err := store.Run(ref)
	if err != nil {
		return tracking.Diff{}, err
	}
	if old.Spec == "" {
		return tracking.Diff{}, fmt.Errorf("run %s has no spec to run again: it was imported, or is a ranking", old.ID)
	}
	spec, err := Parse(old.Spec, old.SpecPath)
	if err != nil {
		return tracking.Diff{}, fmt.Errorf("the spec of run %s: %w", old.ID, err)
	}
	r, err := Run(ctx, spec, Options{Store: store, Fresh: true, Progress: progress})
	if err != nil {
		return tracking.Diff{}, err
	}
	diff, err := store.Diff(old.ID, r.Run, 0)
	if old.Cells < old.Planned {
		diff.Scores = slices.DeleteFunc(diff.Scores, func(c tracking.Change) bool { return c.A == "" })
		diff.Tables = nil // they are of fewer scores
	}
	return diff, err
}
