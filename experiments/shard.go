package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sfdalab/experiments/plan"
	"sfdalab/internal/regular"
	"sfdalab/metric"
	"sfdalab/tracking"
)

// A Shard is the part of a spec's cells that one of many processes scores: number
// Index, from 1, of Count. The zero Shard is all cells.
//
// Which cells are in a shard depends on the spec and the sizes of its feature files
// alone, so processes agree on it without a word.
type Shard struct{ Index, Count int }

// ParseShard reads a shard such as "3/8".
func ParseShard(text string) (Shard, error) {
	var s Shard
	var rest string
	n, _ := fmt.Sscanf(text+" .", "%d/%d %s", &s.Index, &s.Count, &rest)
	if n != 3 || rest != "." || s.Index < 1 || s.Index > s.Count {
		return Shard{}, fmt.Errorf("shard %q: want i/n with i from 1 to n, such as 3/8", text)
	}
	return s, nil
}

// String returns the shard as ParseShard reads it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// ShardFolder is where the shards of a store are, each a store of its own.
func ShardFolder(store string) string { return store + ".shards" }

// CheckShardFolder reports a folder of shards that is a link: what is written and removed
// there would be so elsewhere, and others may be able to make one.
func CheckShardFolder(folder string) error {
	info, err := os.Lstat(folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder itself: remove it, or name a store in another folder with --store", folder)
	}
	return err
}

// FeatureFolder is where the features that were extracted for a store are.
func FeatureFolder(store string) string { return store + ".features" }

// Path returns the path of the shard in its folder. Its file is there when the shard
// is complete, and never changes from then on.
func (s Shard) Path(folder string) string {
	return filepath.Join(folder, fmt.Sprintf("%d-of-%d.db", s.Index, s.Count))
}

// Unfinished is what the path of a shard ends with while it is written.
const Unfinished = ".part"

// RunShard scores a shard beside the store that it is for, but for what that store has
// when the shard begins.
func RunShard(ctx context.Context, spec *Spec, shard Shard, store string, progress func(done, total int)) (*Result, error) {
	inputs, err := spec.Inputs()
	if err != nil {
		return nil, err
	}
	var all plan.Plan
	if spec.trains() {
		t, err := spec.newTraining()
		if err != nil {
			return nil, err
		}
		all.Tasks, _ = t.tasks(&spec.FineTune)
	}
	for _, in := range inputs {
		all.Tasks = append(all.Tasks, (&batch{input: in}).task(nil))
	}
	return RunPart(ctx, spec, Part{Tasks: all.Deal(shard.Count)[shard.Index-1]}, shard, store, progress)
}

// A Part is what is asked of a shard.
type Part struct {
	Tasks []plan.Key
	Known []tracking.Identity // cells of these that the store is known to have

	store string // that it is for
}

// RunPart scores a part of a spec into a store of its own, named as a shard, beside
// the store that it is for. What an earlier attempt has finished is kept; where that
// left a damaged file, it begins anew.
func RunPart(ctx context.Context, spec *Spec, part Part, shard Shard, store string, progress func(done, total int)) (*Result, error) {
	folder := ShardFolder(store)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("folder of shards: %w", err)
	}
	if err := CheckShardFolder(folder); err != nil {
		return nil, err
	}
	whole := shard.Path(folder)
	unfinished := whole + Unfinished
	if err := os.Rename(whole, unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// Others may be able to write there: through a link this would write to another store.
	if err := regular.Itself(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(unfinished); err != nil {
			return nil, err
		}
	}
	own, err := tracking.Create(unfinished)
	if errors.Is(err, tracking.ErrDamaged) || errors.Is(err, tracking.ErrForeign) {
		if err = os.Remove(unfinished); err == nil {
			own, err = tracking.Create(unfinished)
		}
	}
	if err != nil {
		return nil, err
	}
	part.store = store
	result, err := Run(ctx, spec, Options{Store: own, Progress: progress, part: &part})
	if err != nil {
		return result, err
	}
	return result, os.Rename(unfinished, whole)
}

// part returns the cell that is kept of a metric.GroupMetric's score of one model, before
// it is combined with the others of its dataset. It goes by another name than the
// metric's, as it is no score of that.
func (c *Cell) part() tracking.Cell {
	p := c.Cell
	p.Metric += " part"
	p.Files = withoutGroup(c.Files)
	p.ID = p.Identify()
	return p
}

// planParts makes the cells of group metrics parts, of which a shard has not all.
func (r *runner) planParts() {
	for _, b := range r.batches {
		for _, c := range b.cells {
			if _, ok := r.result.Variants[c.Variant].Metric.(metric.GroupMetric); ok {
				c.Cell = c.part()
			}
		}
	}
}

// leaveOut takes the cells from the plan that the store has which the part is for.
func (r *runner) leaveOut() {
	var ids []tracking.Identity
	for c := range r.planned() {
		ids = append(ids, c.ID)
	}
	known := make(map[tracking.Identity]bool)
	for _, id := range slices.Concat(r.part.Known, tracking.Glance(r.part.store, ids)) {
		known[id] = true
	}
	for _, b := range r.batches {
		planned := len(b.cells)
		b.cells = slices.DeleteFunc(b.cells, func(c *Cell) bool { return known[c.ID] })
		r.result.LeftOut += planned - len(b.cells)
	}
}

// waits reports whether the score of a cell is to be combined with others.
func (r *runner) waits(c *Cell) bool {
	_, ok := r.result.Variants[c.Variant].Metric.(metric.GroupMetric)
	return ok && r.part == nil
}
