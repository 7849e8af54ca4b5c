// Package cluster runs a spec on the nodes of a Scheduler, or writes the manifest with
// which Kubernetes runs it.
//
// A job is a folder beside the store, which all nodes see:
//
//	lab.db.shards/job.json        what to score: there while the job is
//	lab.db.shards/3-of-8.db.part  a shard that a task writes, alone
//	lab.db.shards/3-of-8.db       the shard when it is complete
//	lab.db.shards/task-3-2.log    what the task's second attempt said
//	lab.db.shards/refused         why the nodes cannot do the job
//
// Submit starts it as one array of tasks, a shard each. Watch merges shards into the
// store as they complete and submits again what failed. Its whole state is in the
// folder and in the scheduler, so another process may continue when it stops. A run
// over the merged store then finds all scores; its table equals that of one machine.
package cluster

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sfdalab/experiments"
	"sfdalab/experiments/plan"
	"sfdalab/extract/datasets"
	"sfdalab/internal/regular"
	"sfdalab/tracking"
)

// A Job is a spec that a cluster scores into a store.
type Job struct {
	Name      string    `json:"name"` // in the scheduler
	Spec      string    `json:"spec"` // the text of the file when it was submitted
	SpecPath  string    `json:"spec_path"`
	Store     string    `json:"store"`
	Cells     int       `json:"cells"`
	Witness   string    `json:"witness"` // a feature file that all nodes must see
	Program   string    `json:"program"` // version that all nodes must have
	Options   Options   `json:"options"`
	User      string    `json:"user"`
	Host      string    `json:"host"`
	Submitted time.Time `json:"submitted"`

	Tasks [][]plan.Key        `json:"tasks"`           // what each is to do
	Known []tracking.Identity `json:"known,omitempty"` // cells of these that the store has
	Needs plan.Resources      `json:"needs"`           // of each

	info fs.FileInfo // of job.json
	on   Scheduler
}

// Options are what the user asks of the scheduler. Zero values leave the choice to it.
type Options struct {
	Scheduler  string   `json:"scheduler,omitempty"` // the name of one; Slurm if empty
	Partition  string   `json:"partition,omitempty"`
	ArrayLimit int      `json:"array_limit,omitempty"` // tasks at a time; there are as many at least
	Time       string   `json:"time,omitempty"`
	Mem        string   `json:"mem,omitempty"`
	Args       []string `json:"args,omitempty"` // further ones
}

// ErrNoJob is the error of a store that no job works for.
var ErrNoJob = errors.New("no job is under way")

// Load returns the job of a store.
func Load(store string) (*Job, error) {
	store, err := filepath.Abs(store)
	if err != nil {
		return nil, err
	}
	j, err := read(jobFile(experiments.ShardFolder(store)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("store %s: %w: \"sfdalab jobs\" lists those of this folder", store, ErrNoJob)
	}
	return j, err
}

// jobName is what newName makes.
var jobName = regexp.MustCompile(`^sfdalab-[a-z0-9]{10}$`)

func newName() string { return "sfdalab-" + strings.ToLower(rand.Text()[:10]) }

// mostBytes is how long job.json may be: it names each cell that the store has.
const mostBytes = 1 << 30

// read reads job.json. The store is the one in whose folder that is.
func read(path string) (*Job, error) {
	// Whoever can write this folder must not lead others out of it, nor keep them waiting.
	if err := experiments.CheckShardFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := regular.Itself(path); errors.Is(err, fs.ErrNotExist) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w: remove it", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var j Job
	if err := json.NewDecoder(io.LimitReader(f, mostBytes)).Decode(&j); err != nil || len(j.Tasks) > maxTasks {
		return nil, fmt.Errorf("%s is damaged: remove it, and stop tasks that still run with scancel", path)
	}
	if j.on, err = find(j.Options.Scheduler); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	// Whoever can write this folder must not reach outside it.
	if !jobName.MatchString(j.Name) {
		return nil, fmt.Errorf("%s: %q is not the name of a job: remove the file, and stop tasks that still run with scancel", path, j.Name)
	}
	j.Store = strings.TrimSuffix(filepath.Dir(path), experiments.ShardFolder(""))
	j.info, err = f.Stat()
	return &j, err
}

// List returns the jobs of the stores in a folder, the oldest first. The error says of which
// nothing can be told; the others are there nevertheless.
func List(folder string) ([]*Job, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(folder); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", folder)
	}
	files, err := filepath.Glob(jobFile(experiments.ShardFolder(filepath.Join(datasets.EscapeGlob(folder), "*"))))
	if err != nil {
		return nil, err
	}
	var jobs []*Job
	var unread []error
	for _, f := range files {
		switch j, err := read(f); {
		case errors.Is(err, fs.ErrNotExist): // it has just ended
		case err != nil:
			unread = append(unread, err)
		default:
			jobs = append(jobs, j)
		}
	}
	slices.SortFunc(jobs, func(a, b *Job) int { return a.Submitted.Compare(b.Submitted) })
	return jobs, errors.Join(unread...)
}

func jobFile(folder string) string { return filepath.Join(folder, "job.json") }

func (j *Job) folder() string          { return experiments.ShardFolder(j.Store) }
func (j *Job) file(name string) string { return filepath.Join(j.folder(), name) }
func (j *Job) files(pattern string) string {
	return filepath.Join(datasets.EscapeGlob(j.folder()), pattern)
}
func (j *Job) shard(i int) experiments.Shard { return experiments.Shard{Index: i, Count: len(j.Tasks)} }
func (j *Job) log(task, attempt int) string {
	return j.file(fmt.Sprintf("task-%d-%d.log", task, attempt))
}

// Parse returns the spec as it was when the job was submitted.
func (j *Job) Parse() (*experiments.Spec, error) { return experiments.Parse(j.Spec, j.SpecPath) }

// claim makes the folder this job's own. The error names who has it.
func (j *Job) claim() error {
	if u, err := user.Current(); err == nil {
		j.User = u.Username
	}
	j.Host, _ = os.Hostname()
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	// Written in full before it has its name: who finds it can read it.
	var f *os.File
	if err = os.MkdirAll(j.folder(), 0o755); err == nil {
		f, err = os.CreateTemp(j.folder(), "job-*")
	}
	if err != nil {
		return fmt.Errorf("the job's folder, beside the store: %w: name a store in a folder that you may write to, with --store", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), jobFile(j.folder())); errors.Is(err, fs.ErrExist) {
		return cmp.Or(j.free(), err)
	}
	if err == nil {
		j.info, err = os.Stat(jobFile(j.folder()))
	}
	return err
}

// own reports a job that another user wrote. What its file asks for, such as to run the
// programs of its spec, would be done by this one.
func (j *Job) own() error {
	if j.info != nil && !mine(j.info) {
		return fmt.Errorf("store %s: %s belongs to another user, and only the user who submitted a job can work on it: name another store with --store", j.Store, jobFile(j.folder()))
	}
	return nil
}

// underWay reports whether the job has not ended.
func (j *Job) underWay() bool {
	info, err := os.Stat(jobFile(j.folder()))
	// The file of a later job may have got the same inode.
	return err == nil && os.SameFile(info, j.info) && info.ModTime().Equal(j.info.ModTime())
}

// free reports the job that works for the store, if there is one.
func (j *Job) free() error {
	other, err := Load(j.Store)
	if errors.Is(err, ErrNoJob) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("store %s: %s submitted %s from %s at %s, and one job at a time works for a store: "+
		"see it with \"sfdalab attach\", stop it with \"sfdalab cancel\", or name another store with --store",
		j.Store, other.User, filepath.Base(other.SpecPath), other.Host, other.Submitted.Format("2006-01-02 15:04"))
}

// Close ends the job. Its shards are removed when all are in the store; otherwise
// they and the logs stay, and the next job goes on from there. It does nothing where
// somebody else has ended it.
func (j *Job) Close(complete bool) error {
	if !j.underWay() {
		return nil
	}
	if !complete {
		err := os.Remove(jobFile(j.folder()))
		os.Remove(j.folder()) // if nothing is left in it
		return err
	}
	// At once, as others may look.
	done := j.folder() + "." + j.Name
	if err := os.Rename(j.folder(), done); err != nil {
		return err
	}
	return os.RemoveAll(done)
}
