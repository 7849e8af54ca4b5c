package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/tracking"
)

func newReport() *cobra.Command {
	var storePath, out string
	cmd := &cobra.Command{
		Use:   "report [SPEC.yaml | RUN | QUERY]",
		Short: "Write the evidence of runs as one page",
		Long: `Write what runs tell as one HTML page that needs nothing else: the tables with
intervals, the tests and their verdict, how much hangs on models, samples and ground
truth, what each metric costs, and a paragraph on the methods with citations. A file
that ends in .md gets the same in Markdown, without figures. A spec is run first, but for what the store
has; a query takes all that it selects; the latest run is taken if none is named.`,
		Example: `  sfdalab report experiments/specs/zoo.yaml -o report.html
  sfdalab report tag:paper -o report.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			result, runs, err := reported(cmd.Context(), storePath, args)
			if err != nil {
				return err
			}
			format := results.HTML
			if filepath.Ext(out) == ".md" {
				format = results.Markdown
			}
			var page bytes.Buffer
			if err := experiments.Report(&page, format, result, runs...); err != nil {
				return err
			}
			return os.WriteFile(out, page.Bytes(), 0o644)
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().StringVarP(&out, "output", "o", "report.html", "file to write: .html, or .md for Markdown")
	return cmd
}

// reported returns what the arguments of report name.
func reported(ctx context.Context, storePath string, args []string) (*experiments.Result, []tracking.Run, error) {
	if len(args) == 1 && (filepath.Ext(args[0]) == ".yaml" || filepath.Ext(args[0]) == ".yml") {
		return reportedSpec(ctx, storePath, args[0])
	}
	if len(args) > 1 {
		return selected(storePath, args)
	}
	run, cells, err := findRun(storePath, args)
	if len(args) == 1 && (errors.Is(err, tracking.ErrNoRun) || errors.Is(err, tracking.ErrManyRuns)) {
		return selected(storePath, args)
	}
	if err != nil {
		return nil, nil, err
	}
	result, err := experiments.Recall(run, cells)
	return result, []tracking.Run{run}, err
}

// reportedSpec runs a spec.
func reportedSpec(ctx context.Context, storePath, path string) (*experiments.Result, []tracking.Run, error) {
	spec, err := experiments.Load(path)
	if err != nil {
		return nil, nil, misuseError{err}
	}
	store, err := tracking.Create(storePath)
	if err != nil {
		return nil, nil, err
	}
	result, err := experiments.Run(ctx, spec, experiments.Options{Store: store})
	if err != nil {
		return nil, nil, err
	}
	run, err := store.Run(result.Run)
	return result, []tracking.Run{run}, err
}
