package results

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Table is a table as papers print it: a row for each metric or variant, a column
// for each dataset. It says what is in the table; Write says how it looks.
type Table struct {
	Caption string // sentences, without markup
	Label   string // by which LaTeX refers to the table, such as "tab:taus"; "" for none
	Corner  string // heads the labels of rows
	Columns []string
	Rows    []TableRow
	Digits  int      // after the point
	Lower   bool     // a lower value is better
	Notes   []string // say what marks mean; a part of the caption
	Tests   []string // sentences on tests, below the table; comments in LaTeX

	Intervals    bool   // show the interval of each cell that has one, as [lo, hi]
	PlusMinus    bool   // as +up/-down instead, how far the ends lie from the value
	IntervalsAre string // such as "the 95 % interval, by the bootstrap over models"
}

// A TableRow holds a cell for each column.
type TableRow struct {
	Label string
	Cells []Cell
	Apart bool // begins a block of its own, below a rule
}

// A Cell is a value with, maybe, an interval and a mark.
type Cell struct {
	Value float64 // NaN is missing and shown as a dash
	Interval
	Mark string // follows the number, such as "†"
	Text string // shown instead of the number, such as "<0.001"

	// Unranked cells are neither best nor second, as they cannot be compared with
	// the others of their column.
	Unranked bool
}

// partial marks a mean that lacks some datasets.
const partial = "†"

// NewTable returns the table of one measure: a row for each metric, a column for each
// dataset, and their mean. Rows and columns come in the order of rows. The mean of a
// metric that lacks a dataset is marked and not ranked, for it is over fewer.
func NewTable(rows []Row, m Measure, truth string) Table {
	cells := map[[2]string]Cell{}
	t := Table{Corner: "metric", Digits: 3, Lower: m.Lower}
	var metrics []string
	var models []int
	for _, r := range rows {
		if r.Measure != m.Name {
			continue
		}
		metrics, t.Columns = append(metrics, r.Metric), append(t.Columns, r.Dataset)
		cells[[2]string{r.Metric, r.Dataset}] = Cell{Value: r.Value, Interval: r.Interval}
		if !math.IsNaN(r.Value) {
			models = append(models, r.N)
		}
	}
	t.Columns = Distinct(t.Columns)
	datasets := len(t.Columns)
	for _, metric := range Distinct(metrics) {
		row := TableRow{Label: metric}
		for _, dataset := range t.Columns {
			c, ok := cells[[2]string{metric, dataset}]
			if !ok {
				c = missing()
			}
			row.Cells = append(row.Cells, c)
		}
		if datasets > 1 {
			mean := Mean(row.Cells)
			row.Cells = append(row.Cells, mean)
		}
		t.Rows = append(t.Rows, row)
	}
	if datasets > 1 {
		t.Columns = append(t.Columns, MeanColumn)
	}
	t.NotePartial()
	t.Caption = fmt.Sprintf("%s of scores and fine-tuned accuracies (%s, %s).", Capital(m.Title), truth, span(models, "model"))
	return t
}

// NotePartial notes what marks means over fewer datasets, if there is one and it is not
// noted.
func (t *Table) NotePartial() {
	const note = partial + " mean over fewer datasets, not ranked"
	marked := func(r TableRow) bool {
		return slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Mark == partial })
	}
	if slices.ContainsFunc(t.Rows, marked) && !slices.Contains(t.Notes, note) {
		t.Notes = append(t.Notes, note)
	}
}

// span says a range of counts, such as "10 to 12 models".
func span(counts []int, noun string) string {
	if len(counts) == 0 {
		return "no " + noun + "s"
	}
	lo, hi := slices.Min(counts), slices.Max(counts)
	if lo != hi {
		return fmt.Sprintf("%d to %d %ss", lo, hi, noun)
	}
	return Count(lo, noun)
}

// Count says how many there are of a thing, such as "1 model" or "10 models".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Capital returns a sentence with its first letter in upper case.
func Capital(s string) string {
	_, first := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:first]) + s[first:]
}

// missing returns a cell without a value.
func missing() Cell { return Cell{Value: math.NaN()} }

// MeanColumn heads the means over datasets.
const MeanColumn = "mean"

// Mean returns the mean of cells that have a value, marked where one has none.
func Mean(cells []Cell) Cell {
	mean := missing()
	var sum float64
	var n int
	for _, c := range cells {
		if !math.IsNaN(c.Value) {
			sum += c.Value
			n++
		}
	}
	mean.Unranked = n < len(cells)
	if n > 0 {
		mean.Value = sum / float64(n)
		if mean.Unranked {
			mean.Mark = partial
		}
	}
	return mean
}

// MeanIntervals gives the mean of a measure of each metric of NewTable its MeanInterval,
// over datasets, and shows the intervals of all cells. With fewer than five datasets means
// have none.
func (t *Table) MeanIntervals(m Measure, r Resampling) {
	t.Intervals = true
	t.IntervalsAre = fmt.Sprintf("the %g %% interval, by the bootstrap over models", 100*r.OrDefault().Level)
	last := len(t.Columns) - 1
	if last < 1 || t.Columns[last] != MeanColumn {
		return
	}
	for _, row := range t.Rows {
		var values []float64
		for _, c := range row.Cells[:last] {
			values = append(values, c.Value)
		}
		row.Cells[last].Interval, _ = MeanInterval(m, slices.DeleteFunc(values, math.IsNaN), r)
	}
	if t.has(last, t.hasInterval) {
		t.IntervalsAre += "; of a mean, over datasets"
	}
}

// number returns v rounded to the table's digits: to nearest of the exact value, and
// no negative zero. A huge number is in powers of ten. The dash of a missing value is an en dash.
func (t Table) number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if math.Abs(v) >= 1e15 { // which has no digits behind the point, and up to 300 before it
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', t.Digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}

// value returns the value of a cell as the table shows it.
func (t Table) value(c Cell) string {
	if c.Text != "" {
		return c.Text
	}
	return t.number(c.Value)
}

// hasInterval reports whether the table shows an interval of a cell.
func (t Table) hasInterval(c Cell) bool {
	return t.Intervals && c.Exists() && !math.IsNaN(c.Value)
}

// What follows is for those who write a table themselves.

// Number returns the value of a cell as the table shows it.
func (t Table) Number(c Cell) string { return t.value(c) }

// Range returns the interval of a cell as the table shows it, "" where it shows none.
func (t Table) Range(c Cell) string { return t.interval(c) }

// Best returns which cells are the best of their columns, rows by columns.
func (t Table) Best() [][]bool {
	all := make([][]bool, len(t.Rows))
	for i, row := range t.places() {
		for _, p := range row {
			all[i] = append(all[i], p == best)
		}
	}
	return all
}

// AllNotes returns what the table says below it: on intervals, marks and tests.
func (t Table) AllNotes() []string { return slices.Concat(t.notes(), t.Tests) }

// interval returns the interval of a cell, "" where none is shown.
func (t Table) interval(c Cell) string {
	switch {
	case !t.hasInterval(c):
		return ""
	case c.Kind == Spread:
		return "±" + t.number(c.Hi-c.Value)
	case t.PlusMinus:
		up, down := t.ends(c)
		return up + "/" + down
	}
	return "[" + t.number(c.Lo) + ", " + t.number(c.Hi) + "]"
}

// ends returns how far the upper and the lower end of an interval lie from the value,
// rounded from the exact difference.
func (t Table) ends(c Cell) (up, down string) {
	signed := func(d float64, zero string) string {
		s := t.number(d)
		switch {
		case strings.Trim(s, "0.") == "":
			return zero + s
		case d > 0:
			return "+" + s
		}
		return s
	}
	return signed(c.Hi-c.Value, "+"), signed(c.Lo-c.Value, "-")
}

// behind returns what follows the number of a cell: its interval and its mark.
func (t Table) behind(c Cell) string {
	if in := t.interval(c); in != "" {
		return in + c.Mark
	}
	return strings.TrimPrefix(c.Mark, " ")
}

// notes returns what the table says below it, or in its caption: what intervals and
// marks are.
func (t Table) notes() []string {
	shown := false
	for j := range t.Columns {
		shown = shown || t.has(j, t.hasInterval)
	}
	if !shown || t.IntervalsAre == "" {
		return t.Notes
	}
	form := "brackets hold "
	if t.PlusMinus {
		form = "+ and − lead to the ends of "
	}
	if t.spread() {
		form = "± is "
	}
	return slices.Insert(slices.Clone(t.Notes), 0, form+t.IntervalsAre)
}

// spread reports whether the intervals that the table shows are spreads.
func (t Table) spread() bool {
	return slices.ContainsFunc(t.Rows, func(r TableRow) bool {
		return slices.ContainsFunc(r.Cells, func(c Cell) bool { return t.hasInterval(c) && c.Kind == Spread })
	})
}

// has reports whether some cell of column j has what is asked for.
func (t Table) has(j int, what func(Cell) bool) bool {
	return slices.ContainsFunc(t.Rows, func(r TableRow) bool { return what(r.Cells[j]) })
}

// hasBehind reports whether something follows a number in column j. It has a column of
// its own then, so that the numbers align on the point.
func (t Table) hasBehind(j int) bool {
	return t.has(j, func(c Cell) bool { return t.behind(c) != "" })
}

// place is where a cell stands among those of its column.
type place int

const (
	other place = iota
	best
	second
)

// places returns the place of each cell, rows by columns. Cells that show the same
// number share their place, and there are no places in a table of one row.
func (t Table) places() [][]place {
	places := make([][]place, len(t.Rows))
	for i := range places {
		places[i] = make([]place, len(t.Columns))
	}
	for j := range t.Columns {
		value := func(i int) (v float64, ok bool) {
			c := t.Rows[i].Cells[j]
			if math.IsNaN(c.Value) || c.Unranked {
				return 0, false
			}
			v, _ = strconv.ParseFloat(t.number(c.Value), 64)
			if t.Lower {
				v = -v
			}
			return v, true
		}
		var values []float64
		for i := range t.Rows {
			if v, ok := value(i); ok {
				values = append(values, v)
			}
		}
		slices.Sort(values)
		values = slices.Compact(values)
		if len(t.Rows) < 2 {
			continue
		}
		for i := range t.Rows {
			v, ok := value(i)
			switch k := slices.Index(values, v); {
			case ok && k == len(values)-1:
				places[i][j] = best
			case ok && k == len(values)-2:
				places[i][j] = second
			}
		}
	}
	return places
}
