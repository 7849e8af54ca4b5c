package results

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tidy turns tables as people write them into long form: columns apart by semicolons or
// tabs, headings in capitals, a wide table with a column for each dataset, model or
// metric, numbers with a percent sign, with a decimal comma where commas separate no
// columns, and with their spread behind them, as in 91.2 ± 0.3. What is in long form
// already stays as it is, byte for byte.
func tidy(text []byte, keys []string, value string) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("is not text in UTF-8: save it as UTF-8 (in Excel, as \"CSV UTF-8\")")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as spreadsheets write it
	text = separatorLine.ReplaceAll(text, nil)
	t, ok := newWide(text, keys, value)
	if !ok {
		return text, nil // the reader of the long form says what is wrong
	}
	changed := t.separator != ','
	for i, name := range t.header {
		if trimmed := strings.TrimSpace(name); slices.Contains(append(slices.Clone(keys), value), strings.ToLower(trimmed)) && trimmed != strings.ToLower(trimmed) {
			t.header[i], changed = strings.ToLower(trimmed), true
		}
	}
	melted, err := t.melt()
	if err != nil {
		return nil, err
	}
	cleaned, err := t.clean()
	if err != nil {
		return nil, err
	}
	if !changed && !melted && !cleaned {
		return text, nil
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := errors.Join(w.Write(t.header), w.WriteAll(t.rows)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// separatorLine is the line by which Excel is told what separates columns.
var separatorLine = regexp.MustCompile(`^"?sep=[,;\t]"?\r?\n`)

// separatorOf returns what the first line has most of: commas, semicolons or tabs.
func separatorOf(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, separator := range ";\t" {
		if n := bytes.Count(line, []byte(string(separator))); n > most {
			best, most = separator, n
		}
	}
	return best
}

// wide is a table on its way to long form.
type wide struct {
	keys      []string
	value     string
	separator rune
	header    []string
	rows      [][]string
}

// newWide splits a table into rows; ok is false where it is none.
func newWide(text []byte, keys []string, value string) (t wide, ok bool) {
	t = wide{keys: keys, value: value, separator: separatorOf(text)}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.TrimLeadingSpace = t.separator, t.separator != '\t'
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return t, false
	}
	t.header, t.rows = rows[0], rows[1:]
	return t, true
}

// WideScores and WideTruth say in a line that the file is a table with a column for each
// model, dataset or metric; "" where it is not.
func WideScores(path string) string { return wideNote(path, scoreKeys, "score") }

func WideTruth(path string) string { return wideNote(path, truthKeys, "accuracy") }

func wideNote(path string, keys []string, value string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "" // built in
	}
	t, ok := newWide(separatorLine.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), nil), keys, value)
	if !ok {
		return ""
	}
	for i, name := range t.header {
		t.header[i] = strings.ToLower(strings.TrimSpace(name))
	}
	if missing, ok := t.spread(); ok {
		return fmt.Sprintf("%s is read as a wide table, with a column for each %s", path, missing)
	}
	return ""
}

// spread returns the key whose names are headings, if one key and the value alone have
// no column.
func (t *wide) spread() (key string, ok bool) {
	var missing []string
	for _, k := range append(slices.Clone(t.keys), t.value) {
		if !slices.ContainsFunc(t.header, func(h string) bool { return strings.TrimSpace(h) == k }) {
			missing = append(missing, k)
		}
	}
	if len(missing) != 2 || missing[1] != t.value {
		return "", false
	}
	return missing[0], true
}

// melt turns the columns of a wide table into rows: where one key and the value have no
// column, the others' headings are the key.
func (t *wide) melt() (bool, error) {
	missing, ok := t.spread()
	if !ok && len(t.header) > 2 && strings.TrimSpace(t.header[0]) == "" && !slices.Contains(t.header, t.keys[0]) && !slices.Contains(t.header, t.keys[1]) {
		return false, fmt.Errorf("the first column has no heading: write %s there", strings.Join(t.keys, " or "))
	}
	if !ok {
		return false, nil
	}
	var kept, spread []int
	for i, name := range t.header {
		if slices.Contains(t.keys, strings.TrimSpace(name)) {
			kept = append(kept, i)
		} else {
			spread = append(spread, i)
		}
	}
	header := make([]string, 0, len(kept)+2)
	for _, i := range kept {
		header = append(header, strings.TrimSpace(t.header[i]))
	}
	var rows [][]string
	for n, row := range t.rows {
		for _, i := range spread {
			field := strings.TrimSpace(row[i])
			if absent(field) {
				continue
			}
			if !quantity.MatchString(field) {
				return false, fmt.Errorf("no column %q among %s; nor is it a table with a column for each %s: row %d has %.40q under %q", missing, strings.Join(t.header, ", "), missing, n+1, field, t.header[i])
			}
			var long []string
			for _, k := range kept {
				long = append(long, row[k])
			}
			rows = append(rows, append(long, strings.TrimSpace(t.header[i]), field))
		}
	}
	t.header, t.rows = append(header, missing, t.value), rows
	return true, nil
}

// absent reports whether a cell of a wide table has no number.
func absent(field string) bool {
	return slices.Contains([]string{"", "-", "–", "—", "n/a", "na", "nan", "null"}, strings.ToLower(field))
}

// quantity is a number, maybe with a percent sign and its spread.
var quantity = regexp.MustCompile(`^([-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(%)?\s*(?:(?:±|\+/?-|\+-|\\pm)\s*([\d.,]+)\s*(%)?)?$`)

// clean takes percent signs and spreads off the numbers; spreads become a column sd.
func (t *wide) clean() (changed bool, err error) {
	column := slices.Index(t.header, t.value)
	if column < 0 {
		return false, nil
	}
	spreads := make([]string, len(t.rows))
	percent, plain, spread := 0, 0, 0
	for n, row := range t.rows {
		m := quantity.FindStringSubmatch(strings.TrimSpace(row[column]))
		if m == nil {
			continue // the reader of the long form says what is wrong, or it is missing
		}
		number := t.point(m[1])
		if m[2]+m[4] != "" {
			percent++
		} else {
			plain++
		}
		if m[3] != "" {
			spread++
			spreads[n] = t.point(m[3])
		}
		if number != row[column] && (m[2]+m[3]+m[4] != "" || t.separator != ',' || number != m[1]) {
			row[column], changed = number, true
		}
	}
	if err := t.shares(column, percent); err != nil {
		return false, err
	}
	if percent > 0 && plain > 0 {
		return false, fmt.Errorf("%d numbers of column %s have a percent sign and %d have none: are those shares or percentages?", percent, t.value, plain)
	}
	if spread > 0 && spread == len(t.rows) && !slices.Contains(t.header, "sd") {
		t.header = append(t.header, "sd")
		for n := range t.rows {
			t.rows[n] = append(t.rows[n], spreads[n])
		}
	}
	return changed, nil
}

// shares reports accuracies that seem to be shares of 1 beside others in percent.
func (t *wide) shares(column, percent int) error {
	if t.value != "accuracy" || percent > 0 {
		return nil
	}
	least, largest, at := math.Inf(1), 0., 0
	for n, row := range t.rows {
		x, err := strconv.ParseFloat(strings.TrimSpace(row[column]), 64)
		if err == nil && x > 0 && x < least {
			least, at = x, n
		}
		if err == nil {
			largest = max(largest, x)
		}
	}
	if least < 1 && largest > 1 && largest <= 100 && 100*least > largest/2 {
		return fmt.Errorf("row %d: accuracy %g beside others up to %g: is it a share of 1, and are they in percent? Write all in percent; where it is in percent, write all with a percent sign", at+1, least, largest)
	}
	return nil
}

// quotedDecimal is a number with a decimal comma, and not one of thousands.
var quotedDecimal = regexp.MustCompile(`^\d{1,2},\d{1,2}$`)

// point writes a decimal comma as a point, where commas separate no columns or the
// number stands in quotes.
func (t *wide) point(number string) string {
	if quotedDecimal.MatchString(number) || t.separator != ',' && strings.Count(number, ",") == 1 && !strings.Contains(number, ".") {
		return strings.Replace(number, ",", ".", 1)
	}
	return number
}

// readTidy is what r holds, in long form.
func readTidy(r io.Reader, keys []string, value string) (io.Reader, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if text, err = tidy(text, keys, value); err != nil {
		return nil, err
	}
	return bytes.NewReader(text), nil
}
