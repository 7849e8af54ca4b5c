package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/internal/par"
	"sfdalab/tracking"
)

// defaultStore is where runs are kept unless --store says otherwise.
const defaultStore = "sfdalab.db"

func newRun() *cobra.Command {
	var storePath, format, shard string
	var workers int
	var fresh bool
	var intervals notation
	var onCluster clusterFlags
	var note tracking.Annotation
	cmd := &cobra.Command{
		Use:   "run SPEC.yaml",
		Short: "Score all that a spec file asks for, and print the table",
		Long: `Score all that a spec file asks for, correlate the scores with the ground truth,
print the table, and keep each score in a store. Where the spec has a section finetune, its networks are fine-tuned
first, and their accuracies are the ground truth. What the store has already is not
computed again; so an interrupted run goes on where it stopped.`,
		Example: `  sfdalab run experiments/specs/zoo.yaml
  sfdalab run spec.yaml --store lab.db --fresh
  sfdalab run spec.yaml --shard 3/8                      on one of eight machines
  sfdalab run spec.yaml --on slurm --array-limit 64 --sbatch-arg --cpus-per-task=8`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := onCluster.check(cmd, shard); err != nil {
				return err
			}
			spec, err := experiments.Load(args[0])
			if err != nil {
				return misuseError{err}
			}
			spec.Told = teller(cmd)
			if workers > 0 {
				par.SetLimit(workers)
			}
			if noted := note.Name != "" || note.Notes != "" || len(note.Tags) > 0; noted && (shard != "" || onCluster.on != "") {
				return misuseError{errors.New("--name, --tag and --notes are of one run: give them to \"sfdalab annotate\" once the shards are together")}
			}
			if shard != "" {
				return runShard(cmd, spec, shard, storePath)
			}
			if onCluster.on != "" {
				return onCluster.run(cmd, spec, storePath, format, intervals)
			}
			store, err := createStore(cmd, storePath)
			if err != nil {
				return err
			}
			progress := newProgress(cmd.ErrOrStderr())
			o := progress.options()
			o.Store, o.Note, o.Fresh = store, note, fresh
			result, err := experiments.Run(cmd.Context(), spec, o)
			progress.stop()
			if result == nil {
				return interrupted(nil, err)
			}
			return errors.Join(printResult(cmd, result, format, intervals), interrupted(result, err))
		},
	}
	flags := cmd.Flags()
	addStore(cmd, &storePath)
	addFormat(cmd, &format)
	addIntervals(cmd, &intervals)
	addNoBaselines(cmd)
	flags.IntVar(&workers, "workers", 0, "cores to use; all when 0")
	flags.BoolVar(&fresh, "fresh", false, "compute again what the store has")
	addAnnotation(cmd, &note)
	onCluster.add(cmd)
	flags.StringVar(&shard, "shard", "", "i/n: score the i-th of n shards into a store of its own; then \"sfdalab merge\" them")
	return cmd
}

// addStore adds the flag that names the store.
func addStore(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "store", defaultStore, "file of runs and scores")
}

// interrupted says what a run that was stopped leaves.
func interrupted(r *experiments.Result, err error) error {
	switch {
	case errors.Is(err, context.Canceled) && r == nil:
		return errors.New("interrupted before the first score")
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted; %d scores are kept, and the same command goes on from there", len(r.Cells))
	}
	return err
}
