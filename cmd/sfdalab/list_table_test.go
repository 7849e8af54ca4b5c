package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
)

func TestListFits(t *testing.T) {
	list := newTable("name", "paper", "empty", "remarks", "more")
	list.AppendRow(table.Row{"sfda", strings.Repeat("a long title ", 5), "", strings.Repeat("words ", 10), "last"})
	whole, lacking := list.fit(0)
	if lacking != 0 || !strings.Contains(whole, "last") || strings.Contains(whole, "empty") {
		t.Errorf("without a width, %d columns are missing:\n%s", lacking, whole)
	}
	for width := 40; width < 200; width += 10 {
		lines, lacking := list.fit(width)
		for line := range strings.Lines(lines) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("a line of %d characters for a width of %d:\n%s", n, width, lines)
			}
		}
		if shown := strings.Contains(lines, "last"); shown != (lacking == 0) {
			t.Errorf("%d columns are said to be missing from\n%s", lacking, lines)
		}
	}
	if again, _ := list.fit(0); again != whole {
		t.Errorf("the table has changed:\n%s", again)
	}
	named := newTable("figure", "value")
	named.AppendRow(table.Row{strings.Repeat("a long name ", 9), "0.5"})
	lines, _ := named.fit(60)
	for line := range strings.Lines(lines) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 60 {
			t.Errorf("a line of %d characters:\n%s", n, lines)
		}
	}
}
