package tracking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// latest is the name of the newest run.
const latest = "latest"

// namesRun reports whether ref is the beginning of id or of the part after its
// date.
func namesRun(ref, id string) bool {
	_, random, _ := strings.Cut(id, "-")
	return ref != "" && (strings.HasPrefix(id, ref) || strings.HasPrefix(random, ref))
}

// findRun returns the run that ref names.
func findRun(tx *bolt.Tx, ref string) (Run, error) {
	if ref == latest {
		runs, err := runsTable.bucket(tx)
		if err != nil {
			return Run{}, err
		}
		k, stored := runs.Cursor().Last()
		last, _ := number(k)
		if err := lostRuns(tx, last); err != nil {
			return Run{}, err
		}
		if k == nil {
			return Run{}, ErrNoRuns
		}
		r, err := openRun(k, stored)
		r.settle(time.Now())
		return r, err
	}
	ids, err := runIDsTable.bucket(tx)
	if err != nil {
		return Run{}, err
	}
	var found []string
	if ids.Get([]byte(ref)) != nil {
		found = []string{ref}
	} else {
		ids.ForEach(func(k, _ []byte) error {
			if namesRun(ref, string(k)) {
				found = append(found, string(k))
			}
			return nil
		})
	}
	if len(found) == 0 && ref != "" {
		err := eachRun(tx, &Query{}, func(r Run) error {
			if r.Name == ref {
				found = append(found, r.ID)
			}
			return nil
		})
		if err != nil {
			return Run{}, err
		}
	}
	switch {
	case len(found) == 0:
		return Run{}, fmt.Errorf("%w %q", ErrNoRun, ref)
	case len(found) > 1:
		return Run{}, fmt.Errorf("%w %q: %d, among them %s and %s", ErrManyRuns, ref, len(found), found[0], found[1])
	}
	n, err := runIDsTable.getNumber(tx, []byte(found[0]))
	if err != nil {
		return Run{}, err
	}
	r, err := getRun(tx, n)
	r.settle(time.Now())
	return r, err
}

// resolve returns q with the ID of the newest run in place of "run:latest".
func (q Query) resolve(tx *bolt.Tx) (Query, error) {
	isLatest := func(t term) bool { return t.field == "run" && slices.Contains(t.values, latest) }
	if !slices.ContainsFunc(q.runs, isLatest) {
		return q, nil
	}
	r, err := findRun(tx, latest)
	if errors.Is(err, ErrNoRuns) {
		return q, nil // which selects none
	} else if err != nil {
		return q, err
	}
	q.runs = slices.Clone(q.runs)
	for i, t := range q.runs {
		if isLatest(t) {
			q.runs[i].values = append(slices.DeleteFunc(slices.Clone(t.values), func(v string) bool { return v == latest }), r.ID)
		}
	}
	return q, nil
}

// named returns the numbers of the runs whose IDs q selects, in order.
func (q *Query) named(tx *bolt.Tx) ([]uint64, error) {
	ids, err := runIDsTable.bucket(tx)
	if err != nil {
		return nil, err
	}
	var named []uint64
	err = ids.ForEach(func(id, stored []byte) error {
		if !q.matchID(string(id)) {
			return nil
		}
		value, err := runIDsTable.open(id, stored)
		if err != nil {
			return err
		}
		n, err := number(value)
		named = append(named, n)
		return err
	})
	slices.Sort(named)
	return named, err
}
