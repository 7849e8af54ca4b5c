package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
)

// runShard scores a part of a spec beside the store.
func runShard(cmd *cobra.Command, spec *experiments.Spec, text, storePath string) error {
	shard, err := experiments.ParseShard(text)
	if err != nil {
		return misuseError{fmt.Errorf("--shard: %w", err)}
	}
	progress := newProgress(cmd.ErrOrStderr())
	result, err := experiments.RunShard(cmd.Context(), spec, shard, storePath, progress.set)
	progress.stop()
	if err != nil {
		if result != nil {
			err = interrupted(result, err)
		}
		return err
	}
	for _, c := range result.FailedTrials() {
		tell(cmd, "failed", fmt.Sprintf("%s on %s, %s: %s", c.Model, c.Dataset, c.Trial.Label, c.Error))
	}
	for _, f := range result.Failures() {
		tell(cmd, "failed", f)
	}
	cmd.Printf("shard %v: %s in %s, %d of them failed", shard, results.Count(len(result.Cells)+len(result.Trials), "cell"), shard.Path(experiments.ShardFolder(storePath)), len(result.Failed())+len(result.FailedTrials()))
	if result.LeftOut > 0 {
		cmd.Printf("; %d more are in %s already", result.LeftOut, storePath)
	}
	cmd.Println()
	return nil
}
