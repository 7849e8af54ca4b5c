package tracking

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"sfdalab/results"
	"sfdalab/results/record"
)

// healthy fails the test if s is damaged, and returns what Check counted.
func healthy(t *testing.T, s *Store) Report {
	t.Helper()
	rep, err := Check(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range rep.Damage {
		t.Error(d)
	}
	return rep
}

// everything returns all that a store tells, but for how often its records
// changed.
func everything(t *testing.T, s *Store) []Selection {
	t.Helper()
	all, err := s.Select(Query{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Run.number = 0
	}
	return all
}

var sameStore = cmp.AllowUnexported(Run{})

func TestMerge(t *testing.T) {
	a, b := newStore(t), newStore(t)
	failed := cell("b", 9)
	failed.Score, failed.Error = 0, "out of memory"
	logRun(t, a, Run{}, cell("a", 1), cell("shared", 1))
	second := logRun(t, b, Run{}, cell("shared", 1), cell("b", 1), failed)
	if n, err := a.Merge(b); n != 1 || err != nil {
		t.Fatalf("merged %d runs, %v; want 1", n, err)
	}
	once := everything(t, a)
	if n, err := a.Merge(b); n != 0 || err != nil {
		t.Errorf("merged %d runs the second time, %v; want 0", n, err)
	}
	if d := cmp.Diff(once, everything(t, a), sameStore); d != "" {
		t.Errorf("merging again changed (-once +twice):\n%s", d)
	}
	if d := cmp.Diff(everything(t, b), once[:1], sameStore); d != "" {
		t.Errorf("merged run differs (-from +into):\n%s", d)
	}
	if rep := healthy(t, a); rep.Runs != 2 || rep.Cells != 4 {
		t.Errorf("%d runs and %d cells, want 2 and 4", rep.Runs, rep.Cells)
	}

	if err := b.Annotate(second, func(n *Annotation) { n.Tags = append(n.Tags, "paper") }); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Merge(b); n != 1 || err != nil {
		t.Errorf("merged %d changed runs, %v; want 1", n, err)
	}
	if d := cmp.Diff(everything(t, b), everything(t, a)[:1], sameStore); d != "" {
		t.Errorf("changed run differs (-from +into):\n%s", d)
	}
	healthy(t, a)
}

func TestDeleteAndCollect(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1), cell("shared", 1))
	second := logRun(t, s, Run{}, cell("b", 1), cell("b", 2), cell("shared", 1))
	if err := s.Delete(second); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(second); !errors.Is(err, ErrNoRun) {
		t.Errorf("deleted run: %v", err)
	}
	if n, err := s.Collect(); n != 2 || err != nil {
		t.Errorf("collected %d cells, %v; want 2", n, err)
	}
	if rep := healthy(t, s); rep.Runs != 1 || rep.Cells != 2 {
		t.Errorf("%d runs and %d cells left, want 1 and 2", rep.Runs, rep.Cells)
	}
	found, err := s.Lookup([]Identity{cell("shared", 1).ID, cell("b", 1).ID})
	if err != nil || len(found) != 1 {
		t.Errorf("lookup after collecting: %v, %v; want the shared cell", found, err)
	}

	running, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(running.Run()); err == nil {
		t.Error("a running run was deleted")
	}
	running.Finish(Done, "")
}

func TestAnnotateWhileRunning(t *testing.T) {
	s := newStore(t)
	l, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Annotate(l.Run(), func(a *Annotation) { a.Notes = "looks good" }); err != nil {
		t.Fatal(err)
	}
	l.Log(cell("a", 1))
	if err := l.Finish(Done, ""); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Run(l.Run()); err != nil || r.Notes != "looks good" || r.Cells != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestBackupWhileInUse(t *testing.T) {
	s := newStore(t)
	l, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { l.Finish(Done, "") }()
	l.Log(cell("a", 1))
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(path); err != nil {
		t.Fatal(err)
	}
	copied, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if rep := healthy(t, copied); rep.Cells != 1 {
		t.Errorf("%d cells in the copy, want 1", rep.Cells)
	}
	if err := s.Backup(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("backup onto a file: %v", err)
	}
}

func TestSchemas(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{Seed: 1}, cell("a", 1))

	known := migrations
	migrations = append(slices.Clip(known), func(tx *bolt.Tx) error {
		r, err := getRun(tx, 1)
		r.Seed++
		return errors.Join(err, putRun(tx, &r))
	})
	defer func() { migrations = known }()
	migrated, err := Open(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := migrated.Run("latest"); err != nil || r.Seed != 2 {
		t.Errorf("migrated run: %+v, %v", r, err)
	}

	migrations = known
	if _, err := Open(s.Path()); !errors.Is(err, ErrNewer) {
		t.Errorf("newer store: %v, want ErrNewer", err)
	}
	old, err := Open(fmt.Sprintf("%s.schema-%d", s.Path(), schema()))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := old.Run("latest"); err != nil || r.Seed != 1 {
		t.Errorf("kept file: %+v, %v", r, err)
	}
}

// A schema before the first release is refused by name.
func TestUnreleasedSchema(t *testing.T) {
	s := newStore(t)
	if err := s.update(func(tx *bolt.Tx) error { return metaTable.put(tx, schemaKey, []byte("1")) }); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.Path()); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "never released") {
		t.Errorf("schema 1: %v", err)
	}
}

// A run that an earlier program recorded, with labels and accuracies alone, is read, and
// its cells are shown under what they were.
func TestRunsOfEarlierPrograms(t *testing.T) {
	s := newStore(t)
	id := logRun(t, s, Run{}, cell("pets", 1), cell("pets", 2), cell("pets", 3))
	accuracies := map[string]map[string]float64{"pets": {}}
	cells, err := s.Cells(id)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cells {
		cells[i].Dataset = "pets"
		accuracies["pets"][c.Model] = 70 + float64(i)
	}
	value, err := toCBOR.Marshal(map[string]any{
		"id": id, "outcome": "done", "spec": "metrics: [sfda]",
		"truths": []any{map[string]any{"name": "mine", "sha256": "9f86d081", "accuracies": accuracies}},
		"labels": []any{map[string]any{"text": "Gone", "metric": cells[0].Metric, "params": cells[0].Params}},
	})
	if err != nil {
		t.Fatal(err)
	}
	run, err := decodeRun(value)
	if err != nil || run.Layout != nil {
		t.Fatalf("%+v, %v", run, err)
	}
	selected := Selection{Run: run, Cells: cells}
	rec := selected.Record()
	if len(rec.Variants) == 0 || len(rec.Truths) != 1 || rec.Variants[0].Truth != "9f86d081" || len(rec.Scores) != len(cells) {
		t.Errorf("%+v", rec)
	}
}

// What a store takes in can be read, however much it is.
func TestLarge(t *testing.T) {
	s := newStore(t)
	const models = 140_000 // more than a decoder of CBOR takes by itself
	all := make([]Cell, models)
	for i := range all {
		all[i] = Cell{Dataset: "d", Model: fmt.Sprint("model", i), Metric: "sfda", Score: float64(i)}
	}
	id, err := s.Import(Run{}, "9f86d081", all)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.Run(id); err != nil || len(r.Models) != models {
		t.Errorf("%d models, %v", len(r.Models), err)
	}
	if runs, err := s.List(Query{}, 0, 0); err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	var fields []Cell
	for i := range 3 {
		c := cell("details", i)
		c.Details = make(Details)
		for j := range MaxDetails {
			c.Details[fmt.Sprintf("detail %d of %d", j, i)] = 1
		}
		fields = append(fields, c)
	}
	r, err := s.Run(logRun(t, s, Run{}, fields...))
	if err != nil || r.Cells != 3 || r.Ranges != nil {
		t.Errorf("%d cells with many details, %d ranges, %v", r.Cells, len(r.Ranges), err)
	}
	healthy(t, s)
}

// What no reader could bear is not taken in, and costs its run nothing else.
func TestTooLarge(t *testing.T) {
	s := newStore(t)
	l, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Cell){
		"details": func(c *Cell) {
			for i := range MaxDetails {
				c.Details[fmt.Sprint("one more ", i)] = 1
			}
		},
		"name":    func(c *Cell) { c.Model = strings.Repeat("m", maxName+1) },
		"warning": func(c *Cell) { c.Warnings = []string{strings.Repeat("w", MaxCell)} },
	} {
		c := cell("a", 1)
		change(&c)
		if err := l.Log(c); err == nil {
			t.Errorf("a cell with too large a %s is taken", name)
		} else if len(err.Error()) > 500 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	}
	if err := errors.Join(l.Log(cell("a", 2)), l.Finish(Done, "")); err != nil {
		t.Error(err)
	}
	if rep := healthy(t, s); rep.Cells != 1 {
		t.Errorf("%d cells, want 1", rep.Cells)
	}
}

// One damaged record costs one record: the other runs are listed and shown, and scores are
// looked up, logged and collected.
func TestOneBadRecord(t *testing.T) {
	s := newStore(t)
	bad := logRun(t, s, Run{Annotation: Annotation{Name: "bad"}}, cell("a", 1))
	good := logRun(t, s, Run{Annotation: Annotation{Name: "good"}}, cell("b", 1), cell("b", 2))
	gone := logRun(t, s, Run{}, cell("c", 1))
	if err := s.Delete(gone); err != nil {
		t.Fatal(err)
	}
	lost, kept := cell("b", 1).ID, cell("b", 2).ID
	err := s.update(func(tx *bolt.Tx) error {
		return errors.Join(
			tx.Bucket([]byte(runsTable)).Put(key(1), []byte("damaged run")),
			tx.Bucket([]byte(cellsTable)).Put(key(2), []byte("damaged cell")),
			tx.Bucket([]byte(cellsTable)).Put(key(4), []byte("damaged garbage")),
			tx.Bucket([]byte(identityTable)).Put(lost[:], []byte("damaged identity")))
	})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := s.List(Query{}, 0, 0)
	if err != nil || len(runs) != 2 || runs[0].ID != good || runs[1].ID != bad || runs[1].Outcome != Damaged || runs[1].Reason == "" {
		t.Errorf("listed: %+v, %v", runs, err)
	}
	if runs, err := s.Runs(Query{}, 0, 0); err != nil || len(runs) != 2 {
		t.Errorf("runs: %d, %v", len(runs), err)
	}
	if r, err := s.Run("good"); err != nil || r.ID != good {
		t.Errorf("by its name: %v", err)
	}
	if _, err := s.Run(bad); !errors.Is(err, ErrDamaged) {
		t.Errorf("the damaged run: %v", err)
	}
	if _, err := s.Select(Query{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("the cells of all runs: %v", err)
	}
	found, err := s.Lookup([]Identity{lost, kept})
	if _, ok := found[kept]; !ok || len(found) != 1 || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
	again := logRun(t, s, Run{}, cell("b", 1), cell("b", 2))
	if cells, err := s.Cells(again); err != nil || len(cells) != 2 {
		t.Errorf("logged again: %d cells, %v", len(cells), err)
	}
	if n, err := s.Collect(); n != 1 || err != nil {
		t.Errorf("collected %d, %v", n, err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "nosuch.db")); !errors.Is(err, ErrNoStore) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Create(filepath.Join(dir, "nowhere", "x.db")); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "nowhere")+" does not exist") {
		t.Errorf("missing folder: %v", err)
	}
	foreign := filepath.Join(dir, "foreign.db")
	db, err := bolt.Open(foreign, 0o644, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("other")); return err }); err != nil {
		t.Fatal(err)
	}
	held := &Store{path: foreign} // waits for nobody
	if err := held.probe(); !errors.Is(err, ErrLocked) {
		t.Errorf("locked file: %v", err)
	}
	db.Close()
	if _, err := Open(foreign); !errors.Is(err, ErrForeign) {
		t.Errorf("foreign file: %v", err)
	}
	text := filepath.Join(dir, "text.db")
	os.WriteFile(text, []byte("dataset,model,metric,score\n"), 0o644)
	if _, err := Open(text); !errors.Is(err, ErrForeign) {
		t.Errorf("text file: %v", err)
	}
	if _, err := Check(text); !errors.Is(err, ErrForeign) {
		t.Errorf("check of a text file: %v", err)
	}
}

// Whatever a file holds, Check and Repair end with a report or an error. Fuzz it with
// -fuzzminimizetime 10x: no two tries go the same way, as they wait for the file at
// random, so the fuzzer takes most for new and would spend a minute on making each small.
func FuzzCheck(f *testing.F) {
	s, err := Create(filepath.Join(f.TempDir(), "runs.db"))
	if err != nil {
		f.Fatal(err)
	}
	logRun(f, s, Run{Environment: Environment{Go: "any"}}, cell("a", 1), cell("a", 2))
	store, err := os.ReadFile(s.Path())
	if err != nil {
		f.Fatal(err)
	}
	// A file is grown well ahead, and megabytes of nothing take the fuzzer a second each.
	p, _ := openPages(inMemory(store), int64(len(store)))
	f.Add(store[:int64(p.end)*p.page])
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "runs.db")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		rep, err := Check(path)
		if opened, openErr := Open(path); openErr == nil {
			if _, err := opened.Select(Query{}); err != nil && len(rep.Damage) == 0 {
				t.Errorf("%v, but Check found nothing", err)
			}
		}
		if err == nil {
			Repair(path, filepath.Join(dir, "repaired.db"))
		}
	})
}

// A run whose record is whole but has no ID, names a ground truth that it has not, has none in
// the place of one, or one without a number, is damaged: it is told of, and no table is made.
func TestRunOfNoTables(t *testing.T) {
	odd := func(accuracy float64) []*results.Truth {
		return []*results.Truth{{Name: "t.csv", Accuracies: map[string]map[string]float64{"cars": {"vgg11": accuracy}}}}
	}
	truth := &results.Truth{Name: "t.csv", SHA256: "ab", Accuracies: map[string]map[string]float64{}}
	variants := []record.Variant{{Label: "SFDA", Metric: "sfda", Truth: "ab"}}
	for name, c := range map[string]struct {
		run  Run
		want string
	}{
		"whole":     {Run{Truths: []*results.Truth{truth}, Variants: variants}, ""},
		"another":   {Run{Truths: []*results.Truth{{Name: "t.csv", SHA256: "cd"}}, Variants: variants}, `the ground truth of "SFDA" is missing`},
		"NaN":       {Run{Truths: odd(math.NaN())}, `"t.csv": the accuracy of "vgg11" on "cars" is NaN`},
		"Inf":       {Run{Layout: &Layout{Protocols: odd(math.Inf(-1))}}, "is -Inf"},
		"ID":        {Run{}, "it has no ID"},
		"null":      {Run{Truths: []*results.Truth{truth, nil}, Variants: variants}, "a ground truth is missing"},
		"protocols": {Run{Layout: &Layout{Protocols: []*results.Truth{nil}}}, "a ground truth is missing"},
		"later":     {Run{Accuracies: []*results.Truth{nil}}, "a ground truth is missing"},
	} {
		s := newStore(t)
		const id = "20260131-abcdefgh"
		c.run.ID = id
		err := s.update(func(tx *bolt.Tx) error {
			if err := addRun(tx, &c.run); err != nil || name != "ID" {
				return err
			}
			c.run.ID = ""
			return putRun(tx, &c.run)
		})
		if err != nil {
			t.Fatal(err)
		}
		report, err := Check(s.Path())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(id); c.want == "" {
			if err != nil || len(report.Damage) > 0 {
				t.Errorf("%s: %v, %v", name, err, report.Damage)
			}
		} else if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) || len(report.Damage) == 0 {
			t.Errorf("%s: %v, %v; want an error with %q", name, err, report.Damage, c.want)
		}
	}
}
