package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/results/report"
	"sfdalab/tracking"
)

func newReport() *cobra.Command {
	var storePath, out, paper string
	cmd := &cobra.Command{
		Use:   "report [SPEC.yaml | RUN | QUERY]",
		Short: "Write the evidence of runs as one page",
		Long: `Write what runs tell as one HTML page that needs nothing else: the tables with
intervals, the tests and their verdict, how much hangs on models, samples and ground
truth, what each metric costs, and a paragraph on the methods with citations. A file
that ends in .md gets the same in Markdown, without figures. A spec is run first, but for what the store
has; a query takes all that it selects; the latest run is taken if none is named.`,
		Example: `  sfdalab report experiments/specs/zoo.yaml -o report.html
  sfdalab report tag:paper -o report.html --paper figures`,
		RunE: func(cmd *cobra.Command, args []string) error {
			result, runs, err := reported(cmd.Context(), storePath, args)
			if err != nil {
				return err
			}
			format := results.HTML
			if filepath.Ext(out) == ".md" {
				format = results.Markdown
			}
			r, err := result.Report(runs...)
			if err != nil {
				return err
			}
			var page bytes.Buffer
			if err := r.Write(&page, format); err != nil {
				return err
			}
			if err := os.WriteFile(out, page.Bytes(), 0o644); err != nil {
				return err
			}
			if paper != "" {
				if err := writeFiles(r, paper); err != nil {
					return err
				}
			}
			if failed := len(result.Failed()); failed > 0 {
				return fmt.Errorf("%d of %d cells have no score; the report is of the others, and says why", failed, len(result.Cells))
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().StringVarP(&out, "output", "o", "report.html", "file to write: .html, or .md for Markdown")
	cmd.Flags().StringVar(&paper, "paper", "", "folder for what a paper needs, too: each table as LaTeX and CSV, each figure as PDF, SVG and PNG, methods and references; report.tex holds them together")
	return cmd
}

// writeFiles writes the files of a report into a folder.
func writeFiles(r report.Report, folder string) error {
	files, err := r.Files()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.Name), f.Content, 0o644); err != nil {
			return err
		}
	}
	return nil
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
