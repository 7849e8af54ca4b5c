package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

func newRuns() *cobra.Command {
	var storePath string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "runs [QUERY]",
		Short: "List the runs in the store, newest first",
		Example: `  sfdalab runs
  sfdalab runs 'metric:sfda dataset:cifar10 shrinkage>0.1 after:2026-01-01'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := tracking.ParseQuery(strings.Join(args, " "))
			if err != nil {
				return misuseError{err}
			}
			store, err := openStore(cmd, storePath)
			if err != nil {
				return err
			}
			asked := limit
			if limit > 0 {
				asked++ // tells whether there are more
			}
			read := store.List
			if asJSON {
				read = store.Runs
			}
			runs, err := read(query, 0, asked)
			if err != nil {
				return err
			}
			more := limit > 0 && len(runs) > limit
			if more {
				runs = runs[:limit]
			}
			came := headlines{store: store}
			if asJSON {
				if err := printRunsJSON(cmd, runs, &came); err != nil {
					return err
				}
			} else if len(runs) > 0 {
				printRuns(cmd, runs, &came)
			}
			if came.unread != nil {
				tell(cmd, "warning", fmt.Sprintf("results of runs are missing: %v", came.unread))
			}
			switch {
			case more:
				cmd.PrintErrf("the newest %d; --limit 0 lists all\n", limit)
			case len(runs) == 0 && query.String() == "":
				cmd.PrintErrf("%s has no runs yet\n", storePath)
			case len(runs) == 0:
				cmd.PrintErrln(noRun(storePath, query))
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().IntVar(&limit, "limit", 30, "how many to list at most; 0 for all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each run, with its result")
	return cmd
}

// headlines are what runs came to.
type headlines struct {
	store  *tracking.Store
	unread error // why that of a run cannot be read; nil if all can
}

// of returns what a run came to, nil where no score is correlated with a ground truth.
func (h *headlines) of(r tracking.Run) *record.Headline {
	if r.Outcome == tracking.Damaged { // the list says so
		return nil
	}
	headline, err := experiments.Headline(h.store, r.ID)
	if h.unread == nil {
		h.unread = err
	}
	return headline
}

// printRunsJSON prints each run as an object.
func printRunsJSON(cmd *cobra.Command, runs []tracking.Run, came *headlines) error {
	for _, r := range runs {
		if err := printRunJSON(cmd, r, came.of(r)); err != nil {
			return err
		}
	}
	return nil
}

// printRunJSON prints a run with its result, null where there is none.
func printRunJSON(cmd *cobra.Command, r tracking.Run, result *record.Headline) error {
	return printJSON(cmd, struct {
		tracking.Run
		Result *record.Headline `json:"result"`
	}{r, result})
}

// mostCells is how many cells are read to list runs, which takes about a second. Older
// runs are listed without a result.
const mostCells = 50_000

// printRuns prints the list of runs, without columns in which it has nothing.
func printRuns(cmd *cobra.Command, runs []tracking.Run, came *headlines) {
	t := newTable("run", "name", "experiment", "best metric", "mean", "gain", "ceiling", "outcome", "started", "took", "cells", "failed", "tags")
	t.alignRight(5, 6, 9, 10, 11)
	var measures []string // of the means
	read, unread := 0, 0
	capped, partly := false, false // of ceilings
	for _, r := range runs {
		var metric, mean, gain, ceiling string
		if read+r.Cells > mostCells {
			unread++
		} else if h := came.of(r); h != nil {
			metric, mean, gain = results.OneLine(h.Metric), strings.TrimSpace(h.Number()+" "+h.Range()), h.Rise()
			ceiling = h.Top()
			capped, partly = capped || ceiling != "", partly || h.Ceiling.Partly
			if !slices.Contains(measures, h.Measure.Title) {
				measures = append(measures, h.Measure.Title)
			}
		}
		read += r.Cells
		failed := ""
		if r.Failed > 0 {
			failed = fmt.Sprint(r.Failed)
		}
		t.AppendRow(table.Row{
			r.ID, results.OneLine(r.Name), results.OneLine(r.Experiment), metric, mean, gain, ceiling, r.Outcome,
			started(r), took(r), cellCount(r), failed, results.OneLine(strings.Join(r.Tags, ", ")),
		})
	}
	t.print(cmd)
	if len(measures) > 0 {
		top := ""
		if capped {
			top = "; the ceiling is how well another fine-tuning of the same models ranks them"
		}
		if partly {
			top += ", °: of those models and datasets for which it is known"
		}
		cmd.PrintErrf("note: mean over the datasets of %s, with its 95 %% interval from five datasets on; gain is over the best baseline%s\n", strings.Join(measures, " or "), top)
	}
	if unread > 0 {
		cmd.PrintErrf("note: without the results of the last %s, as the others have %d cells already; \"sfdalab show RUN\" shows them\n", results.Count(unread, "run"), mostCells)
	}
}

// started returns when a run began; nothing where its record is lost.
func started(r tracking.Run) string {
	if r.Start.IsZero() {
		return ""
	}
	return r.Start.Local().Format("2006-01-02 15:04")
}

// cellCount returns how many cells a run has, and of how many it does not have all.
func cellCount(r tracking.Run) string {
	if r.Cells < r.Planned {
		return fmt.Sprintf("%d of %d", r.Cells, r.Planned)
	}
	return fmt.Sprint(r.Cells)
}

// took returns how long a run took; "" when it never ended.
func took(r tracking.Run) string {
	if r.End.IsZero() {
		return ""
	}
	return r.End.Sub(r.Start).Round(10 * time.Millisecond).String()
}

// used returns how long a run took, and what its process used.
func used(r tracking.Run) string {
	var parts []string
	if t := took(r); t != "" {
		parts = append(parts, t)
	}
	if r.CPUSeconds > 0 {
		parts = append(parts, fmt.Sprintf("%.2fs of CPU", r.CPUSeconds))
	}
	if r.PeakBytes > 0 {
		parts = append(parts, fmt.Sprintf("%d MiB of memory at most", r.PeakBytes>>20))
	}
	if r.Layout != nil {
		if s := record.Extraction(r.Layout.Images); s > 0 {
			parts = append(parts, fmt.Sprintf("%.2fs for the features of a network", s))
		}
	}
	return strings.Join(parts, ", ")
}

func newShow() *cobra.Command {
	var storePath, format, truth string
	var asJSON bool
	var intervals notation
	cmd := &cobra.Command{
		Use:   "show [RUN]",
		Short: "Show a run: its origin and its tables",
		Long: `Show a run, named by its ID, the beginning of the ID, or its name; without an argument,
the latest run that has a score.`,
		Example: `  sfdalab show
  sfdalab show 20260131-k2m --format latex`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := findRun(cmd, storePath, args)
			if err != nil {
				return err
			}
			run, cells := found[0].Run, found[0].Cells
			if asJSON {
				exported := make([]any, len(cells))
				for i := range cells {
					exported[i] = cells[i].Exported()
				}
				return printJSON(cmd, struct {
					tracking.Run
					Cells []any `json:"cells"`
				}{run, exported})
			}
			if format == "" {
				printRun(cmd, run)
			}
			trained := printTrials(cmd, found[0], format == "", format)
			if len(run.Variants) == 0 && len(found[0].Trials()) > 0 {
				return trained
			}
			rec, err := recordOf(cmd, found, truth)
			if err != nil {
				return err
			}
			return errors.Join(trained, printRecord(cmd, rec, format, intervals))
		},
	}
	addStore(cmd, &storePath)
	addFormat(cmd, &format)
	addIntervals(cmd, &intervals)
	addNoBaselines(cmd)
	addTruth(cmd, &truth)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the run and its cells as JSON")
	return cmd
}

// findRun returns the run that the first argument names, with its cells; without one, the
// latest that has a score, which is named where it is not the latest of all.
func findRun(cmd *cobra.Command, storePath string, args []string) ([]tracking.Selection, error) {
	store, err := openStore(cmd, storePath)
	if err != nil {
		return nil, err
	}
	if len(args) > 0 {
		return selectRun(store, args[0])
	}
	run, latest, err := store.LatestScored()
	if err != nil {
		return nil, err
	}
	if run.ID != latest {
		cmd.PrintErrf("note: this is run %s; the latest, %s, has no score\n", run.ID, latest)
	}
	return selectRun(store, run.ID)
}

// selectRun returns the run that ref names, with its cells.
func selectRun(store *tracking.Store, ref string) ([]tracking.Selection, error) {
	run, err := store.Run(ref)
	if err != nil {
		return nil, err
	}
	cells, err := store.Cells(run.ID)
	return []tracking.Selection{{Run: run, Cells: cells}}, err
}

// printRun prints where a run came from.
func printRun(cmd *cobra.Command, r tracking.Run) {
	line := func(name, text string) {
		if text != "" {
			cmd.Printf("%-12s %s\n", name, results.OneLine(text))
		}
	}
	env := r.Environment
	cells := cellCount(r)
	if r.Failed > 0 {
		cells += fmt.Sprintf(", %d without a score", r.Failed)
	}
	line("run", r.ID)
	line("name", r.Name)
	line("experiment", r.Experiment)
	line("tags", strings.Join(r.Tags, ", "))
	for i, note := range strings.Split(strings.TrimSpace(r.Notes), "\n") {
		line([]string{"notes", ""}[min(i, 1)], note)
	}
	line("outcome", strings.TrimSuffix(string(r.Outcome)+": "+r.Reason, ": "))
	line("started", r.Start.Local().Format("2006-01-02 15:04:05 -07:00"))
	line("took", used(r))
	line("cells", cells)
	line("spec", r.SpecPath)
	if n := len(r.Inputs); n > 0 {
		line("inputs", results.Count(n, "file")+"; --json lists their SHA-256")
	}
	line("seed", fmt.Sprint(r.Seed))
	line("command", strings.Join(env.Command, " "))
	line("program", env.Code())
	line("machine", fmt.Sprintf("%s: %s, %d cores, %s, %s", env.Host, env.CPU, env.Cores, env.OS, env.Go))
	cmd.Println()
}
