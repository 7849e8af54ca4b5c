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
)

// A ranker is the command rank: its flags, and the spec and the options that they fill.
type ranker struct {
	spec             *experiments.Spec
	options          experiments.RankOptions
	from             extractFlags
	metrics, history []string // names; files or names of ground truths
	facts, store     string   // paths; "" for none
	top              int      // lines of a table; 0 for all
	format           string   // of tables
	json             bool
}

func newRank() *cobra.Command {
	r := ranker{spec: &experiments.Spec{Name: "ranking", Subsets: experiments.Subsets{Count: 20, Fraction: experiments.Fractions{0.5}}}}
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
		RunE: func(cmd *cobra.Command, _ []string) error { return r.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&r.spec.Features, "features", "", "features, N×D: a pattern with {model}")
	flags.StringVar(&r.spec.Labels, "labels", "", "labels, N")
	flags.StringVar(&r.spec.Outputs, "outputs", "", "outputs of the source models, N×Z: a pattern with {model}")
	flags.StringVar(&r.spec.List, "list", "", "instead of --features: a table with the columns model, features, labels and, if needed, dataset and outputs")
	flags.StringSliceVar(&r.spec.Models, "models", nil, "models to rank (default: all that are found)")
	flags.StringSliceVar(&r.spec.Datasets, "datasets", nil, "datasets to rank for (default: all that are found)")
	addReading(flags, &r.spec.LabelsAre, &r.spec.IgnoreLabel, &r.spec.Drop, nil)
	r.from.add(cmd)
	flags.StringSliceVar(&r.metrics, "metric", nil, "metrics to rank by, instead of the usual ones")
	flags.IntVar(&r.spec.Subsets.Count, "subsets", r.spec.Subsets.Count, "how many random halves of the samples give the ranges; 0 for none, and fewer for large data unless given")
	flags.IntVar(&r.options.Ensemble, "ensemble", 3, "number of models in the ensemble; 0 for none, as for more than 2 GiB of features unless given")
	flags.StringSliceVar(&r.history, "history", nil, "accuracies of the same models on other datasets: CSV files or built-in ground truths; \"none\" for no history (default: all built-in ones of full fine-tuning, and those in the store)")
	flags.StringVar(&r.facts, "facts", "", "CSV file with the columns model and imagenet_top1, for models without a history; built in for some")
	flags.Uint64Var(&r.spec.Seed, "seed", 0, "seed of the subsets and of random metrics")
	flags.StringVar(&r.store, "store", "", "file to keep the scores in, so that an interrupted ranking continues (default: none). Features of images are kept beside it, or beside "+defaultStore)
	flags.DurationVar(&r.options.Time, "time", 0, "time after which to stop, such as 30s or 5m, and to rank by what is done; the cheapest metric comes first, random halves last")
	flags.IntVar(&r.top, "top", 10, "lines to show of each table; 0 for all")
	addFormat(cmd, &r.format)
	flags.BoolVar(&r.json, "json", false, "print one JSON object for each dataset")
	cmd.MarkFlagsOneRequired("features", "list", "networks")
	cmd.MarkFlagsMutuallyExclusive("features", "list", "networks")
	cmd.MarkFlagsMutuallyExclusive("datasets", "networks")
	cmd.MarkFlagsRequiredTogether("features", "labels")
	for _, other := range []string{"list", "networks"} { // which say where outputs are, too
		cmd.MarkFlagsMutuallyExclusive("outputs", other)
	}
	return cmd
}

// run ranks, and prints a ranking for each dataset.
func (r *ranker) run(cmd *cobra.Command) error {
	if err := r.setInput(cmd); err != nil {
		return err
	}
	if err := r.setMetrics(cmd); err != nil {
		return err
	}
	if err := r.setKnown(cmd); err != nil {
		return err
	}
	r.options.FewerSubsets = !cmd.Flags().Changed("subsets")
	progress := newProgress(cmd.ErrOrStderr())
	progress.follow(&r.options.Options)
	rankings, stopped := experiments.Rank(cmd.Context(), r.spec, r.options)
	progress.stop()
	if errors.Is(stopped, context.Canceled) {
		stopped = errors.New("interrupted; the same command goes on from the features and scores that are kept")
	}
	complete, err := r.print(cmd, rankings)
	switch {
	case err != nil:
		return err
	case stopped == nil && !complete:
		return errors.New("the ranking is not complete")
	}
	return stopped
}

// setInput sets what is read: features, or images to extract them from.
func (r *ranker) setInput(cmd *cobra.Command) error {
	r.spec.Told = teller(cmd)
	if err := needsNetworks(cmd, extracting...); err != nil {
		return err
	}
	if err := (files.Reading{Labels: files.Kind(r.spec.LabelsAre)}).Check(); err != nil {
		return misuseError{err}
	}
	if r.from.options.Networks == "" {
		if r.spec.List == "" && !strings.Contains(r.spec.Features, "{model}") {
			return misuseError{errors.New("--features is a pattern in which {model} stands for the names of models, such as 'features/{model}.npy'; or --list names a table of models")}
		}
		r.spec.Pool = r.from.pool
		return nil
	}
	x, dataset, err := r.from.spec() // which holds the pooling, too: it is of a network's layer
	if err != nil {
		return err
	}
	if r.spec.Extract = x; dataset != "" {
		r.spec.Datasets = []string{dataset}
	}
	o := &r.options.Extract
	o.Folder = experiments.FeatureFolder(cmp.Or(r.store, defaultStore))
	o.Runtime, o.Threads, o.Workers = r.from.options.Runtime, r.from.options.Threads, r.from.options.Workers
	return nil
}

// setMetrics sets what is scored: the metrics that are named, or the usual ones.
func (r *ranker) setMetrics(cmd *cobra.Command) error {
	if r.options.Panel = len(r.metrics) == 0; r.options.Panel {
		usual, told, err := r.spec.UsualMetrics()
		if err != nil {
			return err
		}
		if r.metrics = usual; told != "" {
			tell(cmd, "note", told)
			if !cmd.Flags().Changed("ensemble") {
				r.options.Ensemble = 0 // which takes a Gram matrix of each of ten models
			}
		}
	}
	for i, name := range r.metrics {
		if _, err := metric.New(name, nil); err != nil {
			return misuseError{err}
		}
		if slices.Contains(r.metrics[:i], name) {
			return misuseError{fmt.Errorf("--metric names %s twice", name)}
		}
		r.spec.Metrics = append(r.spec.Metrics, experiments.Entry{Metric: name})
	}
	return nil
}

// setKnown sets what is known of the models beforehand, also from the store.
func (r *ranker) setKnown(cmd *cobra.Command) (err error) {
	o := &r.options
	if r.store != "" {
		if o.Store, err = createStore(cmd, r.store); err != nil {
			return err
		}
		if o.Cases, err = experiments.OwnCases(o.Store); err != nil {
			return err
		}
	}
	if o.History, err = experiments.LoadHistory(r.history, o.Store); err != nil {
		return misuseError{err}
	}
	if r.facts != "" || o.History != nil {
		o.Facts, err = results.LoadFacts(r.facts)
	}
	return err
}

// print prints rankings and, to stderr, what is missing in them; complete if nothing is.
func (r *ranker) print(cmd *cobra.Command, rankings []experiments.Ranking) (complete bool, err error) {
	complete = true
	for i, ranking := range rankings {
		if r.json {
			err = printJSON(cmd, ranking)
		} else {
			if i > 0 {
				cmd.Println()
			}
			err = printRanking(cmd, ranking, r.top, r.format)
		}
		if err != nil {
			return false, err
		}
		for _, note := range ranking.Notes {
			tell(cmd, oneLine(ranking.Dataset), note)
			complete = false
		}
	}
	return complete, nil
}

// printRanking prints a ranking: the table, what follows from it, and its warnings to
// stderr.
func printRanking(cmd *cobra.Command, r experiments.Ranking, top int, format string) error {
	t, warnings := r.Table(top)
	plain := format == "" || results.Format(format) == results.Text || results.Format(format) == results.Terminal
	if plain {
		lines := strings.Split(t.Caption, "\n")
		for _, line := range lines[:len(lines)-1] {
			cmd.Println(line)
		}
		t.Caption = lines[len(lines)-1]
	}
	if err := printTables(cmd, []results.Table{t}, format); err != nil {
		return err
	}
	if plain {
		if more := len(r.Models) - len(t.Rows); more > 0 {
			cmd.Printf("%d more: --top 0 shows all.\n", more)
		}
		for _, s := range r.Sentences() {
			cmd.Println(results.OneLine(s))
		}
	}
	for i, w := range warnings {
		tell(cmd, fmt.Sprintf("warning %d", i+1), w)
	}
	return nil
}
