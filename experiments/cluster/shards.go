package cluster

import (
	"errors"

	"sfdalab/internal/regular"
	"sfdalab/tracking"
)

// merge merges shards into a store, but for the damaged ones, which it returns.
func merge(store *tracking.Store, paths []string) (bad []string, err error) {
	var shards []*tracking.Store
	for _, path := range paths {
		// Others may be able to write there: a link would bring cells of another store.
		if regular.Itself(path) != nil {
			bad = append(bad, path)
			continue
		}
		shard, err := tracking.Open(path)
		switch {
		case damaged(err):
			bad = append(bad, path)
		case err != nil:
			return bad, err
		default:
			shards = append(shards, shard)
		}
	}
	_, err = store.Merge(shards...)
	if !damaged(err) {
		return bad, err
	}
	// Merge reads all that it takes, and has found damage. To read each page is dearer.
	var whole []*tracking.Store
	for _, shard := range shards {
		report, err := tracking.Check(shard.Path())
		switch {
		case damaged(err), len(report.Damage) > 0:
			bad = append(bad, shard.Path())
		case err != nil:
			return bad, err
		default:
			whole = append(whole, shard)
		}
	}
	if len(whole) < len(shards) {
		_, err = store.Merge(whole...)
	}
	return bad, err
}

// damaged reports whether an error is that of a file which is no whole store.
func damaged(err error) bool {
	return errors.Is(err, tracking.ErrDamaged) || errors.Is(err, tracking.ErrForeign) || errors.Is(err, tracking.ErrNoStore)
}
