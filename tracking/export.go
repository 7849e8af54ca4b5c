package tracking

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sfdalab/results"
)

// Rows calls row for each of some cells with the run that has it, and stops with its error.
// It can be called again and gives the same: which columns a table has is known only when
// all its cells have been seen.
type Rows func(row func(*Run, *Cell) error) error

// RowsOf returns the cells of selections.
func RowsOf(all ...Selection) Rows {
	return func(row func(*Run, *Cell) error) error {
		for i := range all {
			for j := range all[i].Cells {
				if err := row(&all[i].Run, &all[i].Cells[j]); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// A column is one column of the flat form of cells, a row a cell, that CSV and Parquet
// share.
type column struct {
	name   string
	text   func(*flatRow) string
	number func(*flatRow) (x float64, ok bool) // of a column of numbers; text is nil
}

// A flatRow is what columns are read from.
type flatRow struct {
	run    *Run
	cell   *Cell
	params map[string]string // of the cell, as people write them
}

// mostParams is how many parameters are kept read: the cells of a grid come back to them.
const mostParams = 1000

// newFlat returns a function that returns the row of a cell. Each call overwrites the row
// before.
func newFlat() func(*Run, *Cell) *flatRow {
	var r flatRow
	read := make(map[string]map[string]string) // by their JSON
	return func(run *Run, c *Cell) *flatRow {
		params, known := read[string(c.Params)]
		if !known {
			params = make(map[string]string)
			for name, raw := range c.params() {
				params[name] = paramText(raw)
			}
			if len(read) == mostParams {
				clear(read)
			}
			read[string(c.Params)] = params
		}
		r = flatRow{run, c, params}
		return &r
	}
}

// Names of columns for what cells have under names of their own begin so.
const (
	paramPrefix  = "param."
	detailPrefix = "detail."
	filePrefix   = "file."
)

// columns returns the columns of rows: first the score and what it is of, last those of
// parameters, details and files in order of their names.
func columns(rows Rows) ([]column, error) {
	text := func(name string, get func(*flatRow) string) column { return column{name: name, text: get} }
	number := func(name string, get func(*Cell) float64) column {
		return column{name: name, number: func(r *flatRow) (float64, bool) { return get(r.cell), true }}
	}
	cols := []column{
		text("dataset", func(r *flatRow) string { return r.cell.Dataset }),
		text("model", func(r *flatRow) string { return r.cell.Model }),
		text("metric", func(r *flatRow) string { return r.cell.Metric }),
		{name: "score", number: func(r *flatRow) (float64, bool) { return r.cell.Score, r.cell.Error == "" }},
		text("split", func(r *flatRow) string { return r.cell.Subset }),
		text("error", func(r *flatRow) string { return r.cell.Error }),
		text("warnings", func(r *flatRow) string { return strings.Join(r.cell.Warnings, "\n") }),
		text("run", func(r *flatRow) string { return r.run.ID }),
		text("experiment", func(r *flatRow) string { return r.run.Experiment }),
		text("name", func(r *flatRow) string { return r.run.Name }),
		text("start", func(r *flatRow) string { return r.run.Start.Format(time.RFC3339) }),
		number("version", func(c *Cell) float64 { return float64(c.Version) }),
		text("seed", func(r *flatRow) string { return strconv.FormatUint(r.cell.Seed, 10) }),
		number("seconds", func(c *Cell) float64 { return c.Seconds }),
		number("cpu_seconds", func(c *Cell) float64 { return c.CPUSeconds }),
		number("peak_bytes", func(c *Cell) float64 { return float64(c.PeakBytes) }),
	}
	params, details, files := map[string]bool{}, map[string]bool{}, map[string]bool{}
	flat := newFlat()
	err := rows(func(run *Run, c *Cell) error {
		for k := range flat(run, c).params {
			params[k] = true
		}
		for k := range c.Details {
			details[k] = true
		}
		for k := range c.Files {
			files[k] = true
		}
		return nil
	})
	for _, k := range slices.Sorted(maps.Keys(params)) {
		cols = append(cols, text(paramPrefix+k, func(r *flatRow) string { return r.params[k] }))
	}
	for _, k := range slices.Sorted(maps.Keys(details)) {
		cols = append(cols, column{name: detailPrefix + k, number: func(r *flatRow) (float64, bool) {
			x, ok := r.cell.Details[k]
			return x, ok
		}})
	}
	for _, k := range slices.Sorted(maps.Keys(files)) {
		cols = append(cols, text(filePrefix+k, func(r *flatRow) string { return r.cell.Files[k] }))
	}
	return cols, err
}

// params returns the parameters by name, as JSON.
func (c *Cell) params() map[string]json.RawMessage {
	var params map[string]json.RawMessage
	json.Unmarshal(c.Params, &params) // params were written by Canonical, or are empty
	return params
}

// paramText returns a parameter as people write it: text without quotes, unless
// it would be read as something else.
func paramText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" && !json.Valid([]byte(text)) {
		return text
	}
	return string(raw)
}

// ExportCSV writes a row a cell. Numbers have all the digits they need to be
// read back to the last bit. Texts that spreadsheets would run are escaped.
func ExportCSV(w io.Writer, rows Rows) error {
	cols, err := columns(rows)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	row := make([]string, len(cols))
	for i, c := range cols {
		row[i] = c.name
	}
	out.Write(row)
	flat := newFlat()
	err = rows(func(run *Run, c *Cell) error {
		r := flat(run, c)
		for i, c := range cols {
			row[i] = ""
			if c.text != nil {
				row[i] = results.EscapeCSV(c.text(r))
			} else if x, ok := c.number(r); ok {
				row[i] = strconv.FormatFloat(x, 'g', -1, 64)
			}
		}
		return out.Write(row)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// An object is a line of JSON Lines: a cell and the run that has it. Its numbers are
// the cell's, in a form that may be missing or not finite.
type object struct {
	Run        string `json:"run,omitempty"`
	Experiment string `json:"experiment,omitempty"`
	Name       string `json:"name,omitempty"`
	Cell
	Score      *number64 `json:"score"` // null if there is none
	Seconds    number64  `json:"seconds,omitempty"`
	CPUSeconds number64  `json:"cpu_seconds,omitempty"`
}

// newObject returns a cell of a run as it is exported.
func newObject(r *Run, c *Cell) object {
	o := object{Run: r.ID, Experiment: r.Experiment, Name: r.Name, Cell: *c, Seconds: number64(c.Seconds), CPUSeconds: number64(c.CPUSeconds)}
	if c.Error == "" {
		o.Score = (*number64)(&o.Cell.Score)
	}
	return o
}

// Exported returns the cell for JSON, as a line of JSON Lines has it: its score is null where
// it has none.
func (c *Cell) Exported() any { return newObject(&Run{}, c) }

// cell returns the cell without its score.
func (o *object) cell() Cell {
	c := o.Cell
	c.Score, c.Seconds, c.CPUSeconds = 0, float64(o.Seconds), float64(o.CPUSeconds)
	return c
}

// ExportJSONL writes an object a line and cell: the cell, and before it the
// run's ID, experiment and name. A cell without a score has null.
func ExportJSONL(w io.Writer, rows Rows) error {
	out := json.NewEncoder(w)
	return rows(func(run *Run, c *Cell) error {
		if err := out.Encode(newObject(run, c)); err != nil {
			return fmt.Errorf("export: %w", err)
		}
		return nil
	})
}
