package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/internal/par"
	"sfdalab/results"
	"sfdalab/tracking"
)

// defaultStore is where runs are kept unless --store says otherwise.
const defaultStore = "sfdalab.db"

// A specRun is the command run: its flags.
type specRun struct {
	store, shard string
	workers      int
	fresh        bool
	format       string // of tables
	intervals    notation
	note         tracking.Annotation
	cluster      clusterFlags
	images       fromImages
}

func newRun() *cobra.Command {
	var r specRun
	cmd := &cobra.Command{
		Use:   "run SPEC.yaml",
		Short: "Score everything that a spec asks for, and print the table",
		Long: `Score everything that a spec asks for, correlate the scores with the ground truth, print the
table, and keep each score in a store. If the spec has a section finetune, its networks are
fine-tuned first, and their accuracies are the ground truth. Scores that are in the store
are not computed again, so an interrupted run continues where it stopped.`,
		Example: `  sfdalab run experiments/specs/zoo.yaml
  sfdalab run spec.yaml --store lab.db --fresh
  sfdalab run experiments/specs/paper-supervised.yaml --networks 'onnx/{model}.onnx' --root data
  sfdalab run spec.yaml --shard 3/8                      # on one of eight machines
  sfdalab run spec.yaml --on slurm --array-limit 64 --sbatch-arg --cpus-per-task=8`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	addStore(cmd, &r.store)
	addFormat(cmd, &r.format)
	addIntervals(cmd, &r.intervals)
	addNoBaselines(cmd)
	flags.IntVar(&r.workers, "workers", 0, "cores to use; 0 for all")
	flags.BoolVar(&r.fresh, "fresh", false, "compute scores again that are in the store")
	addAnnotation(cmd, &r.note)
	r.cluster.add(cmd)
	r.images.add(cmd)
	flags.StringVar(&r.shard, "shard", "", "i/n: score the i-th of n shards into a store of its own; \"sfdalab merge\" joins them")
	return cmd
}

// run runs the spec at path: here, as a shard, or on a cluster.
func (r *specRun) run(cmd *cobra.Command, path string) error {
	if err := r.cluster.check(cmd, r.shard); err != nil {
		return err
	}
	if err := needsNetworks(cmd, "split", "transform", "layer"); err != nil {
		return err
	}
	spec, err := r.images.load(path)
	if err != nil {
		return misuseError{err}
	}
	spec.Told = teller(cmd)
	if r.workers > 0 {
		par.SetLimit(r.workers)
	}
	if (r.shard != "" || r.cluster.on != "") && changed(cmd, "name", "tag", "notes") != "" {
		return misuseError{errors.New("--name, --tag and --notes describe a whole run: use \"sfdalab annotate\" once the shards are merged")}
	}
	if r.shard != "" {
		return runShard(cmd, spec, r.shard, r.store)
	}
	if r.cluster.on != "" {
		return r.cluster.run(cmd, spec, r.store, r.format, r.intervals)
	}
	store, err := createStore(cmd, r.store)
	if err != nil {
		return err
	}
	o := experiments.Options{Store: store, Note: r.note, Fresh: r.fresh}
	o.Extract.Runtime = r.images.runtime
	result, err := runHere(cmd, spec, o)
	if result == nil {
		return err
	}
	err = errors.Join(printResult(cmd, result, r.format, r.intervals), err)
	if r.images.asked() && r.format == "" {
		return errors.Join(err, printPublished(cmd, result))
	}
	return err
}

// runHere runs a spec on this machine, and shows how far it is.
func runHere(cmd *cobra.Command, spec *experiments.Spec, o experiments.Options) (*experiments.Result, error) {
	progress := newProgress(cmd.ErrOrStderr())
	progress.follow(&o)
	result, err := experiments.Run(cmd.Context(), spec, o)
	progress.stop()
	return result, interrupted(result, err)
}

// fromImages are flags that have the features of a spec extracted.
type fromImages struct{ networks, root, split, transform, layer, runtime string }

// add adds the flags to the command.
func (f *fromImages) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.networks, "networks", "", "extract the spec's features with these ONNX networks, a pattern with {model}, and print published figures beside ours")
	flags.StringVar(&f.root, "root", "", "folder with a subfolder of images for each dataset, named after it")
	flags.StringVar(&f.split, "split", "", "with --root: samples to take, such as train, or those that a paper took: sfda, etran or logme (default sfda)")
	flags.StringVar(&f.transform, "transform", "sfda", "with --networks: how images become inputs: sfda, torchvision, logme, or a file")
	flags.StringVar(&f.layer, "layer", "", "with --networks: tensor to take features from (default: the input of the last linear layer)")
	flags.StringVar(&f.runtime, "onnxruntime", "", "library of ONNX Runtime, or its folder (default: the usual places are searched)")
	cmd.MarkFlagsRequiredTogether("networks", "root")
}

// asked reports whether features are to be extracted.
func (f *fromImages) asked() bool { return f.networks != "" }

// load loads a spec, with its features extracted if that is asked.
func (f *fromImages) load(path string) (*experiments.Spec, error) {
	spec, err := experiments.Load(path)
	if err != nil || !f.asked() {
		return spec, err
	}
	networks, err := filepath.Abs(f.networks)
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(f.root)
	if err != nil {
		return nil, err
	}
	x := experiments.Extraction{Networks: networks, Root: filepath.Join(root, "{dataset}"), Split: experiments.Splits{"": cmp.Or(f.split, "sfda")}, Transform: f.transform, Layer: f.layer}
	if _, err := os.Stat(f.transform); err == nil {
		x.Transform, _ = filepath.Abs(f.transform)
	}
	return spec.FromImages(x)
}

// printPublished prints published figures beside those of the result.
func printPublished(cmd *cobra.Command, r *experiments.Result) error {
	rec := r.Record()
	findings, err := rec.Published()
	if len(findings) > 0 {
		cmd.Println()
		printFindings(cmd, findings)
	}
	return err
}

// addStore adds the flag that names the store.
func addStore(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "store", defaultStore, "the store: the file of runs and scores")
}

// interrupted says what a run that was stopped leaves.
func interrupted(r *experiments.Result, err error) error {
	switch {
	case errors.Is(err, context.Canceled) && r == nil:
		return errors.New("interrupted before the first score; features that are extracted are kept, and the same command goes on from there")
	case errors.Is(err, context.Canceled):
		kept := results.Count(len(r.Cells), "score")
		if len(r.Trials) > 0 {
			kept = results.Count(len(r.Trials), "trial") + " and " + kept
		}
		return fmt.Errorf("interrupted with %s kept: the same command continues from there", kept)
	}
	return err
}
