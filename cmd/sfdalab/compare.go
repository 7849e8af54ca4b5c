package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

func newCompare() *cobra.Command {
	var storePath, format, truth string
	var intervals notation
	cmd := &cobra.Command{
		Use:   "compare [QUERY]",
		Short: "Correlate stored scores of many runs with accuracies, in one table",
		Long: `Correlate the scores that a query selects with the ground truths of their runs. There is
one table for each ground truth and measure, with a row for each metric and a column for
each dataset. If several runs have the same metric, the run is named beside it. Without a
query, the latest run that has a score is taken.`,
		Example: `  sfdalab compare tag:paper
  sfdalab compare 'metric:sfda,logme after:2026-01-01' --format latex`,
		RunE: func(cmd *cobra.Command, args []string) error {
			selections, err := selected(cmd, storePath, args)
			if err != nil {
				return err
			}
			rec, err := recordOf(cmd, selections, truth)
			if err != nil {
				return err
			}
			return printRecord(cmd, rec, format, intervals)
		},
	}
	addStore(cmd, &storePath)
	addFormat(cmd, &format)
	addIntervals(cmd, &intervals)
	addNoBaselines(cmd)
	addTruth(cmd, &truth)
	return cmd
}

// selected returns what the query in args selects from the store: the latest run that
// has a score without one.
func selected(cmd *cobra.Command, storePath string, args []string) ([]tracking.Selection, error) {
	if len(args) == 0 {
		return findRun(cmd, storePath, args)
	}
	query, err := tracking.ParseQuery(strings.Join(args, " "))
	if err != nil {
		return nil, misuseError{err}
	}
	store, err := openStore(cmd, storePath)
	if err != nil {
		return nil, err
	}
	selections, err := store.Select(query)
	if err == nil && len(selections) == 0 {
		err = errors.New(noRun(storePath, query) + `: "sfdalab runs" lists them`)
	}
	return selections, err
}

// addTruth adds the flag for other ground truths than those that are recorded.
func addTruth(cmd *cobra.Command, truth *string) {
	cmd.Flags().StringVar(truth, "truth", "", `correlate with another ground truth than the recorded one: a CSV file, the name of a built-in one, run:ID or run:latest for accuracies that a run fine-tuned, or "now" for the recorded file as it is today`)
}

// recordOf returns the record of runs, with other ground truths if truth names some. It
// says what has changed on the disk since.
func recordOf(cmd *cobra.Command, selections []tracking.Selection, truth string) (record.Record, error) {
	experiments.Complete(selections)
	records := make([]record.Record, len(selections))
	for i := range selections {
		records[i] = selections[i].Record()
	}
	rec := record.Join(records...)
	if truth != "" {
		store, err := truthStore(truth, cmd.Flag("store").Value.String())
		if err != nil {
			return rec, err
		}
		err = experiments.Against(&rec, truth, store)
		for _, t := range rec.Truths {
			note(cmd, t.Told)
		}
		return rec, err
	}
	if changed := experiments.Changed(selections); changed != nil {
		const most = 5
		if more := len(changed) - most; more > 0 {
			changed = append(changed[:most], fmt.Sprintf("%d more", more))
		}
		tell(cmd, "note", fmt.Sprintf("changed on the disk since the run: %s; tables use what was recorded (--truth now takes today's ground truth)", strings.Join(changed, ", ")))
	}
	return rec, nil
}

func newReproduce() *cobra.Command {
	var storePath string
	cmd := &cobra.Command{
		Use:   "reproduce RUN",
		Short: "Run a stored run again, and say whether every score and table is the same",
		Long: `Run the spec of a stored run again, compute every score, and say whether all scores and
tables are the same to the last bit. If not, say which differ, and which input files,
ground truths, metric versions or programs have changed. The new run is stored, too.`,
		Example: `  sfdalab reproduce latest
  sfdalab reproduce 20260131-k2m`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := openStore(cmd, storePath)
			if err != nil {
				return err
			}
			progress := newProgress(cmd.ErrOrStderr())
			diff, err := experiments.Reproduce(cmd.Context(), store, args[0], progress.set)
			progress.stop()
			if err != nil {
				return err
			}
			if err := printDiff(cmd, diff); err != nil {
				return err
			}
			if !diff.Equal() {
				return fmt.Errorf("not reproduced: %s: %s", diff.Differences(), diff.Reason())
			}
			cmd.Println("reproduced: " + diff.Differences())
			return nil
		},
	}
	addStore(cmd, &storePath)
	return cmd
}
