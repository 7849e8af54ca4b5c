package main

import (
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// wrapped returns a text with lines of so many characters at most; any if it is 0. What
// follows a name, as in "seed   0" or "warning: a tie", is continued below it. A word that
// is longer than a line, such as a path, stays whole: the terminal breaks it, and it can
// still be copied.
func wrapped(s string, width int) string {
	if width <= 0 {
		return s
	}
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if text.StringWidthWithoutEscSequences(line) <= width {
			lines = append(lines, line)
			continue
		}
		indent := hanging(line, width)
		lines = append(lines, fill(line, width, strings.Repeat(" ", indent), "")...)
	}
	return strings.Join(lines, "\n")
}

var (
	named   = regexp.MustCompile(`^ *\S+(?: \S+)*?  +`)
	labeled = regexp.MustCompile(`^ *(?:- |[a-z]+(?: \d+)?: )`)
)

// hanging returns by how many spaces what does not fit a line is indented.
func hanging(line string, width int) int {
	if gap := text.StringWidthWithoutEscSequences(named.FindString(line)); gap > 0 && gap <= width/2 {
		return gap
	}
	own := len(line) - len(strings.TrimLeft(line, " "))
	if labeled.MatchString(line) {
		own += 2
	}
	return min(own, width/2)
}

// fill breaks a line between words. Lines but the first begin with an indent, and all but
// the last end in more, such as the backslash of a shell.
func fill(line string, width int, indent, more string) []string {
	width -= len(more)
	var lines []string
	for text.StringWidthWithoutEscSequences(line) > width {
		from := len(line) - len(strings.TrimLeft(line, " "))
		at, wide := -1, 0 // the last space that fits; the first where none does
		for i, r := range line {
			if wide += text.RuneWidth(r); r != ' ' || i < from {
				continue
			}
			if wide > width+1 && at >= 0 {
				break
			}
			at = i
		}
		if at < 0 {
			break
		}
		lines = append(lines, strings.TrimRight(line[:at], " ")+more)
		line = indent + strings.TrimLeft(line[at:], " ")
	}
	return append(lines, line)
}
