package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// A line of help is no longer than this, so that it can be read on a wide terminal too.
const mostHelp = 100

// fitHelp has the help of a command fit lines of so many characters, if that is not 0.
func fitHelp(c *cobra.Command, width int) {
	if width == 0 {
		return
	}
	width = min(width, mostHelp)
	c.Long = wrapped(reflowed(c.Long, width), width)
	c.Example = examples(c.Example, width)
}

// reflowed returns Markdown as a terminal shows it: paragraphs as one line each, rows of
// tables as "key  value", code indented, links by their text.
func reflowed(markdown string, width int) string {
	var out []string
	var table [][]string
	endTable := func() {
		out = append(out, rows(table, width)...)
		table = nil
	}
	code, open, item := false, false, false // in a block of code; the last line may go on; it is that of a list
	for line := range strings.SplitSeq(markdown, "\n") {
		if strings.HasPrefix(line, "```") {
			code, open = !code, false
			continue
		}
		if code {
			if strings.HasPrefix(line, "sfdalab ") {
				line = examples(line, width-4)
			}
			out = append(out, "    "+strings.ReplaceAll(line, "\n", "\n    "))
			continue
		}
		if strings.HasPrefix(line, "|") {
			if strings.Trim(line, "|-: ") != "" {
				table = append(table, split(line))
			}
			continue
		}
		endTable()
		line = link.ReplaceAllString(line, "$1")
		if item {
			line = strings.TrimPrefix(line, "  ")
		}
		if open && line != "" && !strings.HasPrefix(line, "- ") && !strings.HasPrefix(line, " ") {
			out[len(out)-1] += " " + line
			continue
		}
		out = append(out, line)
		open = line != "" && !strings.HasPrefix(line, "#")
		item = strings.HasPrefix(line, "- ")
	}
	endTable()
	return strings.Join(out, "\n")
}

var link = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

// split returns the cells of a row of a table.
func split(row string) []string {
	row = strings.ReplaceAll(strings.Trim(row, "| "), `\|`, "\x00")
	cells := strings.Split(row, " | ")
	for i, c := range cells {
		c = link.ReplaceAllString(strings.TrimSpace(c), "$1")
		cells[i] = strings.ReplaceAll(c, "\x00", "|")
	}
	return cells
}

// rows returns the lines of a table. Where the first cells are longer than names, the
// others stand below them, with their headings.
func rows(table [][]string, width int) (lines []string) {
	longest := 0
	for _, cells := range table {
		longest = max(longest, len(cells[0]))
	}
	if longest+4 > width/2 {
		for i, cells := range table {
			if i == 0 {
				continue
			}
			lines = append(lines, "  "+cells[0])
			for j, c := range cells[1:] {
				lines = append(lines, "      "+table[0][j+1]+": "+c)
			}
		}
		return lines
	}
	for _, cells := range table {
		pad := strings.Repeat(" ", longest-len(cells[0]))
		lines = append(lines, "  "+cells[0]+pad+"  "+strings.Join(cells[1:], "  "))
	}
	return lines
}

// examples returns commands that are continued as a shell wants it. A comment that does
// not fit the line of its command stands above it.
func examples(commands string, width int) string {
	var lines []string
	for line := range strings.SplitSeq(commands, "\n") {
		if len(line) > width {
			if command, comment, ok := strings.Cut(line, " # "); ok {
				lines, line = append(lines, "  # "+comment), strings.TrimRight(command, " ")
			}
		}
		if len(line) > width {
			lines = slices.Concat(lines, fill(line, width, "      ", ` \`))
		} else {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
