package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/tracking"
)

func newCompare() *cobra.Command {
	var storePath, format string
	var intervals notation
	cmd := &cobra.Command{
		Use:   "compare [QUERY]",
		Short: "Hold stored scores of many runs against accuracies, in one table",
		Long: `Hold the scores that a query selects, all without one, against the ground truths of
their runs: a table for each truth and measure, metrics by datasets. A metric that
several runs have is followed by the run.`,
		Example: `  sfdalab compare tag:paper
  sfdalab compare 'metric:sfda,logme after:2026-01-01' --format latex`,
		RunE: func(cmd *cobra.Command, args []string) error {
			result, _, err := selected(storePath, args)
			if err != nil {
				return err
			}
			return printResult(cmd, result, format, intervals)
		},
	}
	addStore(cmd, &storePath)
	addFormat(cmd, &format)
	addIntervals(cmd, &intervals)
	return cmd
}

// selected returns what the query in args selects from the store, as one result.
func selected(storePath string, args []string) (*experiments.Result, []tracking.Run, error) {
	query, err := tracking.ParseQuery(strings.Join(args, " "))
	if err != nil {
		return nil, nil, misuseError{err}
	}
	store, err := tracking.Open(storePath)
	if err != nil {
		return nil, nil, err
	}
	selections, err := store.Select(query)
	if err != nil {
		return nil, nil, err
	}
	if len(selections) == 0 {
		return nil, nil, errors.New(noRun(storePath, query) + `: "sfdalab runs" lists them`)
	}
	var runs []tracking.Run
	for _, s := range selections {
		runs = append(runs, s.Run)
	}
	result, err := experiments.Join(selections)
	return result, runs, err
}

func newReproduce() *cobra.Command {
	var storePath string
	cmd := &cobra.Command{
		Use:   "reproduce RUN",
		Short: "Run a stored spec again, and say whether every score is the same",
		Long: `Run the spec of a stored run again, computing every score anew, and say whether all
are the same to the last bit; if not, which input files, metric versions or programs
changed. The new run is kept too.`,
		Example: `  sfdalab reproduce latest
  sfdalab reproduce 20260131-k2m`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := tracking.Open(storePath)
			if err != nil {
				return err
			}
			progress := newProgress(cmd.ErrOrStderr())
			diff, err := experiments.Reproduce(cmd.Context(), store, args[0], progress.set)
			progress.stop()
			if err != nil {
				return err
			}
			if _, err := diff.WriteTo(cmd.OutOrStdout()); err != nil {
				return err
			}
			if !diff.Equal() {
				return errors.New("not reproduced: " + diff.Reason())
			}
			cmd.Println("reproduced: every score is the same to the last bit")
			return nil
		},
	}
	addStore(cmd, &storePath)
	return cmd
}
