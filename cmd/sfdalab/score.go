package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/extract"
	"sfdalab/features/files"
	"sfdalab/internal/strict"
	"sfdalab/metric"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// A scorer is the command score: its flags.
type scorer struct {
	paths  files.Paths
	choice metricFlags
	from   extractFlags
	store  string
	json   bool
}

func newScore() *cobra.Command {
	var s scorer
	cmd := &cobra.Command{
		Use:   "score (--features X.npy --labels y.npy | --networks x.onnx --images DIR)",
		Short: "Score one model",
		Long: `Score the features (N×D) of one model with one or more metrics. Files are .npy, .npz, CSV
and similar text files, Parquet, safetensors, .mat, or tensors saved by torch. The name of
an array or column follows its file: all.npz:name, table.csv:label. A folder, or a name
with *, stands for several files, which are joined. "sfdalab help formats" explains more.

With --networks, features are extracted from images first, as by "sfdalab extract". They
are kept in a folder beside the store, and used again the next time.`,
		Example: `  sfdalab score --features X.npy --labels y.npy
  sfdalab score --metric sfda,leep --features X.npy --labels y.npy --outputs o.npy --json
  sfdalab score --metric sfda --set shrinkage=fixed --set lambda=0.1 --features X.npy --labels y.npy
  sfdalab score --metric sfda,leep --networks 'onnx/{model}.onnx' --images photos`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd) },
	}
	s.choice.add(cmd)
	s.from.add(cmd)
	addStore(cmd, &s.store)
	flags := cmd.Flags()
	flags.StringVar(&s.paths.Features, "features", "", "features, N×D")
	flags.StringVar(&s.paths.Labels, "labels", "", "labels, N")
	flags.StringVar(&s.paths.Outputs, "outputs", "", "outputs of the source model, N×Z: logits or probabilities")
	flags.StringVar(&s.paths.Second, "second", "", "features of a second model, N×D₂")
	flags.StringVar(&s.paths.Embeddings, "embeddings", "", "an embedding of each class, C×E")
	flags.StringVar(&s.paths.Samples, "samples", "", "a table with a column of sample names; other files that name samples must agree with it")
	addReading(flags, (*string)(&s.paths.Reading.Labels), &s.paths.Ignore, &s.paths.Drop, nil)
	flags.BoolVar(&s.json, "json", false, "print one JSON object for each metric")
	cmd.MarkFlagsOneRequired("features", "networks")
	cmd.MarkFlagsMutuallyExclusive("features", "networks")
	for _, flag := range []string{"outputs", "samples", "drop"} { // of files that are given
		cmd.MarkFlagsMutuallyExclusive(flag, "networks")
	}
	cmd.MarkFlagsRequiredTogether("features", "labels")
	return cmd
}

// run scores the features of a model or, with networks, those that each of them extracts.
func (s *scorer) run(cmd *cobra.Command) error {
	variants, err := s.choice.variants()
	if err != nil {
		return err
	}
	s.paths.Pool = s.from.pool // of what is read, or of a network's layer
	if err := s.paths.Reading.Check(); err != nil {
		return misuseError{err}
	}
	s.paths.Told = teller(cmd)
	if err := needsNetworks(cmd, extracting...); err != nil {
		return err
	}
	if s.from.options.Networks == "" {
		return score(cmd, s.paths, variants, s.json)
	}
	extracted, err := s.from.cached(cmd, s.store)
	if err != nil {
		return err
	}
	return scoreExtracted(cmd, extracted, s.paths, variants, s.json)
}

// scoreExtracted scores each model whose features were extracted. The given paths are of what
// is read beside them.
func scoreExtracted(cmd *cobra.Command, models []extract.Extracted, given files.Paths, variants []experiments.Variant, asJSON bool) error {
	var failures, unscored []error
	for _, m := range models {
		if m.Err != nil {
			failures = append(failures, m.Err)
			continue
		}
		paths := m.Paths
		paths.Second, paths.Embeddings, paths.Reading.Labels = given.Second, given.Embeddings, cmp.Or(given.Reading.Labels, paths.Reading.Labels)
		if paths.Ignore = given.Ignore; len(given.Ignore) > 0 {
			paths.Told = given.Told
		}
		if !asJSON {
			cmd.Println(results.OneLine(paths.Model))
		}
		unscored = append(unscored, score(cmd, paths, variants, asJSON))
	}
	return errors.Join(append(failures, unscored...)...)
}

// score scores a model by each variant, and prints the scores. The error has a line for each
// reason why there is none.
func score(cmd *cobra.Command, paths files.Paths, variants []experiments.Variant, asJSON bool) error {
	var failures record.Tally
	for i, c := range experiments.ScoreFiles(cmd.Context(), paths, variants) {
		switch {
		case c.Error != "" && cmd.Context().Err() != nil: // which may be why
		case c.Error != "":
			failures.Add(c.Error+unnamed(variants[i], paths), c.Metric)
		case asJSON:
			if err := printJSON(cmd, newScored(c)); err != nil {
				return err
			}
		default:
			printScore(cmd, variants[i].Label, c)
		}
	}
	var reasons []error
	for _, line := range failures.Lines() {
		reasons = append(reasons, errors.New(line))
	}
	if cmd.Context().Err() != nil {
		reasons = append(reasons, errors.New("interrupted"))
	}
	return errors.Join(reasons...)
}

// unnamed says which flag names the files that a metric needs and did not get; "" where it got
// all.
func unnamed(v experiments.Variant, paths files.Paths) string {
	for _, n := range []struct {
		need       metric.Needs
		path, flag string
	}{{metric.Outputs, paths.Outputs, "--outputs"}, {metric.Second, paths.Second, "--second"}, {metric.Embeddings, paths.Embeddings, "--embeddings"}} {
		if n.path == "" && v.Metric.Info().Needs&n.need != 0 {
			return " (" + n.flag + ")"
		}
	}
	return ""
}

// metricFlags choose metrics and their parameters.
type metricFlags struct {
	names    []string
	settings []string
	seed     uint64
}

// add adds the flags to the command.
func (f *metricFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.names, "metric", []string{"sfda"}, `metrics, as "sfdalab metrics" lists them`)
	flags.StringArrayVar(&f.settings, "set", nil, "a parameter of the metrics, as name=value")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of random metrics")
}

// variants returns the metrics that the flags name, each with all the settings.
func (f *metricFlags) variants() ([]experiments.Variant, error) {
	params := make(map[string]any)
	for _, s := range f.settings {
		name, text, ok := strings.Cut(s, "=")
		if !ok {
			return nil, misuseError{fmt.Errorf("--set %s: write name=value", s)}
		}
		value, err := experiments.ParseValue(text)
		if err != nil {
			return nil, misuseError{fmt.Errorf("--set %s: %w", strict.Clip(s, 80), err)}
		}
		if _, given := params[name]; given {
			return nil, misuseError{fmt.Errorf("--set gives %s twice", name)}
		}
		params[name] = value
	}
	for i, name := range f.names {
		if slices.Contains(f.names[:i], name) {
			return nil, misuseError{fmt.Errorf("--metric names %s twice", name)}
		}
	}
	variants, err := experiments.Variants(f.names, params, f.seed)
	if err != nil {
		return nil, misuseError{err}
	}
	return variants, nil
}

// scored is a score as the command prints it.
type scored struct {
	Model    string           `json:"model,omitempty"` // where it was extracted from images
	Metric   string           `json:"metric"`
	Score    float64          `json:"score"`
	Params   json.RawMessage  `json:"params"`
	Details  tracking.Details `json:"details"`
	Warnings []string         `json:"warnings"`
	Seconds  float64          `json:"seconds"`
}

// newScored returns a cell as it is printed: a list that is empty is [] or {}, never null.
func newScored(c experiments.Cell) scored {
	s := scored{c.Model, c.Metric, c.Score, c.Params, c.Details, c.Warnings, c.Seconds}
	if s.Details == nil {
		s.Details = tracking.Details{}
	}
	if s.Warnings == nil {
		s.Warnings = []string{}
	}
	return s
}

// printScore prints a score with all that belongs to it.
func printScore(cmd *cobra.Command, label string, c experiments.Cell) {
	cmd.Printf("%-24s %v\n", label, c.Score)
	for _, name := range slices.Sorted(maps.Keys(c.Details)) {
		cmd.Printf("  %-22s %.6g\n", name, c.Details[name])
	}
	for _, w := range c.Warnings {
		cmd.Printf("  warning: %s\n", w)
	}
}
