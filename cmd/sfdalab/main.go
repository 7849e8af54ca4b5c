// Command sfdalab ranks pre-trained networks by how well they will fine-tune.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"sfdalab/internal/linalg"
	"sfdalab/results"
)

func main() {
	signals, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx := &askedContext{Context: signals}
	context.AfterFunc(signals, func() {
		stop() // a second signal ends the program at once
		if !ctx.asked.Load() {
			fmt.Fprintln(os.Stderr, "sfdalab: interrupted")
			os.Exit(failed)
		}
	})
	// With a heap of a few megabytes, each array that a metric needs would start a garbage
	// collection, which takes a core. Memory that is never touched costs nothing.
	ballast := make([]byte, 64<<20)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	runtime.KeepAlive(ballast)
	os.Exit(code)
}

// askedContext knows whether work asks for its end, to stop in order. Where none does, nothing
// would happen at a signal.
type askedContext struct {
	context.Context
	asked atomic.Bool
}

func (c *askedContext) Done() <-chan struct{} {
	c.asked.Store(true)
	return c.Context.Done()
}

func (c *askedContext) Err() error {
	c.asked.Store(true)
	return c.Context.Err()
}

// Exit codes.
const (
	done   = 0
	failed = 1 // the rest is saved
	misuse = 2
)

// execute runs the command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	wide := root.PersistentFlags().Lookup("wide").Value
	out, errs := &output{file: stdout, wide: wide}, &output{file: stderr, wide: wide}
	defer out.flush()
	defer errs.flush()
	if _, err := linalg.Kernel(); err != nil {
		fmt.Fprintln(errs, "warning:", err)
	}
	started := false
	eachCommand(root, func(c *cobra.Command) {
		fitHelp(c, out.columns())
		run := c.RunE
		if run == nil {
			return // a topic of help
		}
		c.RunE = func(c *cobra.Command, args []string) error {
			if err := notNegative(c.Flags()); err != nil {
				return err
			}
			started = true
			return run(c, args)
		}
		if check := c.Args; check != nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if check(c, args) == nil {
					return nil
				}
				return fmt.Errorf("%s given; usage: %s", results.Count(len(args), "argument"), c.UseLine())
			}
		}
	})
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	command, err := root.ExecuteContextC(ctx)
	if err == nil && out.err != nil {
		err = fmt.Errorf("standard output: %w", out.err)
	}
	if err == nil {
		return done
	}
	fmt.Fprintf(errs, "sfdalab: %s\n", brief(plain(err, root)))
	if out.err != nil {
		return failed
	}
	if !started {
		fmt.Fprintf(errs, "%s --help shows how to use it.\n", command.CommandPath())
	}
	if !started || errors.As(err, new(misuseError)) {
		return misuse
	}
	return failed
}

// brief says each line of an error once, as one cause may have stopped several things.
func brief(text string) string {
	var lines []string
	said := make(map[string]bool)
	for line := range strings.SplitSeq(text, "\n") {
		if line = oneLine(line); !said[line] {
			lines, said[line] = append(lines, line), true
		}
	}
	return strings.Join(lines, "\n")
}

// misuseError is what is wrong with what the user wrote: on the command line, or
// in a spec.
type misuseError struct{ error }

func (e misuseError) Unwrap() error { return e.error }

// eachCommand calls fn for a command and all below it.
func eachCommand(c *cobra.Command, fn func(*cobra.Command)) {
	fn(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, fn)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sfdalab",
		Short: "Which pre-trained network will fine-tune best?",
		Long: `sfdalab scores pre-trained networks from the features that they compute for your data,
before any of them is fine-tuned, with SFDA and its rivals. It correlates the scores with
fine-tuned accuracies, and keeps every score in a store.

Exit status: 0 if all is done, 1 if something failed (finished work is kept), 2 if the
command was used wrongly.`,
		Example: `  sfdalab rank --features 'features/{model}.npy' --labels labels.npy
  sfdalab run experiments/specs/zoo.yaml
  sfdalab metrics`,
		SilenceErrors: true,
		SilenceUsage:  true,

		DisableSuggestions: true, // in several lines; ours is in the error
		RunE:               func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, g := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Score networks", []*cobra.Command{newRank(), newRegret(), newInit(), newRun(), newScore(), newExtract(), newInputs(), newEnsembles()}},
		{"Correlate scores with accuracies", []*cobra.Command{newCorrelate(), newCompare(), newDiff(), newReport()}},
		{"Look at a store, and manage it", []*cobra.Command{newRuns(), newShow(), newUI(), newExport(), newImport(), newReproduce(), newAnnotate(), newDelete(), newCheck(), newRepair(), newBackup(), newMerge(), newGC()}},
		{"Work on a cluster", []*cobra.Command{newJobs(), newAttach(), newCancel(), newTask()}},
		{"List what is built in", []*cobra.Command{newMetrics(), newTruth(), newPublished(), newLeaderboard(), newDatasets()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title + ":"})
		for _, c := range g.commands {
			c.GroupID = g.title
		}
		root.AddCommand(g.commands...)
	}
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().Bool("wide", false, "print tables in full, even if they are wider than the terminal")
	root.AddCommand(newVersion(), newManual())
	root.AddCommand(topics()...)
	addCompletions(root)
	addHelp(root)
	return root
}
