package experiments

import (
	"cmp"
	"container/heap"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/features/files"
	"sfdalab/tracking"
)

// Work is what a spec asks for and a store lacks.
type Work struct {
	Cells   int                 // to compute
	Files   int                 // of features that these are of
	Bytes   int64               // in those files
	Witness string              // a feature file that can be read here; "" if none can
	Known   []tracking.Identity // cells of the same inputs that the store has

	inputs []Input
	files  []featureFile
}

// A featureFile is a file of features and what is to be scored of it.
type featureFile struct {
	path   string
	bytes  int64 // 0 where there is no such file
	inputs []int // in Work.inputs
	cells  int
}

// Measure returns the work that a spec asks for and the store lacks; with no store, all. To know what the
// store has of a feature file, that is hashed unless its hash was kept; one that no
// run of the store has read, under this path, is not.
func Measure(ctx context.Context, spec *Spec, store *tracking.Store) (*Work, error) {
	read, err := readBy(store)
	if err != nil {
		return nil, err
	}
	r := &runner{Options: Options{Store: store}, spec: spec, result: &Result{Spec: spec}}
	r.unread = func(p files.Paths) bool {
		path, err := filepath.Abs(archive(p.Features))
		return err != nil || !read[path]
	}
	if err := r.plan(ctx); err != nil {
		return nil, err
	}
	var inputs []files.Paths
	var missing []int
	var known []tracking.Identity
	for _, b := range r.batches {
		n, ids := r.missing(b)
		if n == 0 {
			continue
		}
		inputs, missing = append(inputs, b.input), append(missing, n)
		known = append(known, ids...)
	}
	w := newWork(inputs, func(i int) int { return missing[i] })
	w.Known = known
	return w, nil
}

// readBy returns the absolute paths of all files that runs of the store have read.
func readBy(store *tracking.Store) (map[string]bool, error) {
	read := make(map[string]bool)
	if store == nil {
		return read, nil
	}
	runs, err := store.Runs(tracking.Query{}, 0, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		for path := range r.Inputs {
			if path, err = filepath.Abs(archive(path)); err != nil {
				return nil, err
			}
			read[path] = true
		}
	}
	return read, nil
}

// missing returns how many cells of a batch have no score, not even one that waits for
// its group, and by what shards know the others.
func (r *runner) missing(b *batch) (n int, known []tracking.Identity) {
	for _, c := range b.cells {
		switch {
		case c.state == planned || c.Error != "":
			n++
		case r.waits(c):
			known = append(known, c.part().ID)
		default:
			known = append(known, c.ID)
		}
	}
	return n, known
}

// newWork returns the work on inputs, on each so many cells.
func newWork(inputs []files.Paths, cells func(i int) int) *Work {
	w := &Work{inputs: make([]Input, len(inputs))}
	at := make(map[string]int, len(inputs))
	for i, in := range inputs {
		w.inputs[i] = Input{in.Model, in.Dataset}
		path := archive(in.Features)
		n, known := at[path]
		if !known {
			n = len(w.files)
			at[path] = n
			w.files = append(w.files, featureFile{path: path})
			if info, err := os.Stat(path); err == nil {
				w.files[n].bytes = info.Size()
			}
		}
		f := &w.files[n]
		f.inputs = append(f.inputs, i)
		f.cells += cells(i)
		w.Cells += cells(i)
	}
	w.Files = len(w.files)
	for _, f := range w.files {
		w.Bytes += f.bytes
		if w.Witness == "" && f.bytes > 0 {
			w.Witness = f.path
		}
	}
	return w
}

// archive returns the file that a path names, which may name an array in it.
func archive(path string) string {
	if file, _, ok := strings.Cut(path, ".npz:"); ok {
		path = file + ".npz"
	}
	return path
}

// Split deals the inputs to n parts. Those in the same feature file are in the same
// part.
func (w *Work) Split(n int) [][]Input {
	costs := make([]int64, len(w.files))
	for i, f := range w.files {
		costs[i] = f.bytes * int64(f.cells)
	}
	own := make([][]int, n)
	for i, part := range deal(costs, n) {
		own[part] = append(own[part], w.files[i].inputs...)
	}
	parts := make([][]Input, n)
	for i, inputs := range own {
		slices.Sort(inputs)
		for _, n := range inputs {
			parts[i] = append(parts[i], w.inputs[n])
		}
	}
	return parts
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
