package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/experiments/cluster"
	"sfdalab/internal/strict"
	"sfdalab/results"
)

// clusterFlags are those of "run" for a cluster.
type clusterFlags struct {
	on             string
	detach, dryRun bool
	image, claim   string
	cluster.Options
}

// add adds the flags to the command.
func (f *clusterFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.on, "on", "", "slurm: submit to a Slurm cluster from this machine, which needs sbatch; all nodes must see store and features. k8s, with --dry-run: print a Kubernetes Job")
	flags.StringVar(&f.Partition, "partition", "", "partition of the cluster")
	flags.IntVar(&f.ArrayLimit, "array-limit", 0, "how many tasks run at a time; there are at least as many in all")
	flags.StringVar(&f.Time, "time", "", "time limit of a task, such as 2:00:00")
	flags.StringVar(&f.Mem, "mem", "", "memory of a task, such as 16G")
	flags.StringArrayVar(&f.Args, "sbatch-arg", nil, "another argument of sbatch, such as --cpus-per-task=8; may be given several times")
	flags.BoolVar(&f.detach, "detach", false, "return as soon as the job is submitted")
	flags.BoolVar(&f.dryRun, "dry-run", false, "k8s: print the manifest and submit nothing")
	flags.StringVar(&f.image, "image", "", "k8s: image of a container with sfdalab")
	flags.StringVar(&f.claim, "claim", "", "k8s: claim of a volume with the working directory, which all pods can write to")
}

// goWith are the flags that say something about some ways of running only.
var goWith = map[string][]string{
	"array-limit": {"--on slurm", "--on k8s"},
	"claim":       {"--on k8s"},
	"detach":      {"--on slurm"},
	"dry-run":     {"--on k8s"},
	"fresh":       {""},
	"image":       {"--on k8s"},
	"mem":         {"--on slurm", "--on k8s"},
	"partition":   {"--on slurm"},
	"sbatch-arg":  {"--on slurm"},
	"time":        {"--on slurm"},
	"workers":     {"", "--shard"},
}

// check reports flags that are wrong, or that would be passed over.
func (f *clusterFlags) check(cmd *cobra.Command, shard string) error {
	way := ""
	switch {
	case shard != "" && f.on != "":
		return misuseError{errors.New("give either --on or --shard, which is for other schedulers")}
	case shard != "":
		way = "--shard"
	case f.on == "slurm", f.on == "k8s":
		way = "--on " + f.on
	case f.on != "":
		return misuseError{fmt.Errorf("--on %s: want slurm, or k8s with --dry-run; for other schedulers use --shard", f.on)}
	}
	for _, name := range slices.Sorted(maps.Keys(goWith)) {
		switch ways := goWith[name]; {
		case !cmd.Flags().Changed(name) || slices.Contains(ways, way):
		case way == "":
			return misuseError{fmt.Errorf("--%s needs %s", name, strings.Join(ways, " or "))}
		default:
			return misuseError{fmt.Errorf("--%s cannot be used with %s", name, way)}
		}
	}
	if f.on == "k8s" && !f.dryRun {
		return misuseError{errors.New("--on k8s: sfdalab submits nothing to Kubernetes: give --dry-run, and the manifest to kubectl apply -f -")}
	}
	return nil
}

// run scores a spec on the cluster that the flags name.
func (f *clusterFlags) run(cmd *cobra.Command, spec *experiments.Spec, storePath, format string, intervals notation) error {
	if f.on == "k8s" {
		return f.printManifest(cmd, spec, storePath)
	}
	job, err := cluster.Submit(cmd.Context(), spec, storePath, f.Options)
	if err != nil {
		return err
	}
	if len(job.Tasks) == 0 {
		cmd.PrintErrln("nothing is submitted: the store has all cells")
	} else {
		cmd.PrintErrf("job %s submitted: cells %d, tasks %d\n", job.Name, job.Cells, len(job.Tasks))
		if f.detach {
			return nil
		}
	}
	return attach(cmd, job, format, intervals)
}

// printManifest prints the Job of Kubernetes that scores the spec in shards.
func (f *clusterFlags) printManifest(cmd *cobra.Command, spec *experiments.Spec, storePath string) error {
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	manifest, err := cluster.Manifest(cmd.Context(), spec, storePath, cluster.Kubernetes{
		Image: f.image, Claim: f.claim, Folder: folder, Limit: f.ArrayLimit, Mem: f.Mem,
	})
	if err != nil {
		return misuseError{err}
	}
	if _, err := dataTo(cmd).Write(manifest); err != nil {
		return err
	}
	cmd.PrintErrf("once the Job is complete: sfdalab merge --store %s %s/*.db, and sfdalab run %s --store %[1]s prints the table\n",
		storePath, experiments.ShardFolder(storePath), spec.Path)
	return nil
}

// attach waits for a job and prints its table.
func attach(cmd *cobra.Command, job *cluster.Job, format string, intervals notation) error {
	progress := newProgress(cmd.ErrOrStderr())
	err := job.Watch(cmd.Context(), progress.set, progress.say)
	progress.stop()
	var result *experiments.Result
	if err == nil {
		progress = newProgress(cmd.ErrOrStderr())
		result, err = job.Result(cmd.Context(), progress.set)
		progress.stop()
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("the job continues: \"sfdalab attach --store %s\" waits for it again, \"sfdalab cancel --store %[1]s\" stops it", job.Store)
	}
	if err != nil {
		return err
	}
	return errors.Join(job.Close(true), printResult(cmd, result, format, intervals))
}

func newAttach() *cobra.Command {
	var format string
	var intervals notation
	cmd := storeCommand("attach", "Wait for a job on a cluster, and print its table", "attach --store lab.db", 0,
		func(cmd *cobra.Command, path string, _ []string) error {
			job, err := cluster.Load(path)
			if err != nil {
				return err
			}
			return attach(cmd, job, format, intervals)
		})
	addFormat(cmd, &format)
	addIntervals(cmd, &intervals)
	return cmd
}

func newCancel() *cobra.Command {
	return storeCommand("cancel", "Stop a job on a cluster; the next run uses the scores that it finished", "cancel --store lab.db", 0,
		func(cmd *cobra.Command, path string, _ []string) error {
			job, err := cluster.Load(path)
			if err != nil {
				return err
			}
			return job.Cancel(cmd.Context())
		})
}

func newJobs() *cobra.Command {
	return &cobra.Command{
		Use:     "jobs [FOLDER]",
		Short:   "List the cluster jobs of the stores in a folder",
		Example: "  sfdalab jobs",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			jobs, err := cluster.List(append(args, ".")[0])
			if len(jobs) == 0 {
				if err == nil {
					cmd.PrintErrln("no job is under way for a store in this folder")
				}
				return err
			}
			t := newTable("store", "spec", "user", "submitted", "complete", "running", "waiting", "to repeat", "why waiting")
			said := func(text string) string { return strict.Clip(results.OneLine(text), 80) } // by others, who can write to the folder
			for _, j := range jobs {
				row := table.Row{results.OneLine(filepath.Base(j.Store)), said(filepath.Base(j.SpecPath)), said(j.User), j.Submitted.Format("2006-01-02 15:04")}
				if s, away := j.Status(cmd.Context()); away != nil {
					err = errors.Join(err, away)
					row = append(row, "?", "?", "?", "?", "Slurm does not answer")
				} else {
					row = append(row, fmt.Sprintf("%d of %d", s.Complete, len(j.Tasks)), s.Running, s.Waiting, s.Failed, said(strings.Join(s.Reasons, ", ")))
				}
				t.AppendRow(row)
			}
			t.print(cmd)
			return err
		},
	}
}

// newTask is what a job runs on a node.
func newTask() *cobra.Command {
	return &cobra.Command{
		Use:     "task STORE JOB N",
		Short:   "Score a shard of a store's job, on a node",
		Example: "  sfdalab task lab.db sfdalab-k2mx4 3",
		Hidden:  true,
		Args:    cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			shard, err := strconv.Atoi(args[2])
			if err != nil {
				return misuseError{fmt.Errorf("shard %q: want a whole number", args[2])}
			}
			result, err := cluster.Task(cmd.Context(), args[0], args[1], shard)
			if result != nil {
				cmd.Printf("%d cells, %d of them failed\n", len(result.Cells)+len(result.Trials), len(result.Failed())+len(result.FailedTrials()))
			}
			return interrupted(result, err)
		},
	}
}
