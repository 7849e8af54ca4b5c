package tracking

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Parts of a store are stores, and together they are the whole again, in any order.
func TestCut(t *testing.T) {
	s := newStore(t)
	scoredBy := func(metric string, i int) Cell {
		c := cell("a", i)
		c.Metric = metric
		c.ID = c.Identify()
		return c
	}
	failed := scoredBy("logme", 5)
	failed.Score, failed.Error = 0, "one class"
	whole := logRun(t, s, Run{Spec: "metrics: [sfda, logme]\n", Planned: 6}, scoredBy("sfda", 1), scoredBy("sfda", 2), scoredBy("logme", 3), scoredBy("logme", 4), failed)
	other := logRun(t, s, Run{Annotation: Annotation{Name: "other"}}, scoredBy("sfda", 1))

	var parts []*Store
	for i, text := range []string{"metric:sfda", "metric:logme", "name:other", "run:" + whole} {
		q, err := ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "part.db")
		runs, cells, err := s.Cut(q, path)
		if want := [][2]int{{2, 3}, {1, 3}, {1, 1}, {1, 5}}[i]; err != nil || runs != want[0] || cells != want[1] {
			t.Fatalf("%s: %d runs, %d cells, %v; want %v", text, runs, cells, err, want)
		}
		if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if _, _, err := s.Cut(q, path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a file: %v", err)
		}
		part, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		healthy(t, part)
		parts = append(parts, part)
	}
	want, err := s.Select(Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {3, 2}, {0, 3}, {2, 0, 1, 3}} {
		all := newStore(t)
		for range 2 {
			for _, i := range order {
				if _, err := all.Merge(parts[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, i := range order {
			if n, err := all.Merge(parts[i]); n != 0 || err != nil {
				t.Errorf("%v: merging part %d again changed %d runs, %v", order, i, n, err)
			}
		}
		for _, id := range []string{whole, other} {
			wantRun, _ := s.Run(id)
			got, err := all.Run(id)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(wantRun, got, cmpopts.IgnoreUnexported(Run{}), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%v: (-whole +from parts)\n%s", order, d)
			}
		}
		got, err := all.Select(Query{})
		if err != nil {
			t.Fatal(err)
		}
		byID := cmpopts.SortSlices(func(a, b Cell) bool { return a.ID.String() < b.ID.String() })
		runs := cmpopts.SortSlices(func(a, b Selection) bool { return a.Run.ID < b.Run.ID })
		if d := cmp.Diff(want, got, byID, runs, cmpopts.IgnoreUnexported(Run{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%v: (-whole +from parts)\n%s", order, d)
		}
		healthy(t, all)
	}

	q, _ := ParseQuery("metric:nothing")
	path := filepath.Join(t.TempDir(), "none.db")
	if runs, _, err := s.Cut(q, path); runs != 0 || err != nil {
		t.Errorf("a cut of nothing: %d runs, %v", runs, err)
	}
	if _, err := Open(path); !errors.Is(err, ErrNoStore) {
		t.Errorf("a cut of nothing is a file: %v", err)
	}
}
