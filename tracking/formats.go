package tracking

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/results"
)

// A Format is a way to hand out what is selected: its cells, or the tables of them.
type Format struct {
	Name      string // such as "csv"
	Extension string // of its files; "/" for a folder
	Kind      string // of media, for a browser

	// One of these says how.
	Cells  func(io.Writer, Rows) error
	Folder func(dir string, all []Selection) error
	Table  results.Format
}

// Formats are what the command and the page export.
var Formats = []Format{
	{Name: "csv", Extension: ".csv", Kind: "text/csv; charset=utf-8", Cells: ExportCSV},
	{Name: "jsonl", Extension: ".jsonl", Kind: "application/jsonl", Cells: ExportJSONL},
	{Name: "parquet", Extension: ".parquet", Kind: "application/vnd.apache.parquet", Cells: ExportParquet},
	{Name: "truth", Extension: ".truth.csv", Kind: "text/csv; charset=utf-8", Cells: ExportTruth},
	{Name: "mlflow", Extension: "/", Folder: ExportMLflow},
	{Name: "latex", Extension: ".tex", Kind: "text/plain; charset=utf-8", Table: results.LaTeX},
	{Name: "markdown", Extension: ".md", Kind: "text/markdown; charset=utf-8", Table: results.Markdown},
	{Name: "html", Extension: ".html", Kind: "text/html; charset=utf-8", Table: results.HTML},
	{Name: "table", Extension: ".table.csv", Kind: "text/csv; charset=utf-8", Table: results.CSV},
}

// FormatNames returns the names and extensions of the formats.
func FormatNames() string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = fmt.Sprintf("%s (%s)", f.Name, f.Extension)
	}
	return strings.Join(names, ", ")
}

// FormatOf returns the format of a file or of a folder: one that is there, or what ends in
// a slash or has no extension.
func FormatOf(path string) (found Format, ok bool) {
	if info, err := os.Stat(path); filepath.Ext(path) == "" || err == nil && info.IsDir() {
		path = strings.TrimRight(path, "/") + "/"
	}
	for _, f := range Formats {
		if strings.HasSuffix(path, f.Extension) && len(f.Extension) > len(found.Extension) {
			found, ok = f, true
		}
	}
	return found, ok
}

// FormatNamed returns the format of that name.
func FormatNamed(name string) (f Format, ok bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return f, false
	}
	return Formats[i], true
}

// File is what a browser calls a file of the format, "" for none of them.
func (f Format) File() string {
	switch {
	case f.Cells != nil:
		return "cells" + f.Extension
	case f.Table != "":
		return "tables" + f.Extension
	}
	return ""
}

// WriteTables writes tables one below the other.
func (f Format) WriteTables(w io.Writer, tables []results.Table) error {
	for i, t := range tables {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := t.Write(w, f.Table); err != nil {
			return err
		}
	}
	return nil
}
