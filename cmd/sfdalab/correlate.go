package main

import (
	"slices"

	"github.com/spf13/cobra"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/record"
)

func newCorrelate() *cobra.Command {
	var scoresPath, truthName, facts, format, storePath string
	var names []string
	var resampling results.Resampling
	var asJSON bool
	var intervals notation
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
		RunE: func(cmd *cobra.Command, _ []string) error {
			var measures []results.Measure
			for _, name := range names {
				m, err := results.MeasureByName(name)
				if err != nil {
					return misuseError{err}
				}
				measures = append(measures, m)
			}
			scores, read, err := results.LoadScoresTold(scoresPath)
			if err != nil {
				return err
			}
			truth, err := loadTruth(truthName, storePath)
			if err != nil {
				return err
			}
			typed, err := results.ScoresOf(scores)
			if err != nil {
				return err
			}
			typed, told := typed.Aligned(truth)
			for _, text := range slices.Concat(read, truth.Told, told) {
				cmd.PrintErrf("note: %s\n", text)
			}
			if err := typed.NothingInCommon(truth); err != nil {
				return err
			}
			rows, err := typed.Correlate(truth, measures, resampling)
			if err != nil {
				return err
			}
			if asJSON {
				for _, r := range rows {
					if err := printJSON(cmd, r); err != nil {
						return err
					}
				}
				return nil
			}
			groups, err := typed.Groups(truth)
			if err != nil {
				return err
			}
			refs := compare.References{Ceilings: results.Siblings(truth), Spread: truth.SD}
			if baselinesWanted(cmd) {
				known, err := results.LoadFacts(facts)
				if err != nil {
					return err
				}
				refs.Baselines = results.Baselines(truth, known)
			}
			var tables []results.Table
			for _, m := range measures {
				t := results.NewTable(rows, m, truth.Name)
				if intervals != "" {
					record.AddEvidence(&t, rows, m, compare.ByRule, resampling)
				}
				refs.AddTo(&t, groups, m, resampling)
				tables = append(tables, t)
			}
			intervals.apply(tables, format)
			if err := printTables(cmd, tables, format); err != nil {
				return err
			}
			for _, w := range record.Warnings(rows) {
				cmd.PrintErrf("warning: %s\n", w)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	addStore(cmd, &storePath)
	flags.StringVar(&scoresPath, "scores", "", "scores: a CSV file, or model-spider")
	flags.StringVar(&truthName, "truth", "", "ground truth: a CSV file, the name of a built-in one, or run:ID or run:latest for accuracies that a run fine-tuned")
	flags.StringSliceVar(&names, "measure", []string{"tauw"}, "measures: tauw, tau, spearman, pearson, wpearson, fidelity, rel@k, hit@k, regret@k, pairs@points")
	flags.StringVar(&facts, "facts", "", "CSV file about the models: model, and any of imagenet_top1, params_m and gmacs; built in for published hubs")
	flags.IntVar(&resampling.Resamples, "resamples", 10_000, "resamples of the bootstrap; negative for no intervals")
	flags.Uint64Var(&resampling.Seed, "seed", 0, "seed of the bootstrap")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object per row")
	addFormat(cmd, &format)
	addIntervals(cmd, &intervals)
	addNoBaselines(cmd)
	cmd.MarkFlagRequired("scores")
	cmd.MarkFlagRequired("truth")
	return cmd
}
