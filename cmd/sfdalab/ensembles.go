package main

import (
	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
)

func newEnsembles() *cobra.Command {
	var sizes []int
	var metrics []string
	var r float64
	var format string
	cmd := &cobra.Command{
		Use:   "ensembles SPEC.yaml",
		Short: "Compare ensembles picked by score and complementarity with all others of their size",
		Long: `Pick ensembles of the models of a spec by SFDA score, or by the consensus of metrics, and
complementarity, and compare their true accuracy with that of every other ensemble of as
many models, of picking by score alone, of chance, and of the best model by itself. The spec says where the fine-tuned models'
outputs on the test set are: keys finetuned and test_labels.`,
		Example: `  sfdalab ensembles experiments/specs/zoo.yaml --sizes 2,3 --ratio 0.75`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			spec, err := experiments.Load(args[0])
			if err != nil {
				return misuseError{err}
			}
			spec.Told = teller(cmd)
			trials, err := experiments.EnsemblesBy(cmd.Context(), spec, metrics, sizes, r)
			if err != nil {
				return err
			}
			return printTables(cmd, []results.Table{experiments.EnsembleTable(trials, r)}, format)
		},
	}
	cmd.Flags().IntSliceVar(&sizes, "sizes", []int{2, 3, 4}, "how many models an ensemble has")
	cmd.Flags().Float64Var(&r, "ratio", 0.5, "weight r of the score beside complementarity, 0 to 1")
	cmd.Flags().StringSliceVar(&metrics, "metric", nil, "metrics whose consensus scores the models, as in a ranking; SFDA if none is named")
	addFormat(cmd, &format)
	return cmd
}
