package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/features/files"
	"sfdalab/metric"
	"sfdalab/results"
	"sfdalab/tracking"
)

func newRank() *cobra.Command {
	spec := &experiments.Spec{Name: "ranking", Subsets: experiments.Subsets{Count: 20, Fraction: experiments.Fractions{0.5}}}
	var from extractFlags
	var names, history []string
	var facts, storePath, format string
	var top int
	var o experiments.RankOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rank (--features 'dir/{model}.npy' --labels y.npy | --networks 'onnx/{model}.onnx' --images DIR)",
		Short: "Rank models for your data, and say which may be the best",
		Long: `Rank all models whose features match a pattern, best first. Several metrics are combined
with what is known about the models: their accuracies on other datasets or, if there are
none, on ImageNet. Each part has a weight, which is larger the better it agreed with
accuracies on other datasets. If nothing is known about the models, only the metrics rank
them.

A column for each metric shows the rank by this metric. A range shows the ranks in random
halves of the samples: how much of the order is chance. The last lines name a shortlist,
the models to fine-tune, and say how often such shortlists held the best model in rankings
with known accuracies: of all hubs (sets of models), and of the worst hub. The page
docs/how-sure.md explains this. If the data cannot order the models, rank says so.

With --networks, features are extracted from images first, as by "sfdalab extract". They
are kept in a folder beside the store, and used again the next time.

Without --metric, the metrics are ` + strings.Join(experiments.Panel(false), ", ") + `;
with --outputs or --networks ` + strings.Join(experiments.Panel(true), ", ") + `;
for more than 2 GiB of features ` + strings.Join(experiments.QuickPanel(), ", ") + `.

The ensemble is chosen from the ten highest models, so that its models rank high and their
features differ (SFDA's complementarity).`,
		Example: `  sfdalab rank --features 'features/{model}.npy' --labels labels.npy
  sfdalab rank --features 'f/{model}_{dataset}.npy' --labels 'f/{dataset}.npy' --metric logme,ncti
  sfdalab rank --networks 'onnx/{model}.onnx' --images photos`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			spec.Told = teller(cmd)
			if err := (files.Reading{Labels: files.Kind(spec.LabelsAre)}).Check(); err != nil {
				return misuseError{err}
			}
			spec.Pool = from.pool // of what is read, or of a network's layer
			extracts := from.options.Networks != ""
			if extracts {
				x, dataset, err := from.spec()
				if err != nil {
					return err
				}
				if spec.Extract, spec.Pool = x, ""; dataset != "" {
					spec.Datasets = []string{dataset}
				}
			} else if spec.List == "" && !strings.Contains(spec.Features, "{model}") {
				return misuseError{errors.New("--features is a pattern in which {model} stands for the names of models, such as 'features/{model}.npy'; or --list names a table of models")}
			}
			if o.Panel = len(names) == 0; o.Panel {
				usual, told, err := spec.UsualMetrics()
				if err != nil {
					return err
				}
				if names = usual; told != "" {
					cmd.PrintErrf("note: %s\n", told)
					if !cmd.Flags().Changed("ensemble") {
						o.Ensemble = 0 // which takes a Gram matrix of each of ten models
					}
				}
			}
			for i, name := range names {
				if _, err := metric.New(name, nil); err != nil {
					return misuseError{err}
				}
				if slices.Contains(names[:i], name) {
					return misuseError{fmt.Errorf("--metric names %s twice", name)}
				}
				spec.Metrics = append(spec.Metrics, experiments.Entry{Metric: name})
			}
			var store *tracking.Store
			var err error
			if storePath != "" {
				if store, err = createStore(cmd, storePath); err != nil {
					return err
				}
				if o.Cases, err = experiments.OwnCases(store); err != nil {
					return err
				}
			}
			if o.History, err = experiments.LoadHistory(history, store); err != nil {
				return misuseError{err}
			}
			if facts != "" || o.History != nil {
				if o.Facts, err = results.LoadFacts(facts); err != nil {
					return misuseError{err}
				}
			}
			progress := newProgress(cmd.ErrOrStderr())
			o.Options = progress.options()
			o.Store = store
			o.Extract.Folder = experiments.FeatureFolder(cmp.Or(storePath, defaultStore))
			o.Extract.Runtime, o.Extract.Threads, o.Extract.Workers = from.options.Runtime, from.options.Threads, from.options.Workers
			o.FewerSubsets = !cmd.Flags().Changed("subsets")
			rankings, stopped := experiments.Rank(cmd.Context(), spec, o)
			progress.stop()
			if errors.Is(stopped, context.Canceled) {
				stopped = errors.New("interrupted; the same command goes on from the features and scores that are kept")
			}
			if rankings == nil {
				return stopped
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
					if err := printRanking(cmd, r, top, format); err != nil {
						return err
					}
				}
				for _, note := range r.Notes {
					cmd.PrintErrf("%s: %s\n", r.Dataset, note)
				}
				failures += len(r.Notes)
			}
			if stopped == nil && failures > 0 {
				return errors.New("the ranking is not complete")
			}
			return stopped
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&spec.Features, "features", "", "features, N×D: a pattern with {model}")
	flags.StringVar(&spec.Labels, "labels", "", "labels, N")
	flags.StringVar(&spec.Outputs, "outputs", "", "outputs of the source models, N×Z: a pattern with {model}")
	flags.StringVar(&spec.List, "list", "", "instead of --features: a table with the columns model, features, labels and, if needed, dataset and outputs")
	flags.StringSliceVar(&spec.Models, "models", nil, "models to rank (default: all that are found)")
	flags.StringSliceVar(&spec.Datasets, "datasets", nil, "datasets to rank for (default: all that are found)")
	addReading(flags, &spec.LabelsAre, &spec.IgnoreLabel, &spec.Drop, nil)
	from.add(cmd)
	flags.StringSliceVar(&names, "metric", nil, "metrics to rank by, instead of the usual ones")
	flags.IntVar(&spec.Subsets.Count, "subsets", spec.Subsets.Count, "how many random halves of the samples give the ranges; 0 for none, and fewer for large data unless given")
	flags.IntVar(&o.Ensemble, "ensemble", 3, "number of models in the ensemble; 0 for none, as for more than 2 GiB of features unless given")
	flags.StringSliceVar(&history, "history", nil, "accuracies of the same models on other datasets: CSV files or built-in ground truths; \"none\" for no history (default: all built-in ones of full fine-tuning, and those in the store)")
	flags.StringVar(&facts, "facts", "", "CSV file with the columns model and imagenet_top1, for models without a history; built in for some")
	flags.Uint64Var(&spec.Seed, "seed", 0, "seed of the subsets and of random metrics")
	flags.StringVar(&storePath, "store", "", "file to keep the scores in, so that an interrupted ranking continues (default: none). Features of images are kept beside it, or beside "+defaultStore)
	flags.DurationVar(&o.Time, "time", 0, "time after which to stop, such as 30s or 5m, and to rank by what is done; the cheapest metric comes first, random halves last")
	flags.IntVar(&top, "top", 10, "lines to show of each table; 0 for all")
	addFormat(cmd, &format)
	flags.BoolVar(&asJSON, "json", false, "print one JSON object for each dataset")
	cmd.MarkFlagsOneRequired("features", "list", "networks")
	cmd.MarkFlagsMutuallyExclusive("features", "list", "networks")
	cmd.MarkFlagsMutuallyExclusive("datasets", "networks")
	cmd.MarkFlagsOneRequired("labels", "list", "networks")
	return cmd
}

// printRanking prints a ranking: the table, what follows from it, and its warnings to
// stderr.
func printRanking(cmd *cobra.Command, r experiments.Ranking, top int, format string) error {
	t, warnings := r.Table(top)
	if err := printTables(cmd, []results.Table{t}, format); err != nil {
		return err
	}
	if format == "" || results.Format(format) == results.Text || results.Format(format) == results.Terminal {
		if more := len(r.Models) - len(t.Rows); more > 0 {
			cmd.Printf("%d more: --top 0 shows all.\n", more)
		}
		for _, s := range r.Sentences() {
			cmd.Println(s)
		}
	}
	for i, w := range warnings {
		cmd.PrintErrf("warning %d: %s\n", i+1, w)
	}
	return nil
}
