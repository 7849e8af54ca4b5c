package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/internal/suggest"
	"sfdalab/results"
	"sfdalab/tracking"
)

func newDiff() *cobra.Command {
	var storePath string
	var tolerance float64
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Show how two runs differ: spec, inputs, versions, scores",
		Example: `  sfdalab diff 20260131-k2m latest
  sfdalab diff 20260131-k2m latest --tolerance 1e-9`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := openStore(cmd, storePath)
			if err != nil {
				return err
			}
			diff, err := store.Diff(args[0], args[1], tolerance)
			if err != nil {
				return err
			}
			return printDiff(cmd, diff)
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().Float64Var(&tolerance, "tolerance", 0, "relative difference up to which scores count as equal")
	return cmd
}

// printDiff prints how two runs differ; on a terminal in tables that fit it.
func printDiff(cmd *cobra.Command, d tracking.Diff) error {
	if width(cmd) == 0 {
		_, err := d.WriteTo(cmd.OutOrStdout())
		return err
	}
	for i, r := range []*tracking.Run{&d.A, &d.B} {
		fields := []string{"AB"[i : i+1], r.ID, r.Start.Local().Format(time.DateTime), results.OneLine(r.Experiment), results.OneLine(r.Name)}
		cmd.Println(strings.TrimSpace(strings.Join(fields, "  ")))
	}
	for _, part := range d.Parts() {
		t := newTable(part.Title, "A", "B", "B − A")
		for _, c := range part.Changes {
			rise := ""
			if part.Rises {
				rise = c.Rise()
			}
			t.AppendRow(table.Row{results.OneLine(c.What), cmp.Or(results.OneLine(c.A), "–"), cmp.Or(results.OneLine(c.B), "–"), rise})
		}
		cmd.Println()
		t.print(cmd)
	}
	cmd.Println()
	cmd.Println(d.Sum())
	return nil
}

func newExport() *cobra.Command {
	var storePath, out string
	cmd := &cobra.Command{
		Use:   "export [QUERY]",
		Short: "Export runs and scores",
		Long: `Export the scores that a query selects, or their tables; without a query, all of them.
The file's extension sets the format:

    .csv .jsonl .parquet       scores
    a folder (no extension)    scores, for "mlflow ui"
    .tex .md .html .table.csv  tables
    .truth.csv                 accuracies that a run fine-tuned, as a ground truth
    .db                        a store of these runs, for "sfdalab import"
    .zip                       such a store, and the specs and inputs of the runs

Without -o, scores are printed as CSV.`,
		Example: `  sfdalab export 'metric:sfda tag:paper' -o sfda.csv
  sfdalab export run:latest -o table2.db
  sfdalab export -o mlruns/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := tracking.ParseQuery(strings.Join(args, " "))
			if err != nil {
				return misuseError{err}
			}
			format, known := tracking.FormatOf(cmp.Or(out, ".csv"))
			if !known && !isPart(out) {
				return misuseError{fmt.Errorf("-o %s: the name must end in a format: %s, or .db or .zip for a store", out, tracking.FormatNames())}
			}
			store, err := openStore(cmd, storePath)
			if err != nil {
				return err
			}
			if isPart(out) {
				return exportPart(cmd, store, query, out)
			}
			selected, err := store.Select(query)
			if err != nil {
				return err
			}
			if len(selected) == 0 {
				cmd.PrintErrln(noRun(storePath, query) + ": nothing is exported")
				return nil
			}
			return exportRuns(cmd, selected, format, out)
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().StringVarP(&out, "output", "o", "", "file or folder to write")
	return cmd
}

// exportRuns writes runs in a format to a file or folder, or to standard output without a name.
func exportRuns(cmd *cobra.Command, selected []tracking.Selection, format tracking.Format, out string) error {
	if format.Folder != nil {
		if err := format.Folder(out, selected); err != nil {
			return err
		}
		cmd.PrintErrf("%s is a folder for %q\n", out, "mlflow ui --backend-store-uri "+out)
		return nil
	}
	write := format.Cells
	if write == nil {
		rec, err := recordOf(cmd, selected, "")
		if err != nil {
			return err
		}
		tables, _, err := rec.Tables(false)
		if err != nil {
			return err
		}
		write = func(w io.Writer, _ tracking.Rows) error { return format.WriteTables(w, tables) }
	}
	rows := tracking.RowsOf(selected...)
	if out == "" {
		return write(dataTo(cmd), rows)
	}
	return replaceFile(out, func(w io.Writer) error { return write(w, rows) })
}

// importers read cells from a file, by its extension.
var importers = map[string]func(r io.Reader, path string) ([]tracking.Cell, error){
	".csv":   func(r io.Reader, _ string) ([]tracking.Cell, error) { return tracking.ReadCSV(r) },
	".jsonl": func(r io.Reader, _ string) ([]tracking.Cell, error) { return tracking.ReadJSONL(r) },
	".json":  tracking.ReadReleased,
}

func newImport() *cobra.Command {
	var storePath, experiment string
	var note tracking.Annotation
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Store scores from a CSV or JSON Lines file as a run, or add exported runs",
		Long: `Store the scores in a file as a run: CSV, JSON Lines, or METRIC/DATASET_metrics.json as
the released code of SFDA writes it. Or add the runs of an exported store.`,
		Example: `  sfdalab import scores.csv --experiment elsewhere
  sfdalab import results_metrics/sfda/cifar10_metrics.json
  sfdalab import table2.db`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if isPart(args[0]) {
				if flag := changed(cmd, "experiment", "name", "tag", "notes"); flag != "" {
					return misuseError{fmt.Errorf("--%s is for scores: exported runs keep their own; change them with \"sfdalab annotate\"", flag)}
				}
				return importPart(cmd, storePath, args[0])
			}
			cells, sum, err := readScores(args[0])
			if err != nil {
				return err
			}
			source, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			store, err := createStore(cmd, storePath)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("experiment") {
				experiment = strings.TrimSuffix(filepath.Base(source), filepath.Ext(source))
			}
			id, err := store.Import(tracking.Run{
				Experiment: experiment,
				Annotation: note,
				Inputs:     map[string]string{source: sum},
			}, sum, cells)
			if err != nil {
				return err
			}
			run, err := store.Run(id)
			if err != nil {
				return err
			}
			cmd.Printf("stored %s as run %s\n", results.Count(run.Cells-run.Failed, "score"), id)
			if run.Failed > 0 {
				cmd.PrintErrf("warning: %s without a score\n", results.Count(run.Failed, "row"))
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().StringVar(&experiment, "experiment", "", "experiment that the run belongs to; the name of the file if not given")
	addAnnotation(cmd, &note)
	return cmd
}

// readScores reads the cells of a file, and returns the SHA-256 of what was read, too.
func readScores(path string) (cells []tracking.Cell, sum string, err error) {
	read, known := importers[filepath.Ext(path)]
	if !known {
		return nil, "", misuseError{fmt.Errorf("%s: name a .csv, .jsonl, .json, .db or .zip file", path)}
	}
	f, err := suggest.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	hash := sha256.New()
	cells, err = read(io.TeeReader(f, hash), path)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return cells, hex.EncodeToString(hash.Sum(nil)), nil
}
