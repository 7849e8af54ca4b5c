package main

import (
	"fmt"

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
		Short: "Choose ensembles, and compare them with all others of the same size",
		Long: `Choose ensembles of the models of a spec by complementarity and score: that of SFDA, or
the consensus of several metrics. Compare their true accuracy with that of all other
ensembles of the same size, of a choice by score alone, of a random choice, and of the
best single model. The spec's keys finetuned and test_labels name the outputs of the
fine-tuned models on the test set.`,
		Example: `  sfdalab ensembles experiments/specs/zoo.yaml --sizes 2,3 --ratio 0.75`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r > 1 {
				return misuseError{fmt.Errorf("--ratio %g: want a weight from 0 to 1", r)}
			}
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
	cmd.Flags().Float64Var(&r, "ratio", 0.5, "weight r of the score, 0 to 1; that of complementarity is 1 − r")
	cmd.Flags().StringSliceVar(&metrics, "metric", nil, "metrics whose consensus scores the models; SFDA if not given")
	addFormat(cmd, &format)
	return cmd
}
