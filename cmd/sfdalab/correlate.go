package main

import (
	"github.com/spf13/cobra"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/record"
)

// A correlator is the command correlate: its flags, and what they say of measures.
type correlator struct {
	scores, truth, facts, store string // paths, or names of built-in ones
	names                       []string
	measures                    []results.Measure // those of names
	resampling                  results.Resampling
	format                      string // of tables
	intervals                   notation
	json                        bool
}

func newCorrelate() *cobra.Command {
	var c correlator
	cmd := &cobra.Command{
		Use:   "correlate --scores s.csv --truth NAME|t.csv",
		Short: "Correlate scores with fine-tuned accuracies",
		Long: `Correlate scores with fine-tuned accuracies. Intervals come from the bootstrap over models.

Scores are a CSV file with the columns dataset, model, metric and score, or "model-spider"
for the ones that Model Spider published. The ground truth is a CSV file with the columns
dataset, model and accuracy, a built-in one ("sfdalab truth" lists them), or the
accuracies that a stored run fine-tuned (run:ID, run:latest).`,
		Example: `  sfdalab correlate --scores scores.csv --truth supervised
  sfdalab correlate --scores model-spider --truth supervised --measure tauw,pearson --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	flags := cmd.Flags()
	addStore(cmd, &c.store)
	flags.StringVar(&c.scores, "scores", "", "scores: a CSV file, or model-spider")
	flags.StringVar(&c.truth, "truth", "", "ground truth: a CSV file, the name of a built-in one, or run:ID or run:latest for accuracies that a run fine-tuned")
	flags.StringSliceVar(&c.names, "measure", []string{"tauw"}, "measures: tauw, tau, spearman, pearson, wpearson, fidelity, rel@k, hit@k, regret@k, pairs@points")
	flags.StringVar(&c.facts, "facts", "", "CSV file about the models: model, and any of imagenet_top1, params_m and gmacs; built in for published hubs")
	flags.IntVar(&c.resampling.Resamples, "resamples", 10_000, "resamples of the bootstrap; negative for no intervals")
	flags.Uint64Var(&c.resampling.Seed, "seed", 0, "seed of the bootstrap")
	flags.BoolVar(&c.json, "json", false, "print one JSON object per row")
	addFormat(cmd, &c.format)
	addIntervals(cmd, &c.intervals)
	addNoBaselines(cmd)
	cmd.MarkFlagRequired("scores")
	cmd.MarkFlagRequired("truth")
	return cmd
}

// run correlates, and prints a table for each measure or, as JSON, an object for each row.
func (c *correlator) run(cmd *cobra.Command) error {
	var err error
	if c.measures, err = results.MeasuresByName(c.names); err != nil {
		return misuseError{err}
	}
	scores, truth, err := c.load(cmd)
	if err != nil {
		return err
	}
	if !c.json && c.intervals == "" {
		c.resampling.Resamples = -1 // nothing shows intervals
	}
	progress := newProgress(cmd.ErrOrStderr())
	c.resampling.Progress = progress.each()
	rows, err := scores.Correlate(truth, c.measures, c.resampling)
	progress.stop()
	if err != nil {
		return err
	}
	c.resampling.Progress = nil // rows of baselines are few
	if c.json {
		for _, r := range rows {
			if err := printJSON(cmd, r); err != nil {
				return err
			}
		}
		return nil
	}
	tables, err := c.tables(scores, truth, rows, baselinesWanted(cmd))
	if err != nil {
		return err
	}
	if err := printTables(cmd, tables, c.format); err != nil {
		return err
	}
	for _, w := range record.Warnings(rows) {
		tell(cmd, "warning", w)
	}
	return nil
}

// load reads the scores and the ground truth, which have models in common, and tells what
// was done to join them.
func (c *correlator) load(cmd *cobra.Command) (results.Scores, *results.Truth, error) {
	read, told, err := results.LoadScoresTold(c.scores)
	if err != nil {
		return nil, nil, err
	}
	note(cmd, told)
	truth, err := loadTruth(cmd, c.truth, c.store)
	if err != nil {
		return nil, nil, err
	}
	scores, err := results.ScoresOf(read)
	if err != nil {
		return nil, nil, err
	}
	scores, renamed := scores.Aligned(truth)
	note(cmd, renamed)
	return scores, truth, scores.NothingInCommon(truth)
}

// tables returns a table of rows for each measure, with what a metric must beat beside it.
func (c *correlator) tables(scores results.Scores, truth *results.Truth, rows []results.Row, baselines bool) ([]results.Table, error) {
	groups, err := scores.Groups(truth)
	if err != nil {
		return nil, err
	}
	refs := compare.References{Ceilings: results.Siblings(truth), Spread: truth.SD}
	if baselines {
		known, err := results.LoadFacts(c.facts)
		if err != nil {
			return nil, err
		}
		refs.Baselines = results.Baselines(truth, known)
	}
	var tables []results.Table
	for _, m := range c.measures {
		t := results.NewTable(rows, m, truth.Name)
		if c.intervals != "" {
			record.AddEvidence(&t, rows, m, compare.ByRule, c.resampling)
		}
		refs.AddTo(&t, groups, m, c.resampling)
		tables = append(tables, t)
	}
	c.intervals.apply(tables, c.format)
	return tables, nil
}
