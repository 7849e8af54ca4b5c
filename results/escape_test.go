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

// TestNoFormulas opens a CSV as a spreadsheet would, and reads it back.
func TestNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+x": "'+x", "-x": "'-x", "@sum": "'@sum", "\tx": "'\tx", "\rx": "'\rx", "-": "'-", "'=x": "''=x",
		"-0.5": "-0.5", "+1e-3": "+1e-3", "-Inf": "-Inf", "resnet-50": "resnet-50", "": "", "'x": "'x", "'-5": "'-5",
	} {
		if got := EscapeCSV(text); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
		if got := UnescapeCSV(EscapeCSV(text)); got != text {
			t.Errorf("%q is read again as %q", text, got)
		}
	}
	table := Table{Corner: "metric", Columns: []string{"=HYPERLINK(1)"}, Rows: []TableRow{{Label: "@m", Cells: []Cell{{Value: -0.5, Mark: "+"}}}}}
	var text strings.Builder
	if err := table.Write(&text, CSV); err != nil || text.String() != "metric,'=HYPERLINK(1),'=HYPERLINK(1) mark\n'@m,-0.5,'+\n" {
		t.Errorf("%v\n%s", err, &text)
	}
	scores, err := ReadScores(strings.NewReader("dataset,model,metric,score\npets,'-net,m,-1\n"))
	if err != nil || scores.Col("model").Records()[0] != "-net" {
		t.Errorf("%v, %v", scores, err)
	}
}
