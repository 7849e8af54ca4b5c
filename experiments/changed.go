package experiments

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// mostHashed is the size up to which a file is read to tell whether it has changed.
const mostHashed = 16 << 20

// Changed returns the names of what runs were made of and is another thing on the disk
// now: input files, programs and ground truths. Where nothing of a run is on this disk,
// the run is of another machine, and nothing has changed.
func Changed(selections []tracking.Selection) []string {
	var changed []string
	for _, s := range selections {
		present := false
		var own []string
		for path, sha := range s.Run.Inputs {
			switch other, there := changedFile(s.Run, path, sha); {
			case !there:
				own = append(own, filepath.Base(path)+" (removed)")
			case other:
				own = append(own, filepath.Base(path))
				fallthrough
			default:
				present = true
			}
		}
		for _, t := range s.Run.Truths {
			now, err := presentTruth(t)
			switch {
			case err != nil:
				own = append(own, "ground truth "+t.Name+" (removed)")
			case now.SHA256 != t.SHA256:
				own = append(own, "ground truth "+t.Name)
				fallthrough
			default:
				present = present || t.File != ""
			}
		}
		if present {
			changed = append(changed, own...)
		}
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

// changedFile reports whether a file that a run has read is there, and another one: by
// its content where it was written since, and by that alone where it is large.
func changedFile(run tracking.Run, path, sha string) (other, there bool) {
	file := archive(path)
	info, err := os.Stat(file)
	if err != nil {
		return false, false
	}
	if !info.ModTime().After(run.Start) {
		return false, true
	}
	if info.Size() > mostHashed || file != path || !info.Mode().IsRegular() {
		return true, true
	}
	f, err := os.Open(file)
	if err != nil {
		return false, false
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false, false
	}
	return hex.EncodeToString(h.Sum(nil)) != sha, true
}

// presentTruth returns a recorded ground truth as it is now.
func presentTruth(t *results.Truth) (*results.Truth, error) {
	if strings.HasPrefix(t.Name, results.RunPrefix) {
		return t, nil // runs do not change
	}
	if t.File != "" {
		return results.LoadTruth(t.File)
	}
	return results.LoadTruth(t.Name)
}

// Against correlates the scores of a record with other ground truths than they were:
// with the same ones as they are on the disk if name is "now", otherwise all with the one
// that name names.
// The store is where a run is that name names; it may be nil.
func Against(rec *record.Record, name string, store *tracking.Store) error {
	if name != "now" {
		t, err := LoadTruth(name, store)
		if err != nil {
			return err
		}
		rec.Against(t)
		return nil
	}
	var gone []string
	for i, t := range rec.Truths {
		now, err := presentTruth(t)
		if err != nil {
			gone = append(gone, t.Name)
			continue
		}
		rec.Replace(i, now)
	}
	if gone != nil {
		return fmt.Errorf("the ground truth %s no longer exists: without --truth, tables use the recorded one", strings.Join(gone, ", "))
	}
	return nil
}
