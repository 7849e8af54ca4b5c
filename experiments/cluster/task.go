package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"sfdalab/experiments"
	"sfdalab/internal/par"
	"sfdalab/tracking"
)

// refusal is the file in which the first task that finds its node unfit says why.
const refusal = "refused"

// version names the program: its revision, and mark is the hash of its file. The revision is
// for people: of a program that was built without one it is asked of git, which may answer
// otherwise when somebody commits, or not at all on a busy node.
func version() (name, mark string, err error) {
	hash, err := tracking.Program()
	if err != nil {
		return "", "", err
	}
	mark = fmt.Sprintf("(sha256 %.12s)", hash)
	revision := tracking.Here().Revision
	return fmt.Sprintf("sfdalab %s %s", cmp.Or(revision[:min(len(revision), 12)], "of unknown revision"), mark), mark, nil
}

// Task does a task of the job of a store, on a node.
func Task(ctx context.Context, store, job string, task int) (*experiments.Result, error) {
	j, err := Load(store)
	if err != nil {
		return nil, err
	}
	if j.Name != job {
		return nil, fmt.Errorf("the job %s has ended, and %s works for store %s", job, j.Name, store)
	}
	if task < 1 || task > len(j.Tasks) {
		return nil, fmt.Errorf("the job of store %s has no task %d: it has %d tasks", store, task, len(j.Tasks))
	}
	if err := j.own(); err != nil {
		return nil, err
	}
	if err := j.fit(); err != nil {
		return nil, errors.Join(err, j.refuse(err))
	}
	spec, err := j.Parse()
	if err != nil {
		return nil, err
	}
	if _, cores := j.on.Node(); cores > 0 {
		par.SetLimit(cores)
	}
	part := experiments.Part{Tasks: j.Tasks[task-1], Known: j.Known}
	return experiments.RunPart(ctx, spec, part, j.shard(task), j.Store, nil)
}

// fit reports what keeps this node from working on the job.
func (j *Job) fit() error {
	host, _ := os.Hostname()
	name, _ := j.on.Node()
	node := cmp.Or(name, host)
	program, mark, err := version()
	if err != nil {
		return err
	}
	if !strings.HasSuffix(j.Program, mark) {
		return fmt.Errorf("node %s has %s, but the job was submitted by %s: install that one on all nodes, or where all see it", node, program, j.Program)
	}
	if j.Witness == "" {
		return nil
	}
	f, err := os.Open(j.Witness)
	if err != nil {
		return fmt.Errorf("node %s cannot read the features: %w: put them where all nodes see them, or keep the job off that node with --sbatch-arg --exclude=%[1]s", node, err)
	}
	return f.Close()
}

// refuse says once, for all tasks, why.
func (j *Job) refuse(why error) error {
	f, err := os.OpenFile(j.file(refusal), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(why.Error())
	return errors.Join(err, f.Close())
}
