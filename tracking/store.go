package tracking

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// A Store is a file of runs and cells. It holds no resources between calls, and
// may be used by many goroutines, as the file may by many processes.
type Store struct {
	// Wait is how long a call waits for other processes while none of them writes,
	// 10 s by default.
	Wait time.Duration

	path   string
	create bool // the first write makes the file, if there is none
	doubt  error
}

const defaultWait = 10 * time.Second

// Open returns the store at path, which must exist. One of an older schema is
// migrated, and the old file kept beside it.
func Open(path string) (*Store, error) {
	s := &Store{Wait: defaultWait, path: path}
	err := s.probe()
	if errors.Is(err, errOlder) {
		err = s.migrate()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Create returns the store at path. If there is none, the first write makes it, so who
// writes nothing leaves no file.
func Create(path string) (*Store, error) {
	s, err := Open(path)
	if err == nil {
		err = s.forgetOldImports()
	}
	if !errors.Is(err, ErrNoStore) {
		return s, err
	}
	if folder := filepath.Dir(path); !isFolder(folder) {
		return nil, fmt.Errorf("store %s: folder %s does not exist: create it, or name another file with --store", path, folder)
	}
	if err := writable(path); err != nil {
		return nil, explain(path, err)
	}
	return &Store{Wait: defaultWait, path: path, create: true}, nil
}

// writable reports why no file can be made beside path, before the work is done that would
// be stored there.
func writable(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*")
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		at.Path = path // not one that is of no interest
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Path returns the path that the store was opened with.
func (s *Store) Path() string { return s.path }

// probe reports whether the store can be used.
func (s *Store) probe() error {
	return s.transact(bolt.Options{ReadOnly: true}, func(tx *bolt.Tx) error {
		f, p, damage, err := openFile(s.path)
		if err != nil {
			return err
		}
		if p != nil && p.older {
			s.doubt = fmt.Errorf("store %s: the last write may be missing: %w: \"sfdalab repair\" copies what is there", s.path, errors.Join(damage...))
		}
		return errors.Join(checkSchema(tx), f.Close())
	})
}

// Doubt returns why the last write to the store may be missing, nil if it is there: one of
// the two pages that tell of a state of the file was damaged when the store was opened.
func (s *Store) Doubt() error { return s.doubt }

// view calls fn in a transaction that reads.
func (s *Store) view(fn func(*bolt.Tx) error) error {
	return s.transact(bolt.Options{ReadOnly: true}, func(tx *bolt.Tx) error {
		if err := checkSchema(tx); err != nil {
			return err
		}
		return fn(tx)
	})
}

// viewAll is view for what looks at all that there is: nothing where the store is still
// to be made.
func (s *Store) viewAll(fn func(*bolt.Tx) error) error {
	err := s.view(fn)
	if s.create && errors.Is(err, ErrNoStore) {
		return nil
	}
	return err
}

// update calls fn in a transaction that writes; what it wrote is on disk when
// update returns nil, and nothing of it otherwise.
func (s *Store) update(fn func(*bolt.Tx) error) error {
	return s.transact(bolt.Options{}, func(tx *bolt.Tx) error {
		err := checkSchema(tx)
		if s.create && errors.Is(err, ErrNoStore) {
			err = makeTables(tx)
		}
		if err != nil {
			return err
		}
		return fn(tx)
	})
}

// makeTables makes a new file a store.
func makeTables(tx *bolt.Tx) error {
	for _, t := range tables {
		if _, err := tx.CreateBucket([]byte(t)); err != nil {
			return err
		}
	}
	return putSchema(tx)
}

// transact calls fn in a transaction.
func (s *Store) transact(o bolt.Options, fn func(*bolt.Tx) error) error {
	return s.locked(o, func(db *bolt.DB) error {
		if o.ReadOnly {
			return db.View(fn)
		}
		return db.Update(fn)
	})
}

// locked opens the file, calls fn, and closes the file. bbolt panics where it
// meets damage, and a file shorter than it claims faults when its memory is
// read: both become ErrDamaged.
func (s *Store) locked(o bolt.Options, fn func(*bolt.DB) error) (err error) {
	if !o.ReadOnly {
		if err := s.checkFreeList(); err != nil {
			return err
		}
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var db *bolt.DB
	defer func() {
		damage := recover()
		switch {
		case damage != nil:
			if _, fault := damage.(runtime.Error); fault {
				damage = "a page points out of itself"
			}
			err = fail(ErrDamaged, s.path, cmp.Or(treeDamage(s.path, !o.ReadOnly), fmt.Errorf("%v", damage)))
			if db != nil {
				go db.Close() // waits for ever if bbolt panicked with a lock held
			}
		case db != nil:
			err = errors.Join(err, db.Close())
		}
	}()
	if db, err = s.lock(o); err != nil {
		return explain(s.path, err)
	}
	t, err := treeOf(db, !o.ReadOnly)
	if err != nil {
		return explain(s.path, err)
	}
	if t != nil {
		trees.Store(db, t)
		defer trees.Delete(db)
	}
	return explain(s.path, fn(db))
}

// checkFreeList reports a damaged list of free pages. bbolt reads it when it opens a file to
// write: it makes room for as many numbers as there are said to be, which no program survives,
// and where there is no list it follows the tree wherever that leads. This looks without the
// lock, and, as somebody may write meanwhile, again with it at what seems to be damaged.
func (s *Store) checkFreeList() error {
	f, p, _, err := openFile(s.path)
	if err != nil {
		return nil // who opens it is told
	}
	defer f.Close()
	if p == nil {
		return nil
	}
	if _, err := p.freeList(); err == nil {
		return nil
	}
	return s.locked(bolt.Options{ReadOnly: true}, func(*bolt.DB) error { return nil })
}

// How long to sleep between attempts to get the file. A reader looks a dozen times as
// often as eight writers together, and so comes next when one leaves it; the writer that
// holds the gate looks more often than those that do not.
const (
	readerPause = 100 * time.Microsecond
	nextPause   = time.Millisecond
	writerPause = 10 * time.Millisecond
)

// growth is by how many bytes a file of more than that grows at once.
const growth = 4 << 20

// room is how much more than a file a writer maps into memory at least. When a file
// outgrows that, bbolt copies all that the transaction holds.
const room = 64 << 20

// lock opens the file once no other process has it open for writing, or at all
// if this is to write. bbolt would sleep for 50 ms between attempts, which is
// longer than a batch takes.
//
// All try again and again until they get the file. A writer that has failed once takes the
// gate, if it can, and keeps it until it has the file; a reader does not try while
// somebody holds the gate, so readers who have the file leave it and none follow. Who
// waits gives up when nobody has written for s.Wait: as long as others write, the store is
// busy and not stuck. The writer with the gate waits longer, as readers can only leave.
// Past that time a reader tries once more whoever holds the gate, as its holder may have
// been stopped.
func (s *Store) lock(o bolt.Options) (*bolt.DB, error) {
	o.Timeout = time.Nanosecond // one attempt
	o.FreelistType = bolt.FreelistMapType
	o.NoStatistics = true
	gate := gate{path: s.path + gateSuffix}
	defer gate.leave()
	start := time.Now()
	quiet, written := start, time.Time{} // since when nobody has written, and when somebody last did
	for {
		info, err := os.Stat(s.path)
		if o.ReadOnly && err != nil {
			return nil, err
		}
		if o.ReadOnly && info.Size() == 0 { // somebody creates the store, or was killed doing so
			if time.Since(start) > time.Second {
				return nil, os.ErrNotExist
			}
			rest(readerPause)
			continue
		}
		var size int64
		if err == nil {
			size = info.Size()
			if !info.ModTime().Equal(written) {
				quiet, written = time.Now(), info.ModTime()
			}
		}
		wait := s.Wait
		if gate.file != nil { // nobody else comes in
			wait = max(wait, patience)
		}
		late := time.Since(quiet) > wait
		if o.ReadOnly && !late && gate.held() {
			rest(readerPause)
			continue
		}
		db, err := s.open(o, size)
		if !errors.Is(err, berrors.ErrTimeout) || late {
			return db, err
		}
		switch {
		case o.ReadOnly:
			rest(readerPause)
		case gate.take():
			rest(nextPause)
		default:
			rest(writerPause)
		}
	}
}

// open opens the file, of so many bytes.
func (s *Store) open(o bolt.Options, size int64) (*bolt.DB, error) {
	if !o.ReadOnly && runtime.GOOS != "windows" { // where it would grow the file
		o.InitialMmapSize = int(size) + room
	}
	db, err := bolt.Open(s.path, 0o644, &o)
	if errors.Is(err, syscall.ENOMEM) { // a process may have little to map
		o.InitialMmapSize = 0
		db, err = bolt.Open(s.path, 0o644, &o)
	}
	if err == nil {
		db.AllocSize = growth
	}
	return db, err
}

// rest sleeps for a pause on average.
func rest(pause time.Duration) { time.Sleep(pause/2 + rand.N(pause)) }
