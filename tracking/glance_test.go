//go:build unix

package tracking

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestGlance asks stores of one page and of many for cells that they have, that
// failed, and that they lack, while somebody has them locked.
func TestGlance(t *testing.T) {
	for _, n := range []int{0, 3, 5000} {
		s := newStore(t)
		var all []Cell
		var ids, want []Identity
		for i := range n {
			c := cell("a", i)
			if i%5 == 1 {
				c.Error, c.Score = "failed", 0
			} else {
				want = append(want, c.ID)
			}
			all = append(all, c)
			ids = append(ids, c.ID, cell("b", i).ID)
		}
		logRun(t, s, Run{}, all...)
		err := s.update(func(*bolt.Tx) error {
			if got := Glance(s.Path(), ids); !slices.Equal(got, want) {
				t.Errorf("%d cells: found %d, want %d", n, len(got), len(want))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := Glance(filepath.Join(t.TempDir(), "none.db"), []Identity{{}}); got != nil {
		t.Errorf("no store: found %d", len(got))
	}
}

// A damaged store has fewer cells and never others.
func TestGlanceDamaged(t *testing.T) {
	s := newStore(t)
	var all []Cell
	var ids []Identity
	has := make(map[Identity]bool)
	for i := range 500 {
		all = append(all, cell("a", i))
		ids = append(ids, all[i].ID, cell("b", i).ID)
		has[all[i].ID] = true
	}
	logRun(t, s, Run{}, all...)
	store, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	for _, change := range []func([]byte) []byte{
		func(b []byte) []byte { return b[:random.IntN(len(b))] },
		func(b []byte) []byte { b[random.IntN(len(b))] ^= 1 << random.IntN(8); return b },
		func(b []byte) []byte {
			at := random.IntN(len(b) - 4096)
			for i := range 4096 {
				b[at+i] = byte(random.Uint32())
			}
			return b
		},
	} {
		for range 20 {
			for _, id := range Glance(damaged(t, store, change), ids) {
				if !has[id] {
					t.Fatalf("found %v, which the store never had", id)
				}
			}
		}
	}
}
