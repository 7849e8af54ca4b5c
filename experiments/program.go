package experiments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/process"
	"sfdalab/internal/scratch"
	"sfdalab/internal/strict"
	"sfdalab/metric"
	"sfdalab/tracking"
)

// A Program is a metric that another program computes. For each score the program
// is started once, in the folder of the spec. It reads a Request from standard
// input and writes an Answer to standard output, both JSON; what it writes to
// standard error is shown when it fails, that is when its exit status is not 0.
//
// The program is told apart from its earlier versions by the bytes of the files
// that its command names, so that a score is computed again after a change of
// them; one that changes during a run fails. It must not depend on other things that
// change.
type Program struct {
	Command []string
	Folder  string         // where it runs; the working directory if empty
	Timeout time.Duration  // after which it is killed
	Options map[string]any // its parameters
	Seed    uint64

	sha256 string // of the files that the command names, when the run began; "" if it may change
}

// A Request is what a program gets. Paths are absolute, of .npy files that are
// removed after it has ended; those of data that there is not are empty.
type Request struct {
	Model   string `json:"model"`
	Dataset string `json:"dataset"`

	Features   string `json:"features"`             // N×D, float64
	Labels     string `json:"labels"`               // N, int64, from 0 to C−1
	Outputs    string `json:"outputs,omitempty"`    // N×Z, float64
	Second     string `json:"second,omitempty"`     // N×D₂, float64
	Embeddings string `json:"embeddings,omitempty"` // C×E, float64

	Params map[string]any `json:"params"`
	Seed   uint64         `json:"seed"`
}

// An Answer is what a program says: a score of which higher is better.
type Answer struct {
	Score    *float64           `json:"score"`
	Details  map[string]float64 `json:"details"`
	Warnings []string           `json:"warnings"`
}

const defaultTimeout = 10 * time.Minute

// newProgram returns the variant of the program that e names.
func newProgram(e Entry, s *Spec, params map[string]any) (Variant, error) {
	if err := checkCommand(e.Program); err != nil {
		return Variant{}, err
	}
	p := Program{Command: e.Program, Timeout: defaultTimeout, Options: params, Seed: s.Seed}
	if s.Path != "" {
		p.Folder = filepath.Dir(s.Path)
	}
	if e.Timeout > 0 {
		p.Timeout = time.Duration(e.Timeout * float64(time.Second))
	}
	var err error
	if p.sha256, err = p.hash(); err != nil {
		return Variant{}, fmt.Errorf("program: %w", err)
	}
	identity := maps.Clone(params)
	identity["program"], identity["sha256"] = strings.Join(p.Command, " "), p.sha256
	canonical, err := tracking.Canonical(identity)
	return Variant{Name: p.name(), Metric: p, params: canonical, seed: p.Seed}, err
}

// mostAnswered is how much a program may write to standard output.
const mostAnswered = 16 << 20

// run starts the program and returns what it wrote to standard output.
func (p Program) run(ctx context.Context, stdin []byte) ([]byte, error) {
	answer := &process.Bounded{Most: mostAnswered}
	c := process.Command{Args: p.Command, Folder: p.Folder, Stdin: stdin, Timeout: p.Timeout}
	err := c.Run(ctx, answer)
	return answer.Text, err
}

func (p Program) name() string          { return process.Name(p.Folder, p.Command) }
func (p Program) hash() (string, error) { return process.Hash(p.Folder, p.Command) }

// unchanged reports a change of the files since the run began, by which its scores go.
func (p Program) unchanged() error {
	now, err := p.hash()
	if err == nil && p.sha256 != "" && now != p.sha256 {
		err = errors.New("it has changed since the run began: run the same command again")
	}
	return err
}

// Info describes the metric by the name of its program.
func (p Program) Info() metric.Info {
	return metric.Info{Name: p.name(), Title: p.name(), Version: 1, Targets: true}
}

// Score returns the program's answer. The error is that of starting it, of its
// exit status, with what it wrote to standard error, or of an answer that is no
// score.
func (p Program) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	folder, remove, err := scratch.Temporary()
	if err != nil {
		return metric.Score{}, err
	}
	defer remove()
	request, err := p.request(folder, s)
	if err != nil {
		return metric.Score{}, err
	}
	stdin, err := json.Marshal(request)
	if err != nil {
		return metric.Score{}, fmt.Errorf("parameters: %w", err)
	}
	stdout, err := p.run(ctx, stdin)
	if err == nil {
		err = p.unchanged()
	}
	if err != nil {
		return metric.Score{}, fmt.Errorf("program %s: %w", p.name(), err)
	}
	score, err := parseAnswer(stdout)
	if n := len(score.Details); n > tracking.MaxDetails || len(stdout) > tracking.MaxCell/2 {
		err = fmt.Errorf("%d bytes with %d details: want %d bytes and %d details at most", len(stdout), n, tracking.MaxCell/2, tracking.MaxDetails)
	}
	if err != nil {
		return metric.Score{}, fmt.Errorf("program %s: its answer %q: %w", p.name(), strict.Clip(stdout, 200), err)
	}
	return score, nil
}

// request writes the Set's data to folder and returns where it is.
func (p Program) request(folder string, s *features.Set) (Request, error) {
	r := Request{Model: s.Model, Dataset: s.Dataset, Params: p.Options, Seed: p.Seed}
	for _, data := range []struct {
		path *string
		name string
		rows features.Rows
	}{
		{&r.Features, "features", s.Features},
		{&r.Outputs, "outputs", s.Outputs},
		{&r.Second, "second", s.Second},
		{&r.Embeddings, "embeddings", s.Embeddings},
	} {
		if data.rows == nil {
			continue
		}
		*data.path = filepath.Join(folder, data.name+".npy")
		if err := writeRows(*data.path, data.rows); err != nil {
			return Request{}, err
		}
	}
	r.Labels = filepath.Join(folder, "labels.npy")
	if s.Labels.Targets != nil {
		return r, writeRows(r.Labels, features.Dense(s.Labels.Targets))
	}
	labels := make([]int64, s.N())
	for n, c := range s.Labels.Index {
		labels[n] = int64(c)
	}
	return r, writeFile(r.Labels, func(w io.Writer) error { return files.WriteInts(w, labels) })
}

func writeRows(path string, rows features.Rows) error {
	return writeFile(path, func(w io.Writer) error { return files.WriteRows(w, rows, files.Float64) })
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// parseAnswer reads an Answer and nothing after it.
func parseAnswer(text []byte) (metric.Score, error) {
	var a Answer
	if err := strict.JSON(text, &a); err != nil {
		return metric.Score{}, fmt.Errorf(`want one JSON object such as {"score": 0.5}: %w`, err)
	}
	if a.Score == nil {
		return metric.Score{}, errors.New("it has no score")
	}
	score := metric.Score{Value: *a.Score, Details: a.Details}
	for _, w := range a.Warnings {
		if w = strings.Join(strings.Fields(w), " "); w != "" { // a line each
			score.Warn(errors.New(w))
		}
	}
	return score, nil
}
