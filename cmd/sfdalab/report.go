package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/results/report"
	"sfdalab/tracking"
)

func newReport() *cobra.Command {
	var storePath, out, paper, truth string
	var supplementary bool
	cmd := &cobra.Command{
		Use:   "report [SPEC.yaml | RUN | QUERY]",
		Short: "Write all the evidence of runs as one page",
		Long: `Write the results of runs as one HTML page that needs no other file: tables with
intervals, baselines that see no target data, the verdict of one test, how much the result
depends on models, samples and ground truth, the cost of each metric, and a paragraph on
the methods with citations. A file that ends in .md is Markdown, without figures.

A spec is run first; scores that are in the store are not computed again. A query selects
runs. Without an argument, the latest run that has a score is taken.`,
		Example: `  sfdalab report experiments/specs/zoo.yaml -o report.html
  sfdalab report tag:paper -o report.html --paper figures`,
		RunE: func(cmd *cobra.Command, args []string) error {
			format, err := pageFormat(out)
			if err != nil {
				return err
			}
			selections, err := reported(cmd, storePath, args)
			if err != nil {
				return err
			}
			rec, err := recordOf(cmd, selections, truth)
			if err != nil {
				return err
			}
			if !baselinesWanted(cmd) {
				rec.Baselines = nil
			}
			in, err := report.Of(rec)
			if err != nil {
				return err
			}
			in.Supplementary = supplementary
			progress := newProgress(cmd.ErrOrStderr())
			in.Resampling.Progress = progress.each()
			r, err := report.New(in)
			progress.stop()
			if err != nil {
				return err
			}
			if err := writePage(r, out, format); err != nil {
				return err
			}
			cmd.PrintErrf("wrote %s\n", out)
			if err := writeFiles(r, paper); err != nil {
				return err
			}
			if failed := len(rec.Failed()); failed > 0 {
				return fmt.Errorf("%d of %d cells have no score; the report covers the others, and says why", failed, len(rec.Scores))
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	addTruth(cmd, &truth)
	addNoBaselines(cmd)
	cmd.Flags().BoolVar(&supplementary, "supplementary", false, "print tests that do not decide in Markdown and LaTeX, too; HTML folds them away")
	cmd.Flags().StringVarP(&out, "output", "o", "report.html", "file to write: .html, or .md for Markdown")
	cmd.Flags().StringVar(&paper, "paper", "", "also write what a paper needs to this folder: tables as LaTeX and CSV, figures as PDF, SVG and PNG, methods and references; report.tex includes them all")
	return cmd
}

// pageFormat returns the format of a report by the name of its file.
func pageFormat(path string) (results.Format, error) {
	switch filepath.Ext(path) {
	case ".md":
		return results.Markdown, nil
	case ".html", ".htm", "":
		return results.HTML, nil
	}
	return "", misuseError{fmt.Errorf("-o %s: the name must end in .html, or .md for Markdown", path)}
}

// writePage writes a report as one file.
func writePage(r report.Report, path string, format results.Format) error {
	return replaceFile(path, func(w io.Writer) error { // no half of a file is left, nor an earlier one lost
		page := bufio.NewWriter(w)
		return errors.Join(r.Write(page, format), page.Flush())
	})
}

// writeFiles writes the files of a report into a folder; none if it is "".
func writeFiles(r report.Report, folder string) error {
	if folder == "" {
		return nil
	}
	files, err := r.Files()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		err := replaceFile(filepath.Join(folder, f.Name), func(w io.Writer) error {
			_, err := w.Write(f.Content)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reported returns what the arguments of report name.
func reported(cmd *cobra.Command, storePath string, args []string) ([]tracking.Selection, error) {
	if len(args) == 1 && (filepath.Ext(args[0]) == ".yaml" || filepath.Ext(args[0]) == ".yml") {
		return reportedSpec(cmd, storePath, args[0])
	}
	if len(args) != 1 {
		return selected(cmd, storePath, args)
	}
	run, err := findRun(cmd, storePath, args)
	if errors.Is(err, tracking.ErrNoRun) || errors.Is(err, tracking.ErrManyRuns) {
		return selected(cmd, storePath, args)
	}
	return run, err
}

// reportedSpec runs a spec.
func reportedSpec(cmd *cobra.Command, storePath, path string) ([]tracking.Selection, error) {
	spec, err := experiments.Load(path)
	if err != nil {
		return nil, misuseError{err}
	}
	store, err := createStore(cmd, storePath)
	if err != nil {
		return nil, err
	}
	result, err := experiments.Run(cmd.Context(), spec, experiments.Options{Store: store})
	if err != nil {
		return nil, err
	}
	return selectRun(store, result.Run)
}
