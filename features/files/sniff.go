package files

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sniff finds comments, separator and heading, from the first lines.
func (t *text) sniff() error {
	rest := bytes.TrimPrefix(t.bytes, []byte("\ufeff")) // as spreadsheets write it
	if bytes.HasPrefix(rest, []byte("\xff\xfe")) || bytes.HasPrefix(rest, []byte("\xfe\xff")) {
		return errors.New("is text in UTF-16: save it as UTF-8")
	}
	if i := bytes.IndexByte(rest[:min(len(rest), 1<<12)], 0); i >= 0 {
		return errors.New("is not text: it holds bytes of zero")
	}
	if !utf8.Valid(rest) {
		return errors.New("is text in an encoding other than UTF-8, maybe Latin-1: save it as UTF-8 (in Excel, as \"CSV UTF-8\")")
	}
	said := separatorLine.FindSubmatch(rest[:min(len(rest), 16)])
	if said != nil {
		rest, t.line = rest[len(said[0]):], 1
	}
	var comment []byte
	for bytes.HasPrefix(rest, []byte("#")) {
		comment, rest, _ = bytes.Cut(rest, []byte("\n"))
		t.line++
	}
	t.body = rest
	if t.separator = t.findSeparator(); said != nil {
		t.separator = rune(said[1][0])
	}
	var first, second []string
	err := t.records(t.firstLines(2), func(_ int, fields []string) error {
		if first == nil {
			first = slices.Clone(fields)
		} else if second == nil {
			second = slices.Clone(fields)
		}
		return nil
	})
	if err != nil || first == nil {
		return err
	}
	if isHeading(first, second) {
		t.heading = first
		if len(second) == len(first)+1 && strings.TrimSpace(second[len(first)]) != "" {
			t.heading, t.rowNames = append([]string{""}, first...), true
		}
		_, t.body, _ = bytes.Cut(t.body, []byte("\n"))
		t.line++
	} else if comment != nil {
		names := text{separator: t.separator}
		_ = names.records(bytes.TrimLeft(comment, "# "), func(_ int, fields []string) error {
			if len(fields) == len(first) && len(fields) > 1 {
				t.heading = slices.Clone(fields)
			}
			return nil
		})
	}
	return nil
}

// firstLines returns the first lines of the body.
func (t *text) firstLines(n int) []byte {
	end := 0
	for range n {
		i := bytes.IndexByte(t.body[end:], '\n')
		if i < 0 {
			return t.body
		}
		end += i + 1
	}
	return t.body[:end]
}

// separatorLine is the line by which Excel is told what separates columns.
var separatorLine = regexp.MustCompile(`^"?sep=([,;\t ])"?\r?\n`)

// findSeparator returns what stands in all of the first lines equally often: a tab,
// semicolon or comma, or blanks between numbers; 0 for one column. Where lines differ,
// it is what the first line has.
func (t *text) findSeparator() rune {
	lines := t.firstLines(20)
	fallback := rune(0)
	for _, separator := range "\t;," {
		sample := text{separator: separator}
		width, same := 0, true
		err := sample.records(lines, func(_ int, fields []string) error {
			if width == 0 {
				width = len(fields)
			}
			same = same && len(fields) == width
			return nil
		})
		if width > 1 && same && err == nil {
			return separator
		}
		if width > 1 && fallback == 0 {
			fallback = separator
		}
	}
	if fallback != 0 {
		return fallback
	}
	blanks, line := true, 0
	sample := text{separator: ' '}
	text := func(field string) bool { return !isNumber(field) }
	_ = sample.records(lines, func(_ int, fields []string) error {
		line++
		blanks = blanks && len(fields) > 1
		if line > 1 || !bytes.ContainsRune(lines, '\n') {
			rest := fields // all are numbers, but maybe for the name of the row
			if imageFile.MatchString(fields[0]) || bytes.HasPrefix(lines, []byte(`"`)) {
				rest = fields[1:]
			}
			blanks = blanks && !slices.ContainsFunc(rest, text)
		}
		return nil
	})
	if blanks && line > 0 {
		return ' '
	}
	return 0
}

// isHeading reports whether the first line of a table names its columns: it has no
// number where the second has one, or a usual name, or it counts the columns.
func isHeading(first, second []string) bool {
	if second == nil {
		known := func(f string) bool {
			f = strings.ToLower(strings.TrimSpace(f))
			return slices.Contains(labelNames, f) || len(first) > 1 && (slices.Contains(sampleNames, f) || f == "")
		}
		return slices.ContainsFunc(first, known) || len(first) > 1 && !slices.ContainsFunc(first, isNumber)
	}
	for k, field := range first {
		name := column{name: field}
		if k < len(second) && !isNumber(field) && isNumber(second[k]) {
			return true
		}
		if !isNumber(field) && (name.called(labelNames) || len(first) > 1 && name.called(sampleNames)) {
			return true
		}
	}
	if lists := len(first) == 1 && len(second) == 1 && strings.HasPrefix(second[0], "["); lists && !strings.HasPrefix(first[0], "[") {
		return true
	}
	return countsColumns(first) && !slices.Equal(first, second)
}

// countsColumns reports whether a line is 0, 1, 2 and so on, as pandas names columns
// that have no names.
func countsColumns(fields []string) bool {
	if len(fields) < 3 {
		return false
	}
	start, err := strconv.Atoi(strings.TrimSpace(fields[0]))
	for k, field := range fields {
		x, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || x != start+k {
			return false
		}
	}
	return err == nil && (start == 0 || start == 1)
}
