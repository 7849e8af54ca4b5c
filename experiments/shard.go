package experiments

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/features"
	"sfdalab/tracking"
)

// A Shard is the part of a spec's cells that one of many processes scores: number
// Index, from 1, of Count. The zero Shard is all cells.
//
// Which cells are in a shard depends on the spec and the sizes of its feature files
// alone, so processes agree on it without a word. Cells that read the same feature
// file are in the same shard.
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

// Path returns the path of the shard in its folder. Its file is there when the shard
// is complete, and never changes from then on.
func (s Shard) Path(folder string) string {
	return filepath.Join(folder, fmt.Sprintf("%d-of-%d.db", s.Index, s.Count))
}

// Unfinished is what the path of a shard ends with while it is written.
const Unfinished = ".part"

// RunShard scores a shard into a store of its own in a folder. What an earlier
// attempt has finished is kept; where that left a damaged file, it begins anew.
func RunShard(ctx context.Context, spec *Spec, shard Shard, folder string, progress func(done, total int)) (*Result, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("folder of shards: %w", err)
	}
	path := shard.Path(folder)
	part := path + Unfinished
	if err := os.Rename(path, part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	store, err := tracking.Create(part)
	if errors.Is(err, tracking.ErrDamaged) || errors.Is(err, tracking.ErrForeign) {
		if err = os.Remove(part); err == nil {
			store, err = tracking.Create(part)
		}
	}
	if err != nil {
		return nil, err
	}
	result, err := Run(ctx, spec, Options{Store: store, shard: shard, Progress: progress})
	if err != nil {
		return result, err
	}
	return result, os.Rename(part, path)
}

// Work is how much a spec asks for.
type Work struct {
	Cells int // to compute
	Files int // of features: there is no use in more shards
	Bytes int64

	Witness string // a feature file that can be read here; "" if none can
}

// Measure returns the work of a spec, without reading what its files hold.
func (s *Spec) Measure() (Work, error) {
	r := &runner{spec: s, result: &Result{Spec: s}}
	if err := r.planVariants(); err != nil {
		return Work{}, err
	}
	inputs, err := s.Inputs()
	if err != nil {
		return Work{}, err
	}
	var w Work
	for _, v := range r.result.Variants {
		if v.Metric != nil {
			w.Cells += len(inputs) * (1 + s.Repeats.Subsets())
		}
	}
	for _, f := range byFile(inputs) {
		w.Files++
		w.Bytes += f.bytes
		if w.Witness == "" && f.bytes > 0 {
			w.Witness = f.path
		}
	}
	return w, nil
}

// of returns the inputs of the shard, in their order.
func (s Shard) of(inputs []features.Paths) []features.Paths {
	if s.Count == 0 {
		return inputs
	}
	files := byFile(inputs)
	costs := make([]int64, len(files))
	for i, f := range files {
		costs[i] = f.bytes * int64(len(f.inputs))
	}
	var own []int
	for i, shard := range deal(costs, s.Count) {
		if shard == s.Index-1 {
			own = append(own, files[i].inputs...)
		}
	}
	slices.Sort(own)
	part := make([]features.Paths, len(own))
	for i, n := range own {
		part[i] = inputs[n]
	}
	return part
}

// A featureFile is a file of features and the inputs that read it.
type featureFile struct {
	path   string
	bytes  int64 // 0 where there is no such file
	inputs []int
}

func byFile(inputs []features.Paths) []featureFile {
	at := make(map[string]int, len(inputs))
	var files []featureFile
	for n, input := range inputs {
		path := input.Features
		if archive, _, ok := strings.Cut(path, ".npz:"); ok {
			path = archive + ".npz"
		}
		i, known := at[path]
		if !known {
			i = len(files)
			at[path] = i
			files = append(files, featureFile{path: path})
			if info, err := os.Stat(path); err == nil {
				files[i].bytes = info.Size()
			}
		}
		files[i].inputs = append(files[i].inputs, n)
	}
	return files
}

// deal gives each cost to one of n shards, the largest first and each to the shard
// that has least: the fullest shard is then at most 4/3 of what it could be (Graham,
// 1969).
func deal(costs []int64, n int) []int {
	order := indices(len(costs))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(costs[b], costs[a]) })
	shards := make(loads, n)
	for i := range shards {
		shards[i].shard = i
	}
	dealt := make([]int, len(costs))
	for _, i := range order {
		least := &shards[0]
		dealt[i] = least.shard
		least.cost += max(1, costs[i])
		heap.Fix(&shards, 0)
	}
	return dealt
}

// loads is a heap of what the shards have.
type loads []struct {
	cost  int64
	shard int
}

func (l loads) Len() int { return len(l) }
func (l loads) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[i].cost, l[j].cost), cmp.Compare(l[i].shard, l[j].shard)) < 0
}
func (l loads) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l loads) Push(any)      { panic("shards are fixed") }
func (l loads) Pop() any      { panic("shards are fixed") }

// part returns the cell that is kept of a GroupMetric's score of one model, before
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
			if _, ok := r.result.Variants[c.Variant].Metric.(GroupMetric); ok {
				c.Cell = c.part()
			}
		}
	}
}

// waits reports whether the score of a cell is to be combined with others.
func (r *runner) waits(c *Cell) bool {
	_, ok := r.result.Variants[c.Variant].Metric.(GroupMetric)
	return ok && r.shard.Count == 0
}
