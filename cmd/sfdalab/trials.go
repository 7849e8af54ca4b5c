package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// training shows a trial: as a bar while it goes on, and as a line when it is done.
func (p *progress) training(x experiments.Training) {
	name := fmt.Sprintf("%s on %s", x.Model, x.Dataset)
	if x.Trial != "" {
		name += ", " + x.Trial
	}
	bar := p.trials[name]
	if x.Done {
		if bar != nil {
			bar.Abort(true)
			delete(p.trials, name)
		}
		p.say(name + ": " + outcome(x.Cell))
		return
	}
	if p.container == nil {
		return
	}
	if bar == nil {
		at := &p.at
		bar = p.container.AddBar(int64(x.Steps), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(name+" "), decor.CountersNoUnit("step %d of %d ")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { v, _ := at.Load(name); s, _ := v.(string); return s }),
				decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")))
		if p.trials == nil {
			p.trials = make(map[string]*mpb.Bar)
		}
		p.trials[name] = bar
		p.bars = append(p.bars, bar)
	}
	now := ""
	if x.Loss != nil {
		now += fmt.Sprintf(" loss %.4g,", *x.Loss)
	}
	if x.Accuracy != nil {
		now += fmt.Sprintf(" accuracy %.2f %%,", *x.Accuracy)
	}
	p.at.Store(name, now+" ")
	bar.SetCurrent(int64(x.Step))
}

// outcome says what a trial came to.
func outcome(c tracking.Cell) string {
	if c.Error != "" {
		return "failed: " + c.Error
	}
	return fmt.Sprintf("%.2f %% on %s", c.Score, c.Subset)
}

// printTrials prints the trials of a run, each on a line if all are wanted, and the ground
// truth that they make. The error says how many failed.
func printTrials(cmd *cobra.Command, s tracking.Selection, all bool, format string) error {
	trials := s.Trials()
	if len(trials) == 0 {
		return nil
	}
	if all {
		trialTable(trials).print(cmd)
		cmd.Println()
	}
	truth, warnings, err := s.Truth()
	if err == nil {
		err = printTables(cmd, []results.Table{truth.Table()}, format)
	}
	if err != nil && !errors.Is(err, tracking.ErrNoTruth) {
		return err
	}
	var failures record.Tally
	failed := 0
	for _, c := range trials {
		if c.Error != "" {
			failed++
			failures.Add(c.Error, fmt.Sprintf("%s on %s, %s", c.Model, c.Dataset, c.Trial.Label))
		}
		for _, w := range c.Warnings {
			warnings = append(warnings, fmt.Sprintf("%s on %s, %s: %s", c.Model, c.Dataset, c.Trial.Label, w))
		}
	}
	for _, w := range warnings {
		tell(cmd, "warning", w)
	}
	for _, f := range failures.Lines() {
		tell(cmd, "failed", f)
	}
	if failed > 0 {
		return someFailed(failed, len(trials), "trial")
	}
	return nil
}

// trialTable lists trials.
func trialTable(trials []tracking.Cell) *listTable {
	t := newTable("dataset", "model", "trial", "seed", "split", "accuracy", "loss", "took", "versions")
	t.alignRight(3, 5, 6, 7)
	for _, c := range trials {
		accuracy, loss := fmt.Sprintf("%.2f", c.Score), ""
		if v, ok := c.Details["loss"]; ok {
			loss = fmt.Sprintf("%.4g", v)
		}
		if c.Error != "" {
			accuracy = "failed"
		}
		var versions []string
		for name, v := range c.Trial.Versions {
			versions = append(versions, name+" "+v)
		}
		t.AppendRow(table.Row{
			results.OneLine(c.Dataset), results.OneLine(c.Model), results.OneLine(c.Trial.Label), c.Seed, results.OneLine(c.Subset), accuracy, loss,
			fmt.Sprintf("%.1fs", c.Seconds), results.OneLine(strings.Join(slices.Sorted(slices.Values(versions)), ", ")),
		})
	}
	return t
}

// truthStore returns the store at path where the name of a ground truth is one of its runs.
func truthStore(name, path string) (*tracking.Store, error) {
	if !strings.HasPrefix(name, results.RunPrefix) {
		return nil, nil
	}
	return tracking.Open(path)
}

// loadTruth returns a ground truth, which may be of a run of the store at path, and tells how
// it is read.
func loadTruth(cmd *cobra.Command, name, path string) (*results.Truth, error) {
	store, err := truthStore(name, path)
	if err != nil {
		return nil, err
	}
	truth, err := experiments.LoadTruth(name, store)
	if err == nil {
		note(cmd, truth.Told)
	}
	return truth, err
}
