package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/metric"
)

func newRank() *cobra.Command {
	spec := &experiments.Spec{Subsets: experiments.Subsets{Count: 20}}
	var name string
	var ensemble int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rank --features 'dir/{model}.npy' --labels y.npy",
		Short: "Rank models for your data, and say how sure the ranking is",
		Long: `Rank all models whose features a pattern finds, by one metric. How sure a rank is
follows from random subsets of the samples: a model whose ranks there reach those of
the best may be as good. (How well the metric predicts at all is another question:
"sfdalab correlate" answers it where accuracies are known.) The ensemble is of models that score well and see the data
differently (SFDA's complementarity).`,
		Example: `  sfdalab rank --features 'features/{model}.npy' --labels labels.npy
  sfdalab rank --features 'f/{model}_{dataset}.npy' --labels 'f/{dataset}.npy' --metric logme`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			spec.Told = teller(cmd)
			if spec.List == "" && !strings.Contains(spec.Features, "{model}") {
				return misuseError{errors.New("--features is a pattern in which {model} stands for the names of models, such as 'features/{model}.npy'; or --list names a table of models")}
			}
			spec.Metrics = []experiments.Entry{{Metric: name}}
			if _, err := metric.New(name, nil); err != nil {
				return misuseError{err}
			}
			progress := newProgress(cmd.ErrOrStderr())
			rankings, err := experiments.Rank(cmd.Context(), spec, ensemble, experiments.Options{Progress: progress.set})
			progress.stop()
			if err != nil {
				return err
			}
			failures := 0
			for i, r := range rankings {
				if asJSON {
					if err := printJSON(cmd, r); err != nil {
						return err
					}
				} else {
					if i > 0 {
						cmd.Println()
					}
					printRanking(cmd, r)
				}
				for _, note := range r.Notes {
					cmd.PrintErrf("%s: %s\n", r.Dataset, note)
				}
				failures += len(r.Notes)
			}
			if failures > 0 {
				return errors.New("the ranking is not complete")
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&spec.Features, "features", "", "features, N×D, a file for each {model}")
	flags.StringVar(&spec.Labels, "labels", "", "labels, N")
	flags.StringVar(&spec.Outputs, "outputs", "", "outputs of the source models, N×Z, a file for each {model}")
	flags.StringVar(&spec.List, "list", "", "a table of model, features, labels and, where there are any, dataset and outputs, instead of --features")
	flags.StringSliceVar(&spec.Models, "models", nil, "models to rank; all that are found if not given")
	flags.StringSliceVar(&spec.Datasets, "datasets", nil, "datasets to rank for; all that are found if not given")
	addReading(flags, &spec.LabelsAre, &spec.IgnoreLabel, &spec.Drop, &spec.Pool)
	flags.StringVar(&name, "metric", "sfda", "metric to rank by")
	flags.IntVar(&spec.Subsets.Count, "subsets", spec.Subsets.Count, "random subsets of 80 % of the samples")
	flags.IntVar(&ensemble, "ensemble", 3, "models of the ensemble; none when 0")
	flags.Uint64Var(&spec.Seed, "seed", 0, "seed of the subsets and of random metrics")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object per dataset")
	cmd.MarkFlagsOneRequired("features", "list")
	cmd.MarkFlagsMutuallyExclusive("features", "list")
	cmd.MarkFlagsOneRequired("labels", "list")
	return cmd
}

func printRanking(cmd *cobra.Command, r experiments.Ranking) {
	cmd.Printf("%s: %d models by %s, and their ranks in %d random subsets of the samples.\n", r.Dataset, len(r.Models), r.Metric, r.Subsets)
	t := newTable("rank", "model", "score", "ranks", "first")
	for _, m := range r.Models {
		ranks := fmt.Sprintf("%d–%d", m.Lo, m.Hi)
		if m.Lo == m.Hi {
			ranks = fmt.Sprint(m.Lo)
		}
		t.AppendRow(table.Row{m.Rank, m.Model, fmt.Sprintf("%.4f", m.Score), ranks, fmt.Sprintf("%.0f %%", 100*m.First)})
	}
	cmd.Println(t.Render())
	if len(r.Ensemble) > 0 {
		cmd.Printf("ensemble of %d: %s\n", len(r.Ensemble), strings.Join(r.Ensemble, ", "))
	}
	for _, m := range r.Models {
		for _, w := range m.Warnings {
			cmd.PrintErrf("warning: %s: %s\n", m.Model, w)
		}
	}
}
