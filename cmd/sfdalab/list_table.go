package main

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"sfdalab/results"
)

// A listTable is a table of text, with names in the first column. On a terminal it wraps
// its widest columns and leaves out the last ones where it would not fit; names are wrapped
// only where nothing else helps.
type listTable struct {
	table.Writer
	header  []any
	columns []table.ColumnConfig
	widths  []int // of the longest cell of each column; 0 where all are empty
}

// newTable returns an empty table with a header, without lines but those that set
// the header off.
func newTable(header ...any) *listTable {
	t := &listTable{Writer: table.NewWriter(), header: header}
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	style.Format.Header = 0
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	t.SuppressEmptyColumns()
	t.AppendHeader(header)
	for i := range header {
		t.columns = append(t.columns, table.ColumnConfig{Number: i + 1})
	}
	t.widths = make([]int, len(header))
	return t
}

// alignRight aligns columns of numbers, which are counted from 0.
func (t *listTable) alignRight(columns ...int) {
	for _, j := range columns {
		t.columns[j].Align = text.AlignRight
	}
}

// AppendRow adds a row, a cell for each column of the header.
func (t *listTable) AppendRow(row table.Row, config ...table.RowConfig) {
	for j, cell := range row {
		t.widths[j] = max(t.widths[j], utf8.RuneCountInString(fmt.Sprint(cell)))
	}
	t.Writer.AppendRow(row, config...)
}

// Below this width, in characters, a column is left out rather than wrapped; below half a
// line that is narrower than two of these.
const narrowColumn = 22

// fit returns the table for lines of so many characters, and how many columns it lacks
// then. Any width will do if it is 0.
func (t *listTable) fit(width int) (lines string, lacking int) {
	columns := slices.Clone(t.columns)
	defer func() { t.SetColumnConfigs(t.columns) }()
	widths := make([]int, len(t.widths))
	total := func(most int) int { // with columns of so many characters at most, but the first
		sum := widths[0] + 2
		for j, w := range widths[1:] {
			if w > 0 && !columns[j+1].Hidden {
				sum += min(w, most) + 2
			}
		}
		return sum
	}
	for j, w := range t.widths {
		if w > 0 {
			widths[j] = max(w, utf8.RuneCountInString(fmt.Sprint(t.header[j])))
		}
	}
	narrow := min(narrowColumn, max(width/2-2, 1))
	if width > 0 {
		for j := len(columns) - 1; j >= 2 && total(narrow) > width; j-- {
			if widths[j] > 0 {
				columns[j].Hidden = true
				lacking++
			}
		}
		for total(math.MaxInt) > width {
			widest := 1
			for j := 1; j < len(widths); j++ {
				if !columns[j].Hidden && (columns[widest].Hidden || widths[j] > widths[widest]) {
					widest = j
				}
			}
			if widths[widest] <= narrow {
				break
			}
			widths[widest]--
			columns[widest].WidthMax, columns[widest].WidthMaxEnforcer = widths[widest], text.WrapSoft
		}
	}
	if over := total(math.MaxInt) - width; over > 0 && width > 0 { // as a last resort, names are wrapped
		columns[0].WidthMax, columns[0].WidthMaxEnforcer = max(narrow, widths[0]-over), text.WrapSoft
	}
	t.SetColumnConfigs(columns)
	return t.Render(), lacking
}

// print prints the table as it fits the terminal.
func (t *listTable) print(cmd *cobra.Command) {
	lines, lacking := t.fit(width(cmd))
	cmd.Println(lines)
	if lacking > 0 {
		cmd.Printf(" +%s; --wide shows all\n", results.Count(lacking, "more column"))
	}
}
