package results

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"
)

// TestTerminalFits writes tables of any size for terminals of any width: no line is too
// long unless it holds one column alone, and no cell is lost.
func TestTerminalFits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(40, 200).Draw(rt, "width")
		table := Table{Corner: "metric", Digits: 3, Notes: []string{strings.Repeat("a note that is long ", 6)}}
		for j := range rapid.IntRange(1, 14).Draw(rt, "columns") {
			table.Columns = append(table.Columns, fmt.Sprintf("dataset%d", j))
		}
		for i := range rapid.IntRange(1, 5).Draw(rt, "rows") {
			row := TableRow{Label: fmt.Sprint(i) + strings.Repeat("x", rapid.IntRange(0, 60).Draw(rt, "label"))}
			for j := range table.Columns {
				row.Cells = append(row.Cells, Cell{Value: float64(i) + float64(j)/1000})
			}
			table.Rows = append(table.Rows, row)
		}
		var b strings.Builder
		if err := table.WriteTerminal(&b, width); err != nil {
			rt.Fatal(err)
		}
		out := text.StripEscape(b.String())
		for _, line := range strings.Split(out, "\n") {
			if utf8.RuneCountInString(line) > width {
				rt.Errorf("a line of %d characters for a width of %d:\n%s", utf8.RuneCountInString(line), width, out)
			}
		}
		for _, row := range table.Rows {
			for j, c := range row.Cells {
				if !strings.Contains(out, table.number(c.Value)) || !strings.Contains(out, table.Columns[j]) {
					rt.Errorf("%s of %s is missing:\n%s", table.number(c.Value), table.Columns[j], out)
				}
			}
		}
	})
}

// In a table of several blocks means come first.
func TestTerminalShowsMeansFirst(t *testing.T) {
	table := Table{Digits: 3, Rows: []TableRow{{Label: "sfda"}}}
	for j := range 11 {
		table.Columns = append(table.Columns, fmt.Sprintf("dataset%d", j))
		table.Rows[0].Cells = append(table.Rows[0].Cells, Cell{Value: float64(j)})
	}
	table.Columns, table.Rows[0].Cells = append(table.Columns, MeanColumn), append(table.Rows[0].Cells, Cell{Value: 5})
	for width, first := range map[int]string{60: MeanColumn, 200: "dataset0"} {
		var b strings.Builder
		if err := table.WriteTerminal(&b, width); err != nil {
			t.Fatal(err)
		}
		if got := strings.Fields(b.String())[0]; got != first {
			t.Errorf("%d characters wide, the first column is %s, want %s:\n%s", width, got, first, b.String())
		}
	}
}

func TestTerminalKeepsLabelsDistinct(t *testing.T) {
	long := strings.Repeat("a", 30)
	table := Table{Columns: []string{"d"}, Rows: []TableRow{
		{Label: long + "1" + long, Cells: []Cell{{Value: 1}}},
		{Label: long + "2" + long, Cells: []Cell{{Value: math.NaN()}}},
	}}
	var b strings.Builder
	if err := table.WriteTerminal(&b, 40); err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows {
		if !strings.Contains(b.String(), r.Label) {
			t.Errorf("%s is not in\n%s", r.Label, b.String())
		}
	}
}
