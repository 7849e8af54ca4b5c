package main

import (
	"github.com/spf13/cobra"

	"sfdalab/results"
	"sfdalab/results/hubs"
)

func newLeaderboard() *cobra.Command {
	var format, measure, facts string
	cmd := &cobra.Command{
		Use:   "leaderboard [TRUTH [SCORES]]",
		Short: "Compare published scores with baselines and ceilings",
		Long: `Correlate every built-in set of published raw scores with every ground truth of the same
models. Beside the metrics stand baselines, which rank without looking at the target data:
ImageNet accuracy, size, and the mean accuracy on the other datasets; combinations of
metrics and baselines, chosen on other datasets or on other hubs; and ceilings: how well
another fine-tuning of the same models ranks them.

With arguments, compare only one ground truth, or one ground truth and the scores of its
models; each may be a CSV file.`,
		Example: `  sfdalab leaderboard
  sfdalab leaderboard supervised/full supervised/model-spider
  sfdalab leaderboard truth.csv scores.csv --facts facts.csv --format markdown`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := results.MeasureByName(measure)
			if err != nil {
				return misuseError{err}
			}
			boards, err := hubs.Select(args, facts, m, results.Resampling{})
			if err != nil {
				return err
			}
			var tables []results.Table
			for _, b := range boards {
				tables = append(tables, b.Table())
			}
			return printTables(cmd, tables, format)
		},
	}
	cmd.Flags().StringVar(&measure, "measure", results.Measures()[0].Name, "measure of correlation")
	cmd.Flags().StringVar(&facts, "facts", "", "CSV file about the models: model, imagenet_top1, params_m, gmacs; built in for published hubs")
	addFormat(cmd, &format)
	return cmd
}
