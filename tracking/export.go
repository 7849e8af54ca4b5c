package tracking

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sfdalab/results"
)

// A column is one column of the flat form of selections, a row a cell, that CSV
// and Parquet share.
type column struct {
	name   string
	text   func(*Run, *Cell) string
	number func(*Run, *Cell) (x float64, ok bool) // of a column of numbers; text is nil
}

// Names of columns for what cells have under names of their own begin so.
const (
	paramPrefix  = "param."
	detailPrefix = "detail."
	filePrefix   = "file."
)

// columns returns the columns of all: first the score and what it is of, last those of
// parameters, details and files in order of their names.
func columns(all []Selection) []column {
	text := func(name string, get func(*Run, *Cell) string) column { return column{name: name, text: get} }
	number := func(name string, get func(*Cell) float64) column {
		return column{name: name, number: func(_ *Run, c *Cell) (float64, bool) { return get(c), true }}
	}
	cols := []column{
		text("dataset", func(_ *Run, c *Cell) string { return c.Dataset }),
		text("model", func(_ *Run, c *Cell) string { return c.Model }),
		text("metric", func(_ *Run, c *Cell) string { return c.Metric }),
		{name: "score", number: func(_ *Run, c *Cell) (float64, bool) { return c.Score, c.Error == "" }},
		text("split", func(_ *Run, c *Cell) string { return c.Subset }),
		text("error", func(_ *Run, c *Cell) string { return c.Error }),
		text("warnings", func(_ *Run, c *Cell) string { return strings.Join(c.Warnings, "\n") }),
		text("run", func(r *Run, _ *Cell) string { return r.ID }),
		text("experiment", func(r *Run, _ *Cell) string { return r.Experiment }),
		text("name", func(r *Run, _ *Cell) string { return r.Name }),
		text("start", func(r *Run, _ *Cell) string { return r.Start.Format(time.RFC3339) }),
		number("version", func(c *Cell) float64 { return float64(c.Version) }),
		text("seed", func(_ *Run, c *Cell) string { return strconv.FormatUint(c.Seed, 10) }),
		number("seconds", func(c *Cell) float64 { return c.Seconds }),
		number("cpu_seconds", func(c *Cell) float64 { return c.CPUSeconds }),
		number("peak_bytes", func(c *Cell) float64 { return float64(c.PeakBytes) }),
	}
	params, details, files := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range all {
		for _, c := range s.Cells {
			for k := range c.params() {
				params[k] = true
			}
			for k := range c.Details {
				details[k] = true
			}
			for k := range c.Files {
				files[k] = true
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(params)) {
		cols = append(cols, text(paramPrefix+k, func(_ *Run, c *Cell) string { return paramText(c.params()[k]) }))
	}
	for _, k := range slices.Sorted(maps.Keys(details)) {
		cols = append(cols, column{name: detailPrefix + k, number: func(_ *Run, c *Cell) (float64, bool) {
			x, ok := c.Details[k]
			return x, ok
		}})
	}
	for _, k := range slices.Sorted(maps.Keys(files)) {
		cols = append(cols, text(filePrefix+k, func(_ *Run, c *Cell) string { return c.Files[k] }))
	}
	return cols
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
func ExportCSV(w io.Writer, all []Selection) error {
	cols := columns(all)
	out := csv.NewWriter(w)
	row := make([]string, len(cols))
	for i, c := range cols {
		row[i] = c.name
	}
	out.Write(row)
	for _, s := range all {
		for i := range s.Cells {
			for j, c := range cols {
				row[j] = ""
				if c.text != nil {
					row[j] = results.EscapeCSV(c.text(&s.Run, &s.Cells[i]))
				} else if x, ok := c.number(&s.Run, &s.Cells[i]); ok {
					row[j] = strconv.FormatFloat(x, 'g', -1, 64)
				}
			}
			out.Write(row)
		}
	}
	out.Flush()
	return out.Error()
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

// cell returns the cell without its score.
func (o *object) cell() Cell {
	c := o.Cell
	c.Score, c.Seconds, c.CPUSeconds = 0, float64(o.Seconds), float64(o.CPUSeconds)
	return c
}

// ExportJSONL writes an object a line and cell: the cell, and before it the
// run's ID, experiment and name. A cell without a score has null.
func ExportJSONL(w io.Writer, all []Selection) error {
	out := json.NewEncoder(w)
	for _, s := range all {
		for i := range s.Cells {
			if err := out.Encode(newObject(&s.Run, &s.Cells[i])); err != nil {
				return fmt.Errorf("export: %w", err)
			}
		}
	}
	return nil
}
