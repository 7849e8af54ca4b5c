package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sfdalab/metric"
)

// side is the median run of one implementation.
type side struct {
	Score   float64
	Seconds float64
	MiB     float64 // peak resident memory of the process
}

// comparison is one metric at one size, by both.
type comparison struct {
	Metric       string
	Size         size
	Ours, Python side
	Tolerance    float64 // relative difference of scores up to which they agree
}

// difference is that of the scores, relative.
func (c comparison) difference() float64 {
	if c.Ours.Score == c.Python.Score {
		return 0
	}
	return math.Abs(c.Ours.Score-c.Python.Score) / math.Abs(c.Python.Score)
}

// String returns a line for the log: metric, size, seconds of both, how many times faster
// ours is, MiB of both, and the difference.
func (c comparison) String() string {
	return fmt.Sprintf("%-23s %-17v %8.3f s  %8.3f s  %6.1f×   %6.0f MiB  %6.0f MiB  %.0e",
		c.Metric, c.Size, c.Ours.Seconds, c.Python.Seconds, c.Python.Seconds/c.Ours.Seconds, c.Ours.MiB, c.Python.MiB, c.difference())
}

// sideBySide measures both sides in processes of their own.
type sideBySide struct {
	program, python string // what is run: ours, and the interpreter
	script          string // what the interpreter runs: the folder reference
	folder          string // of made-up features, specs and stores
	runs            int    // of each, of which the median counts
}

// patience is from how many seconds on one run of Python is enough.
const patience = 5

// compare runs both sides in turn.
func (b *sideBySide) compare(m compared, s size) (comparison, error) {
	f, err := makeFiles(b.folder, s)
	if err != nil {
		return comparison{}, err
	}
	name, settings, _ := strings.Cut(m.name, ",")
	scored, err := metric.New(name, nil)
	if err != nil {
		return comparison{}, err
	}
	args := []string{"score", "--json", "--metric", name, "--features", f.features, "--labels", f.labels}
	if scored.Info().Needs&metric.Outputs != 0 {
		args = append(args, "--outputs", f.outputs)
	}
	if scored.Info().Needs&metric.Second != 0 {
		args = append(args, "--second", f.second)
	}
	for _, setting := range strings.FieldsFunc(settings, func(r rune) bool { return r == ',' }) {
		args = append(args, "--set", setting)
	}
	var ours, python []side
	for len(ours) < b.runs {
		o, err := measure(b.program, args...)
		if err != nil {
			return comparison{}, err
		}
		ours = append(ours, o)
		if len(python) > 0 && python[0].Seconds > patience {
			continue
		}
		p, err := b.reference(m.name, f)
		if err != nil {
			return comparison{}, err
		}
		python = append(python, p)
	}
	return comparison{m.name, s, median(ours), median(python), m.tolerance}, nil
}

// reference measures a run of a metric in Python.
func (b *sideBySide) reference(metric string, f paths) (side, error) {
	return measure(b.python, b.script, metric, f.features, f.labels, f.outputs, f.second)
}

// ablation is a spec of SFDA, its variants, LogME and H-score.
const ablation = `features: %s
labels: %s
metrics:
  - sfda
  - {metric: sfda, name: no self-challenge, params: {rounds: 0}}
  - {metric: sfda, name: raw confidence, params: {confidence: raw}}
  - {metric: sfda, name: log-likelihood, params: {likelihood: log}}
  - {metric: sfda, name: fixed shrinkage, params: {shrinkage: fixed, lambda: 0.1}}
  - logme
  - hscore
`

// together compares SFDA with its variants, LogME and H-score in one run of the program, from
// its start to its end, with the sum of what Python takes for SFDA, LogME and H-score alone.
func (b *sideBySide) together(s size) (comparison, error) {
	f, err := makeFiles(b.folder, s)
	if err != nil {
		return comparison{}, err
	}
	spec := filepath.Join(b.folder, "ablation.yaml")
	if err := os.WriteFile(spec, fmt.Appendf(nil, ablation, f.features, f.labels), 0o644); err != nil {
		return comparison{}, err
	}
	var ours, python []side
	for i := range b.runs {
		store := filepath.Join(b.folder, fmt.Sprintf("%v-%d.db", s, i))
		start := time.Now()
		_, memory, err := run(b.program, "run", spec, "--store", store)
		if err != nil {
			return comparison{}, err
		}
		ours = append(ours, side{Seconds: time.Since(start).Seconds(), MiB: memory})

		var sum side
		for _, metric := range []string{"sfda", "logme", "hscore"} {
			p, err := b.reference(metric, f)
			if err != nil {
				return comparison{}, err
			}
			sum.Seconds += p.Seconds
			sum.MiB = max(sum.MiB, p.MiB)
		}
		python = append(python, sum)
	}
	return comparison{Metric: "sfda with 4 variants, logme, hscore", Size: s, Ours: median(ours), Python: median(python)}, nil
}

// measure runs a command that prints one JSON object with score and seconds.
func measure(name string, args ...string) (side, error) {
	stdout, memory, err := run(name, args...)
	if err != nil {
		return side{}, err
	}
	result := side{MiB: memory}
	if err := json.Unmarshal(stdout, &result); err != nil {
		return side{}, fmt.Errorf("%s %s: %w in %q", name, strings.Join(args, " "), err, stdout)
	}
	return result, nil
}

// run runs a command and returns what it printed and its peak resident memory in
// MiB.
func run(name string, args ...string) (stdout []byte, memory float64, err error) {
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if stdout, err = cmd.Output(); err != nil {
		return nil, 0, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	if memory = peak(cmd.ProcessState); memory == 0 {
		return nil, 0, errors.New("this system does not tell a process's peak memory")
	}
	return stdout, memory, nil
}

// median returns the run of median time, with the median of memory.
func median(runs []side) side {
	slices.SortFunc(runs, func(a, b side) int { return cmp.Compare(a.MiB, b.MiB) })
	memory := runs[len(runs)/2].MiB
	slices.SortFunc(runs, func(a, b side) int { return cmp.Compare(a.Seconds, b.Seconds) })
	m := runs[len(runs)/2]
	m.MiB = memory
	return m
}
