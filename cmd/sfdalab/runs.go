package main

import (
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/tracking"
)

func newRuns() *cobra.Command {
	var storePath string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "runs [QUERY]",
		Short: "List the runs in the store, the newest first",
		Example: `  sfdalab runs
  sfdalab runs 'metric:sfda dataset:cifar10 shrinkage>0.1 after:2026-01-01'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := tracking.ParseQuery(strings.Join(args, " "))
			if err != nil {
				return misuseError{err}
			}
			store, err := tracking.Open(storePath)
			if err != nil {
				return err
			}
			runs, err := store.Runs(query, 0, limit)
			if err != nil {
				return err
			}
			t := newTable("run", "experiment", "started", "took", "outcome", "cells", "failed", "tags")
			for _, r := range runs {
				if asJSON {
					if err := printJSON(cmd, r); err != nil {
						return err
					}
				}
				t.AppendRow(table.Row{r.ID, r.Experiment, r.Start.Format("2006-01-02 15:04"), took(r), r.Outcome, r.Cells, r.Failed, strings.Join(r.Tags, ", ")})
			}
			if !asJSON {
				cmd.Println(t.Render())
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().IntVar(&limit, "limit", 30, "list so many at most; all when 0")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per run")
	return cmd
}

// took returns how long a run took; "" when it never ended.
func took(r tracking.Run) string {
	if r.End.IsZero() {
		return ""
	}
	return r.End.Sub(r.Start).Round(10 * time.Millisecond).String()
}

func newShow() *cobra.Command {
	var storePath, format string
	var asJSON bool
	var intervals notation
	cmd := &cobra.Command{
		Use:   "show [RUN]",
		Short: "Show a run: where it came from, and its tables",
		Long:  `Show a run, by its ID or the beginning of it; the latest if none is named.`,
		Example: `  sfdalab show
  sfdalab show 20260131-k2m --format latex`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			run, cells, err := findRun(storePath, args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, struct {
					tracking.Run
					Cells []tracking.Cell `json:"cells"`
				}{run, cells})
			}
			if format == "" {
				printRun(cmd, run)
			}
			result, err := experiments.Recall(run, cells)
			if err != nil {
				return err
			}
			return printResult(cmd, result, format, intervals)
		},
	}
	addStore(cmd, &storePath)
	addFormat(cmd, &format)
	addIntervals(cmd, &intervals)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the run and its cells as JSON")
	return cmd
}

// findRun returns the run that the first argument names, the latest if none does,
// and its cells.
func findRun(storePath string, args []string) (run tracking.Run, cells []tracking.Cell, err error) {
	store, err := tracking.Open(storePath)
	if err != nil {
		return run, nil, err
	}
	if run, err = store.Run(append(args, "latest")[0]); err != nil {
		return run, nil, err
	}
	cells, err = store.Cells(run.ID)
	return run, cells, err
}

// printRun prints where a run came from.
func printRun(cmd *cobra.Command, r tracking.Run) {
	line := func(name, text string) {
		if text != "" {
			cmd.Printf("%-12s %s\n", name, text)
		}
	}
	env := r.Environment
	revision := env.Revision
	if env.Dirty {
		revision += " with changes"
	}
	line("run", r.ID)
	line("experiment", r.Experiment)
	line("outcome", strings.TrimSuffix(string(r.Outcome)+": "+r.Reason, ": "))
	line("started", r.Start.Format(time.RFC3339))
	line("took", took(r))
	line("command", strings.Join(env.Command, " "))
	line("revision", revision)
	line("machine", strings.Join([]string{env.Host, env.CPU, env.OS, env.Go}, ", "))
	line("tags", strings.Join(r.Tags, ", "))
	line("notes", r.Notes)
	cmd.Println()
}
