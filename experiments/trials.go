package experiments

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sfdalab/experiments/plan"
	"sfdalab/extract"
	"sfdalab/finetune"
	"sfdalab/internal/par"
	"sfdalab/internal/process"
	"sfdalab/tracking"
)

// A Training tells how far a trial is.
type Training struct {
	Model, Dataset, Trial string // Trial is empty where there is one of these
	finetune.Progress

	Done bool
	Cell tracking.Cell // when it is done
}

// TrialFolder is where the trials for a store keep checkpoints, until they are done, and
// the lists of images.
func TrialFolder(store string) string { return store + ".trials" }

// training is the fine-tuning of a run.
type training struct {
	protocol finetune.Protocol
	program  finetune.Program
	sha256   string // of the program's files
	tunings  []*tuning
	folder   string
	gpus     chan string // that are free; nil where they are not told apart

	mu sync.Mutex // guards the cells and what is told
}

// A tuning is all trials of one network on one dataset.
type tuning struct {
	model, network string
	sha256         string // of the network's file, if it is one
	dataset        string
	images         *images
	err            error // why there are none
	sweep          []*trial
	sweepKeys      []plan.Key
	finals         []*trial // one for each seed, of the settings that the sweep chooses
}

// A trial is a cell that is got by training.
type trial struct {
	tracking.Cell
	*tuning
	key      plan.Key
	settings finetune.Settings // nil until they are chosen
	wanted   bool              // of the part that is asked for
	state    state
}

// networks returns the networks by the names of models, in the spec's order.
func (s *Spec) networks() (models []string, networks map[string]string, err error) {
	networks = make(map[string]string)
	add := func(model, network string) error {
		if known, twice := networks[model]; twice {
			return fmt.Errorf("finetune: the networks %s and %s are both named %s", known, network, model)
		}
		networks[model] = network
		models = append(models, model)
		return nil
	}
	listed := s.FineTune.Networks
	if len(listed) == 0 {
		listed = s.Models
	}
	for _, n := range listed {
		path := s.path(n)
		if strings.Contains(n, "{model}") {
			found, paths, err := extract.FindNetworks(path)
			if err != nil {
				return nil, nil, fmt.Errorf("finetune: %w", err)
			}
			for i := range found {
				if err := add(found[i], absolute(paths[i])); err != nil {
					return nil, nil, err
				}
			}
			continue
		}
		name, network := n, n
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			name, network = stem(path), absolute(path)
		}
		if err := add(name, network); err != nil {
			return nil, nil, err
		}
	}
	if len(s.Models) > 0 {
		for _, m := range s.Models {
			if networks[m] == "" {
				return nil, nil, fmt.Errorf("finetune: no network is named %s, which the key models lists", m)
			}
		}
		models = slices.Clone(s.Models)
	}
	return models, networks, nil
}

// newTraining makes the trials of a spec, without a look at images.
func (s *Spec) newTraining() (*training, error) {
	t := &training{}
	var err error
	if t.protocol, err = s.protocol(); err != nil {
		return nil, s.errorAt(s.FineTune.line, fmt.Errorf("finetune: %w", err))
	}
	models, networks, err := s.networks()
	if err != nil {
		return nil, s.errorAt(s.FineTune.line, err)
	}
	datasets, err := s.trialDatasets()
	if err != nil {
		return nil, s.errorAt(s.FineTune.line, err)
	}
	seeds := s.FineTune.seeds()
	if n := float64(len(models)) * float64(len(datasets)) * float64(len(t.protocol.Sweep)+len(seeds)); n > mostTrials {
		return nil, s.errorAt(s.FineTune.line, fmt.Errorf("finetune: %.0f trials are too many: a run may have at most %d", n, mostTrials))
	}
	labels := t.protocol.Labels()
	for _, dataset := range datasets {
		for _, model := range models {
			p := &tuning{model: model, network: networks[model], dataset: dataset}
			add := func(to *[]*trial, settings finetune.Settings, label string, seed uint64) {
				x := &trial{tuning: p, settings: settings, wanted: true, key: plan.Key{Kind: plan.FineTune, Model: model, Dataset: dataset, Trial: label}}
				x.Cell = tracking.Cell{Dataset: dataset, Model: model, Metric: tracking.FineTune, Version: finetune.Version, Seed: seed}
				x.Trial = &tracking.Trial{Protocol: t.protocol.Title, Label: label}
				*to = append(*to, x)
			}
			if len(t.protocol.Sweep) > 1 {
				for i, settings := range t.protocol.Sweep {
					add(&p.sweep, settings, labels[i], seeds[0])
					p.sweepKeys = append(p.sweepKeys, p.sweep[i].key)
				}
			}
			for _, seed := range seeds {
				var settings finetune.Settings
				if p.sweep == nil {
					settings = t.protocol.Sweep[0]
				}
				add(&p.finals, settings, fmt.Sprintf("final, seed %d", seed), seed)
				p.finals[len(p.finals)-1].Trial.Final = true
			}
			t.tunings = append(t.tunings, p)
		}
	}
	return t, nil
}

// planTrials makes the trials, and takes the results that the store has.
func (r *runner) planTrials(ctx context.Context) error {
	if !r.spec.trains() {
		return nil
	}
	t, err := r.spec.newTraining()
	if err != nil {
		return err
	}
	r.training = t
	if r.part != nil {
		t.restrict(r.part.Tasks)
	}
	if t.folder, err = r.trialFolder(); err != nil {
		return err
	}
	folder := ""
	if r.spec.Path != "" {
		folder = filepath.Dir(r.spec.Path)
	}
	t.program = r.spec.FineTune.program(folder)
	if t.sha256, err = process.Hash(folder, t.program.Command); err != nil {
		return r.spec.errorAt(r.spec.FineTune.line, fmt.Errorf("finetune: program: %w", err))
	}
	if err := par.Acquire(ctx, 1); err != nil {
		return err
	}
	defer par.Release(1)
	if err := r.readImages(ctx); err != nil {
		return err
	}
	return r.recallTrials()
}

// restrict wants the trials of some tasks only, and has only their models and datasets.
func (t *training) restrict(tasks []plan.Key) {
	wanted := make(map[plan.Key]bool)
	for _, k := range tasks {
		wanted[k] = true
	}
	t.tunings = slices.DeleteFunc(t.tunings, func(p *tuning) bool {
		some := false
		for _, x := range p.trials() {
			x.wanted = wanted[x.key]
			some = some || x.wanted
		}
		return !some
	})
}

func (p *tuning) trials() []*trial { return slices.Concat(p.sweep, p.finals) }

// each calls fn with each trial.
func (t *training) each(fn func(*trial)) {
	if t == nil {
		return
	}
	for _, p := range t.tunings {
		for _, x := range p.trials() {
			fn(x)
		}
	}
}

func (r *runner) trialFolder() (string, error) {
	switch {
	case r.part != nil:
		return TrialFolder(r.part.store), nil
	case r.Store != nil:
		return TrialFolder(r.Store.Path()), nil
	}
	return "", errors.New("finetune: there is no store beside which to keep checkpoints")
}

// readImages lists the images of each dataset, and hashes networks that are files. What
// cannot be read is said in the trials.
func (r *runner) readImages(ctx context.Context) error {
	read := make(map[string]*images)
	failed := make(map[string]error)
	for _, p := range r.training.tunings {
		if read[p.dataset] == nil && failed[p.dataset] == nil {
			m, err := r.spec.prepareImages(ctx, p.dataset, r.training.folder)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if read[p.dataset], failed[p.dataset] = m, err; err == nil {
				r.result.Warnings = append(r.result.Warnings, m.told...)
			}
		}
		p.images, p.err = read[p.dataset], failed[p.dataset]
		if p.err == nil && filepath.IsAbs(p.network) {
			p.sha256, p.err = process.Hash("", []string{p.network})
		}
		for _, x := range p.trials() {
			if p.err != nil {
				x.Error, x.state = "finetune: "+p.err.Error(), done
				continue
			}
			if err := r.identifyTrial(x); err != nil {
				return r.spec.errorAt(r.spec.FineTune.line, fmt.Errorf("finetune: %w", err))
			}
		}
	}
	return nil
}

// identifyTrial gives a trial whose settings are known its identity.
func (r *runner) identifyTrial(x *trial) error {
	m := x.images
	x.Trial.Measure = m.measure
	x.Subset = m.validation
	if x.Trial.Final {
		x.Subset = m.test
	}
	x.Files = tracking.Files{"images": m.sha256, "program": r.training.sha256}
	if x.sha256 != "" {
		x.Files["network"] = x.sha256
	}
	if x.settings == nil {
		return nil
	}
	params := map[string]any{
		"network": x.network, "train": strings.Join(x.splits(), "+"), "measure": m.measure,
		"program": strings.Join(r.training.program.Command, " "),
	}
	if x.sha256 != "" {
		params["network"] = x.model
	}
	if v := r.spec.FineTune.Version; v != "" {
		params["program_version"] = v
	}
	maps.Copy(params, x.settings)
	var err error
	x.Params, err = tracking.Canonical(params)
	x.ID = x.Identify()
	return err
}

// splits returns those that a trial trains on.
func (x *trial) splits() []string {
	if x.Trial.Final {
		return []string{x.images.train, x.images.validation}
	}
	return []string{x.images.train}
}

// recallTrials takes the results that the store has, and chooses settings where it has all
// of a sweep.
func (r *runner) recallTrials() error {
	for _, choose := range []bool{false, true} {
		var ids []tracking.Identity
		r.training.each(func(x *trial) {
			if choose && x.Trial.Final && x.settings == nil && x.state != done {
				x.choose(r)
			}
			if x.state == planned && x.settings != nil {
				ids = append(ids, x.ID)
			}
		})
		known, err := r.knownTrials(ids)
		if err != nil {
			return err
		}
		r.training.each(func(x *trial) {
			if old, ok := known[x.ID]; ok && x.state == planned && x.settings != nil {
				x.take(old)
				r.result.Reused++
			}
		})
	}
	return nil
}

// knownTrials returns the results that the store has, and the one that a part is for, and
// the failures that are not to be tried again.
func (r *runner) knownTrials(ids []tracking.Identity) (map[tracking.Identity]tracking.Cell, error) {
	known := make(map[tracking.Identity]tracking.Cell)
	if r.Fresh || len(ids) == 0 {
		return known, nil
	}
	maps.Copy(known, r.Failed)
	if r.part != nil {
		maps.Copy(known, tracking.GlanceCells(r.part.store, ids))
	}
	if r.Store == nil {
		return known, nil
	}
	own, err := r.Store.Lookup(ids)
	maps.Copy(known, own)
	return known, err
}

// take takes the result of an equal trial.
func (x *trial) take(old tracking.Cell) {
	label, protocol := x.Trial.Label, x.Trial.Protocol
	x.Score, x.Details, x.Warnings, x.Error = old.Score, old.Details, old.Warnings, old.Error
	x.Seconds, x.CPUSeconds, x.PeakBytes = old.Seconds, old.CPUSeconds, old.PeakBytes
	if old.Trial != nil {
		copied := *old.Trial
		copied.Label, copied.Protocol, copied.Final = label, protocol, x.Trial.Final
		x.Trial = &copied
	}
	x.state = done
}

// choose gives a last trial the settings that were best on validation, once all of the
// sweep is done: the first of equals. Where each failed, so does it.
func (x *trial) choose(r *runner) {
	accuracies := make([]float64, len(x.sweep))
	var failed []string
	for i, s := range x.sweep {
		if s.state != done {
			return
		}
		if accuracies[i] = s.Score; s.Error != "" {
			accuracies[i] = math.NaN()
			failed = append(failed, s.Trial.Label)
		}
	}
	best := finetune.Best(accuracies)
	if best < 0 {
		x.Error, x.state = "each trial of the sweep failed", done
		return
	}
	x.settings = x.sweep[best].settings
	x.Trial.Label = fmt.Sprintf("%s: %s", x.key.Trial, x.sweep[best].Trial.Label)
	if failed != nil {
		x.Warnings = append(x.Warnings, fmt.Sprintf("%d of %d trials of its sweep failed: %s", len(failed), len(x.sweep), strings.Join(failed, "; ")))
	}
	if err := r.identifyTrial(x); err != nil {
		x.Error, x.state = err.Error(), done
	}
}
