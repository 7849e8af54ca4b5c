package results

import (
	"strings"
	"testing"
)

// TestNamesAreNoMarkup writes a table whose names are markup of each format.
func TestNamesAreNoMarkup(t *testing.T) {
	const label = "[2cm]<img src=x onerror=alert(1)> [a](javascript:b) \x1b[2J\nx"
	table := Table{
		Caption: label, Corner: label, Columns: []string{label}, Tests: []string{label}, Notes: []string{label}, Label: "tab:\nx",
		Rows: []TableRow{{Label: label, Cells: []Cell{{Value: 0.5, Mark: label}}}, {Label: "*", Cells: []Cell{{Text: label}}}},
	}
	for format, refused := range map[Format][]string{
		Text: {"\x1b[2J"}, Terminal: {"\x1b[2J"},
		Markdown: {"\x1b", "<img", "](", "\nx"},
		LaTeX:    {"\x1b", "\\\\\n[", "\\\\\n*", "\n[", "\nx"},
		HTML:     {"\x1b", "<img"},
	} {
		var text strings.Builder
		if err := table.Write(&text, format); err != nil {
			t.Fatal(err)
		}
		for _, r := range refused {
			if strings.Contains(text.String(), r) {
				t.Errorf("%s has %q:\n%s", format, r, &text)
			}
		}
	}
	var text strings.Builder
	if err := table.Write(&text, CSV); err != nil || !strings.Contains(text.String(), "\x1b") {
		t.Errorf("CSV is not the data as it is: %v\n%s", err, &text)
	}
}
