//go:build unix

package tracking

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func init() {
	helpers["sweep"] = sweepHelper
	helpers["full"] = fullHelper
	helpers["unwritable"] = unwritableHelper
	helpers["import"] = importHelper
	helpers["repair"] = repairHelper
	helpers["cut"] = cutHelper
}

// importHelper imports args[1] cells into the store args[0].
func importHelper(args []string) error {
	s, err := Create(args[0])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	all := make([]Cell, n)
	for i := range all {
		all[i] = cell("import", i)
	}
	fmt.Println("begun")
	_, err = s.Import(Run{}, "9f86d081", all)
	return err
}

// repairHelper repairs the store args[0] to args[1].
func repairHelper(args []string) error {
	fmt.Println("begun")
	_, err := Repair(args[0], args[1])
	return err
}

// cutHelper exports the store args[0] to args[1].
func cutHelper(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	fmt.Println("begun")
	_, _, err = s.Cut(Query{}, args[1])
	return err
}

// An import that is killed is in the store whole or not at all, and so is what is repaired
// or exported under its name.
func TestKilledAllOrNothing(t *testing.T) {
	const cells = 3000
	random := rand.New(rand.NewPCG(7, 8))
	kill := func(mode string, args ...string) (killed bool) {
		c := helper(mode, args...)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		out.Read(make([]byte, 1))
		time.Sleep(time.Duration(random.IntN(200_000)) * time.Microsecond)
		c.Process.Kill()
		return c.Wait() != nil
	}
	s := newStore(t)
	killed := 0
	for range 10 {
		if kill("import", s.Path(), fmt.Sprint(cells)) {
			killed++
		}
	}
	runs, err := s.Runs(Query{}, 0, 0)
	if err != nil || len(runs) < 10-killed {
		t.Fatalf("%d runs, %v; %d of 10 imports were killed", len(runs), err, killed)
	}
	for _, r := range runs {
		if r.Cells != cells || r.Outcome != Done {
			t.Errorf("import is %s with %d cells, want %d", r.Outcome, r.Cells, cells)
		}
	}
	if len(runs) == 0 {
		if err := importHelper([]string{s.Path(), fmt.Sprint(cells)}); err != nil {
			t.Fatal(err)
		}
	}
	want := healthy(t, s)
	for _, mode := range []string{"repair", "cut"} {
		for i := range 10 {
			out := filepath.Join(t.TempDir(), fmt.Sprint(mode, i, ".db"))
			kill(mode, s.Path(), out)
			if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if rep, err := Check(out); err != nil || len(rep.Damage) > 0 || rep.Cells != want.Cells || rep.Runs != want.Runs {
				t.Errorf("%s that was killed left %+v, %v; want all or nothing of %+v", mode, rep, err, want)
			}
		}
	}
}

// sweepHelper computes those of args[1] cells that the store args[0] lacks, as
// the runner does, and appends to the file args[2] a byte for each computed. It tells
// when it begins.
func sweepHelper(args []string) error {
	s, err := Create(args[0])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	l, err := s.Begin(Run{Planned: n, Environment: Environment{Go: "any", Host: hostname()}})
	if err != nil {
		return err
	}
	fmt.Println("begun")
	var ids []Identity
	for i := range n {
		ids = append(ids, cell("sweep", i).ID)
	}
	known, err := s.Lookup(ids)
	if err != nil {
		return err
	}
	computed, err := os.OpenFile(args[2], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	for i, id := range ids {
		c, ok := known[id]
		if !ok {
			c = cell("sweep", i)
		}
		if err := l.Log(c); err != nil {
			return err
		}
		if i%10 == 9 {
			if err := l.Flush(); err != nil {
				return err
			}
			if !ok {
				computed.Write(make([]byte, 10))
			}
		}
	}
	return l.Finish(Done, "")
}

func hostname() string {
	name, _ := os.Hostname()
	return name
}

// A sweep that is killed again and again gets done, and computes no cell twice
// but those of the batch that was being written.
func TestKilledAtRandomMoments(t *testing.T) {
	const kills, cells = 200, 2000
	s := newStore(t)
	log := filepath.Join(t.TempDir(), "computed")
	random := rand.New(rand.NewPCG(1, 2))
	kill := func(after time.Duration) (killed bool) {
		c := helper("sweep", s.Path(), fmt.Sprint(cells), log)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		out.Read(make([]byte, 1)) // however long it takes to begin on this machine
		timer := time.AfterFunc(after, func() { c.Process.Kill() })
		defer timer.Stop()
		err = c.Wait()
		if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.Exited()) {
			t.Fatal(err)
		}
		return err != nil
	}
	count := kills
	if testing.Short() {
		count = 20
	}
	killed := 0
	for range count {
		if kill(time.Duration(random.IntN(60_000)) * time.Microsecond) {
			killed++
		}
	}
	if kill(10 * time.Minute) {
		t.Fatal("the last sweep was killed too")
	}
	t.Logf("%d of %d sweeps were killed before their end", killed, count)

	got, err := s.Cells("latest")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != cells {
		t.Fatalf("the last run has %d cells, want %d", len(got), cells)
	}
	for i, c := range got {
		if c.Score != cell("sweep", i).Score {
			t.Fatalf("cell %d has score %v", i, c.Score)
		}
	}
	if rep := healthy(t, s); rep.Cells != cells {
		t.Errorf("%d cells are stored, want %d: some were computed twice", rep.Cells, cells)
	}
	if info, err := os.Stat(log); err != nil || info.Size() > cells {
		t.Errorf("%d cells were computed and logged, want %d at most", info.Size(), cells)
	}
	runs, err := s.Runs(Query{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[Outcome]int{}
	for _, r := range runs {
		outcomes[r.Outcome]++
	}
	if outcomes[Running] != 0 || outcomes[Killed] == 0 || outcomes[Killed] > killed {
		t.Errorf("outcomes %v after %d kills", outcomes, killed)
	}
}

func TestTwoRunsAtOnce(t *testing.T) {
	s := newStore(t)
	a, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		for _, l := range []*Logger{a, b} {
			if err := l.Log(cell("same", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, l := range []*Logger{a, b} {
		if err := l.Finish(Done, ""); err != nil {
			t.Fatal(err)
		}
		if cells, err := s.Cells(l.Run()); err != nil || len(cells) != 500 {
			t.Errorf("run %s has %d cells, %v; want 500", l.Run(), len(cells), err)
		}
	}
	if rep := healthy(t, s); rep.Cells != 500 {
		t.Errorf("%d cells stored, want 500", rep.Cells)
	}
}

// settle must not be fooled by clocks.
func TestClockJumps(t *testing.T) {
	now := time.Now()
	here := Here()
	elsewhere := Environment{Host: "elsewhere"}
	for _, test := range []struct {
		name    string
		env     Environment
		process string
		beat    time.Time
		want    Outcome
	}{
		{"alive here, clock jumped ahead", here, thisProcess(), now.Add(-24 * time.Hour), Running},
		{"alive here, clock jumped back", here, thisProcess(), now.Add(24 * time.Hour), Running},
		{"dead here, clock jumped back", here, "0 1 1", now.Add(24 * time.Hour), Killed},
		{"elsewhere, beat from the future", elsewhere, "0 1 1", now.Add(time.Hour), Running},
		{"elsewhere, recent beat", elsewhere, "0 1 1", now.Add(-time.Minute), Running},
		{"elsewhere, silent", elsewhere, "0 1 1", now.Add(-time.Hour), Killed},
	} {
		r := Run{Environment: test.env, Process: test.process, Beat: test.beat, Outcome: Running}
		if r.settle(now); r.Outcome != test.want {
			t.Errorf("%s: %s, want %s", test.name, r.Outcome, test.want)
		}
	}

	s := newStore(t)
	logRun(t, s, Run{Start: now}, cell("a", 1))
	last := logRun(t, s, Run{Start: now.Add(-time.Hour)}, cell("a", 2))
	if runs, err := s.Runs(Query{}, 0, 0); err != nil || runs[0].ID != last {
		t.Errorf("the run that came last is not the first: %v, %v", runs, err)
	}
}

// fullHelper fills the store args[0] up to a limit of the file size, then lifts
// it and goes on.
func fullHelper(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	l, err := s.Begin(Run{})
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{}
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	small := limit
	small.Cur = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		return err
	}
	for i := range 5000 {
		if err = l.Log(cell("a", i)); err != nil && !errors.Is(err, ErrFull) {
			return err
		}
	}
	if err := l.Finish(Done, ""); !errors.Is(err, ErrFull) {
		return fmt.Errorf("finish on a full disk: %v, want ErrFull", err)
	}
	if _, err := s.Runs(Query{}, 0, 0); err != nil {
		return fmt.Errorf("reading on a full disk: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	return l.Finish(Done, "")
}

func TestFullDisk(t *testing.T) {
	s := newStore(t)
	if err := helper("full", s.Path()).Run(); err != nil {
		t.Fatal(err)
	}
	if rep := healthy(t, s); rep.Cells != 5000 {
		t.Errorf("%d cells, want all 5000 once there is room", rep.Cells)
	}
}

// unwritableHelper reads the store args[0] and must fail to write it.
func unwritableHelper(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	if _, err := s.Runs(Query{}, 0, 0); err != nil {
		return err
	}
	if _, err := s.Begin(Run{}); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("begin: %v, want ErrReadOnly", err)
	}
	if _, err := Create(filepath.Join(filepath.Dir(args[0]), "new.db")); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("create: %v, want ErrReadOnly", err)
	}
	return nil
}

func TestReadOnlyDirectory(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1))
	dir := filepath.Dir(s.Path())
	if err := errors.Join(os.Chmod(s.Path(), 0o444), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	c := helper("unwritable", s.Path())
	if os.Getuid() == 0 { // root may write anything, so the helper is somebody else
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		binary := filepath.Join(t.TempDir(), "helper")
		if err := os.Link(os.Args[0], binary); err != nil {
			t.Skip("the test binary cannot be shared with another user:", err)
		}
		os.Chmod(filepath.Dir(binary), 0o755)
		c.Path = binary
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if err := c.Run(); errors.Is(err, fs.ErrPermission) {
		t.Skip("the test binary cannot be run by another user:", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// Whatever happens to the bytes of a store, opening and reading it never panics,
// Check names the damage, and Repair saves what it does not touch.
func TestPowerLoss(t *testing.T) {
	s := newStore(t)
	const runs, cells = 3, 300
	scores := map[Identity]float64{}
	for r := range runs {
		var all []Cell
		for i := range cells {
			c := cell(fmt.Sprint("run", r), i)
			scores[c.ID] = c.Score
			all = append(all, c)
		}
		logRun(t, s, Run{}, all...)
	}
	store, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	saved := func(path string) int {
		out := filepath.Join(t.TempDir(), "repaired.db")
		rep, err := Repair(path, out)
		if err != nil {
			return 0
		}
		for _, d := range rep.Damage {
			t.Errorf("repaired store: %v", d)
		}
		fixed, err := Open(out)
		if err != nil {
			t.Fatal(err)
		}
		all, err := fixed.Select(Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, sel := range all {
			for _, c := range sel.Cells {
				if scores[c.ID] != c.Score {
					t.Fatalf("cell %s was saved with the score %v, it was %v", c.ID, c.Score, scores[c.ID])
				}
			}
		}
		return rep.Cells
	}
	use := func(path string) error {
		s, err := Open(path)
		if err != nil {
			return err
		}
		_, err = s.Select(Query{})
		return err
	}

	t.Run("whole", func(t *testing.T) {
		if n := saved(s.Path()); n != runs*cells {
			t.Errorf("saved %d cells of an undamaged store, want %d", n, runs*cells)
		}
	})
	t.Run("flipped", func(t *testing.T) {
		worst := runs * cells
		for range 40 {
			at := random.IntN(len(store))
			path := damaged(t, store, func(b []byte) []byte { b[at] ^= 1 << random.IntN(8); return b })
			used := use(path)
			rep, err := Check(path)
			if err != nil {
				t.Fatal(err)
			}
			if used != nil && len(rep.Damage) == 0 {
				t.Errorf("byte %d: %v, but Check found nothing", at, used)
			}
			worst = min(worst, saved(path))
		}
		// A page holds some 8 cells; a page of the tree above them costs none.
		if worst < runs*cells-100 {
			t.Errorf("a flipped bit cost up to %d cells", runs*cells-worst)
		}
	})
	t.Run("truncated", func(t *testing.T) {
		for range 15 {
			n := random.IntN(len(store))
			path := damaged(t, store, func(b []byte) []byte { return b[:n] })
			used := use(path)
			if n == 0 {
				continue
			}
			rep, err := Check(path)
			if err != nil {
				t.Fatal(err)
			}
			if used != nil && len(rep.Damage) == 0 {
				t.Errorf("cut at %d: %v, but Check found nothing", n, used)
			}
			if used != nil && strings.Contains(used.Error(), "runtime error") {
				t.Errorf("cut at %d: %v", n, used)
			}
			saved(path)
		}
	})
	t.Run("garbage", func(t *testing.T) {
		for range 15 {
			at := random.IntN(len(store) - 8192)
			path := damaged(t, store, func(b []byte) []byte {
				for i := range 4096 {
					b[at+i] = byte(random.Uint32())
				}
				return b
			})
			use(path)
			if _, err := Check(path); err != nil {
				t.Fatal(err)
			}
			saved(path)
		}
	})
}

// Repair keeps the cells whose members are lost and the latest state, and says both.
func TestRepairOrphans(t *testing.T) {
	s := newStore(t)
	var all []Cell
	for i := range 300 {
		all = append(all, cell("a", i))
	}
	id := logRun(t, s, Run{}, all...)
	store, p := pagesOf(t, s)
	roots, err := p.roots()
	if err != nil {
		t.Fatal(err)
	}
	members, err := p.leaves(place{page: roots[membersTable]}, map[uint64]place{})
	if err != nil {
		t.Fatal(err)
	}
	path := damaged(t, store, func(b []byte) []byte {
		clear(b[int64(members[0].page)*p.page:][:p.page])
		return b
	})
	out := path + ".repaired"
	rep, err := Repair(path, out)
	if err != nil || rep.Cells != 300 || rep.Runs != 2 || len(rep.Damage) > 0 {
		t.Fatalf("%+v, %v; want all 300 cells", rep, err)
	}
	if said := strings.Join(rep.Lost, "\n"); !strings.Contains(said, "of run "+id) || !strings.Contains(said, "kept as run") {
		t.Errorf("lost: %s", said)
	}
	fixed, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := fixed.Run("recovered"); err != nil || r.Cells == 0 || r.Outcome != Failed || r.Reason == "" {
		t.Errorf("%+v, %v", r, err)
	}

	// Of what no run has, nothing comes back where nothing is damaged.
	if err := s.Delete(id); err != nil {
		t.Fatal(err)
	}
	if rep, err := Repair(s.Path(), out+".2"); err != nil || rep.Cells != 0 || len(rep.Lost) > 0 {
		t.Errorf("%+v, %v", rep, err)
	}
}

// A damaged list of free pages may bring deleted runs back, which is said, and one that lists
// pages in use costs none of their cells.
func TestRepairFreeList(t *testing.T) {
	s := newStore(t)
	var all []Cell
	for i := range 300 {
		all = append(all, cell("a", i))
	}
	logRun(t, s, Run{}, all...)
	deleted := logRun(t, s, Run{}, cell("b", 1))
	if err := s.Delete(deleted); err != nil {
		t.Fatal(err)
	}
	store, p := pagesOf(t, s)
	roots, err := p.roots()
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := p.leaves(place{page: roots[cellsTable]}, map[uint64]place{})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(list []byte){
		"empty":         func(list []byte) { clear(list) },
		"of no pages":   func(list []byte) { binary.LittleEndian.PutUint16(list[10:], 0) },
		"cut short":     func(list []byte) { binary.LittleEndian.PutUint16(list[10:], 1<<15) },
		"a page less":   func(list []byte) { binary.LittleEndian.PutUint16(list[10:], binary.LittleEndian.Uint16(list[10:])-1) },
		"a page in use": func(list []byte) { binary.LittleEndian.PutUint64(list[pageHeader:], leaves[0].page) },
	} {
		path := damaged(t, store, func(b []byte) []byte { change(b[int64(p.free)*p.page:][:p.page]); return b })
		rep, err := Repair(path, path+".repaired")
		if err != nil || rep.Cells < 300 || len(rep.Damage) > 0 {
			t.Errorf("%s: %+v, %v; want all 300 cells", name, rep, err)
		}
		if said := strings.Join(rep.Lost, "\n"); !strings.Contains(said, "what was deleted may have come back") {
			t.Errorf("%s: lost: %q", name, said)
		}
	}

	// Where a page in use is damaged, too, nobody knows how many should be free.
	path := damaged(t, store, func(b []byte) []byte {
		binary.LittleEndian.PutUint16(b[int64(p.free)*p.page+10:], 0)
		clear(b[int64(leaves[1].page)*p.page:][:p.page])
		return b
	})
	rep, err := Repair(path, path+".repaired")
	if err != nil || rep.Runs < 2 || len(rep.Damage) > 0 {
		t.Fatalf("%+v, %v; want the deleted run, too", rep, err)
	}
	if said := strings.Join(rep.Lost, "\n"); !strings.Contains(said, "what was deleted may have come back") {
		t.Errorf("lost: %q", said)
	}
}

func TestRepairLatest(t *testing.T) {
	s := newStore(t)
	for i := range 4 {
		logRun(t, s, Run{Annotation: Annotation{Name: fmt.Sprint("run", i)}}, cell("a", i))
		store, err := os.ReadFile(s.Path())
		if err != nil {
			t.Fatal(err)
		}
		p, _ := openPages(inMemory(store), int64(len(store)))
		for n := range int64(2) {
			path := damaged(t, store, func(b []byte) []byte { clear(b[n*p.page+pageHeader:][:metaSize]); return b })
			rep, err := Repair(path, path+".repaired")
			if err != nil || rep.Cells != i+1 || rep.Runs != i+1 {
				t.Errorf("meta page %d of %d runs: %+v, %v", n, i+1, rep, err)
			}
			if len(rep.Lost) == 0 {
				t.Errorf("meta page %d of %d runs: not said", n, i+1)
			}
			if s, err := Open(path); err != nil || s.Doubt() == nil {
				t.Errorf("meta page %d of %d runs: opened without a word, %v", n, i+1, err)
			} else if s, err = Open(path + ".repaired"); err != nil || s.Doubt() != nil {
				t.Errorf("meta page %d of %d runs: what was repaired is doubted, %v", n, i+1, err)
			}
		}
	}
}

// A run that lost cells with a page is damaged for whoever reads them, and is not shown
// with what is left.
func TestLostMembers(t *testing.T) {
	s := newStore(t)
	id := logRun(t, s, Run{}, cell("a", 1), cell("a", 2), cell("a", 3))
	err := s.update(func(tx *bolt.Tx) error {
		members, err := membersTable.bucket(tx)
		if err != nil {
			return err
		}
		last, _ := members.Cursor().Last()
		return members.Delete(last)
	})
	if err != nil {
		t.Fatal(err)
	}
	if cells, err := s.Cells(id); !errors.Is(err, ErrDamaged) {
		t.Errorf("%d cells are read, %v", len(cells), err)
	}
	if all, err := s.Select(Query{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("%d runs are selected, %v", len(all), err)
	}
	if n, err := s.Collect(); !errors.Is(err, ErrDamaged) {
		t.Errorf("%d cells are collected, %v", n, err)
	}
	if rep, err := Repair(s.Path(), s.Path()+".repaired"); err != nil || rep.Cells != 3 {
		t.Errorf("repaired to %+v, %v", rep, err)
	}
}
