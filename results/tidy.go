package results

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sfdalab/internal/strict"
)

// tidy turns tables as people write them into long form: columns apart by semicolons or
// tabs, headings in capitals, a wide table with a column for each dataset, model or
// metric, numbers with a percent sign, with a decimal comma where commas separate no
// columns, and with their spread behind them, as in 91.2 ± 0.3; accuracies that are shares
// of 1 turn into percent. What is in long form already stays as it is, byte for byte. It
// returns what to say of how the table is read.
func tidy(text []byte, keys []string, value string) (long []byte, told []string, err error) {
	if !utf8.Valid(text) {
		return nil, nil, errors.New("is not text in UTF-8: save it as UTF-8 (in Excel, as \"CSV UTF-8\")")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as spreadsheets write it
	text = separatorLine.ReplaceAll(text, nil)
	t, ok := newWide(text, keys, value)
	if !ok {
		return text, nil, nil // the reader of the long form says what is wrong
	}
	changed := t.separator != ','
	if t.rename() {
		changed = true
	}
	melted, err := t.melt()
	if err != nil {
		return nil, nil, err
	}
	cleaned, err := t.clean()
	if err != nil {
		return nil, nil, err
	}
	if !changed && !melted && !cleaned {
		return text, nil, nil
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := errors.Join(w.Write(t.header), w.WriteAll(t.rows)); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), t.told, nil
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
	told      []string
}

// tell notes what to say of how the table is read.
func (t *wide) tell(format string, args ...any) {
	t.told = append(t.told, fmt.Sprintf(format, args...))
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
	headings := t.header
	t.header, t.rows = append(header, missing, t.value), rows
	var names []string
	for _, i := range spread {
		names = append(names, strings.TrimSpace(headings[i]))
	}
	t.tell("is read as a wide table, with a column for each %s: %s", missing, strict.Clip(strings.Join(names, ", "), 200))
	return true, nil
}

// absent reports whether a cell of a wide table has no number.
func absent(field string) bool {
	return slices.Contains([]string{"", "-", "–", "—", "n/a", "na", "nan", "null"}, strings.ToLower(field))
}

// quantity is a number, maybe with a percent sign and its spread.
var quantity = regexp.MustCompile(`^([-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(%)?\s*(?:(?:±|\+/?-|\+-|\\pm)\s*([\d.,]+)\s*(%)?)?$`)

// clean takes percent signs and spreads off the numbers; spreads become a column sd. Decimal
// commas beside decimal points are an error: 1,234 and 1.234 may then be thousands.
func (t *wide) clean() (changed bool, err error) {
	column := slices.Index(t.header, t.value)
	if column < 0 {
		return false, nil
	}
	spreads := make([]string, len(t.rows))
	percent, plain, spread := 0, 0, 0
	var comma, point string // a number with a decimal comma, and one with a point
	decimal := func(text string) string {
		number := t.point(text)
		if number != text {
			comma = cmp.Or(comma, text)
		} else if strings.Contains(text, ".") {
			point = text
		}
		return number
	}
	for n, row := range t.rows {
		m := quantity.FindStringSubmatch(strings.TrimSpace(row[column]))
		if m == nil {
			continue // the reader of the long form says what is wrong, or it is missing
		}
		number := decimal(m[1])
		if m[2]+m[4] != "" {
			percent++
		} else {
			plain++
		}
		if m[3] != "" {
			spread++
			spreads[n] = decimal(m[3])
		}
		if number != row[column] && (m[2]+m[3]+m[4] != "" || t.separator != ',' || number != m[1]) {
			row[column], changed = number, true
		}
	}
	if percent > 0 && plain > 0 {
		return false, fmt.Errorf("%d numbers of column %s have a percent sign and %d have none: are those fractions or percentages?", percent, t.value, plain)
	}
	if comma != "" && point != "" {
		return false, fmt.Errorf("column %s has %s and %s: is the comma or the point the decimal sign? Write all in one way", t.value, comma, point)
	}
	if comma != "" {
		t.tell("has decimal commas: %s is read as %s", comma, t.point(comma))
	}
	if spread > 0 && slices.Contains(t.header, "sd") {
		return false, fmt.Errorf("column %s has spreads behind its numbers, and there is a column sd: leave out one of them", t.value)
	}
	if spread > 0 && spread < len(t.rows) {
		t.tell("has a spread behind %d of %d numbers: it is left out", spread, len(t.rows))
	}
	if spread > 0 && spread == len(t.rows) {
		t.header = append(t.header, "sd")
		for n := range t.rows {
			t.rows[n] = append(t.rows[n], spreads[n])
		}
	}
	scaled, err := t.shares(column, percent)
	return changed || scaled, err
}

// shares turns accuracies that are all shares of 1, and their spread, into percent. Those
// that seem to be shares beside others in percent are an error.
func (t *wide) shares(column, percent int) (changed bool, err error) {
	if t.value != "accuracy" || percent > 0 {
		return false, nil
	}
	least, largest, at := math.Inf(1), 0., 0
	for n, row := range t.rows {
		x, err := strict.Number(strings.TrimSpace(row[column]))
		if err != nil || math.IsNaN(x) || x < 0 {
			return false, nil // the reader of the long form says what is wrong, or they are no accuracies
		}
		if x > 0 && x < least {
			least, at = x, n
		}
		largest = max(largest, x)
	}
	switch {
	case 0 < largest && largest <= 1:
		for _, name := range []string{t.value, "sd"} {
			if k := slices.Index(t.header, name); k >= 0 {
				for _, row := range t.rows {
					row[k] = times100(row[k])
				}
			}
		}
		t.tell("has accuracies between 0 and 1: they are read as shares, %.3g to %.3g %%", 100*least, 100*largest)
		return true, nil
	case least < 1 && largest > 1 && largest <= 100 && 100*least > largest/2:
		return false, fmt.Errorf("row %d: accuracy %g beside others up to %g: are some fractions and some percentages? Write all as percentages; if they are, add a percent sign to each", at+1, least, largest)
	}
	return false, nil
}

// times100 moves the decimal point, so that 0.57 becomes 57 and not 56.99999999999999.
func times100(number string) string {
	number = strings.TrimSpace(number)
	x, err := strconv.ParseFloat(number+"e2", 64)
	if err != nil { // it has an exponent, or is no number
		if x, err = strconv.ParseFloat(number, 64); err != nil {
			return number
		}
		x *= 100
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
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

// mostTable is how many bytes a table may have, which is read as a whole.
const mostTable = 512 << 20

// readTidy is what r holds, in long form, and what to say of how it is read.
func readTidy(r io.Reader, keys []string, value string) (io.Reader, []string, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostTable+1))
	if err != nil {
		return nil, nil, err
	}
	if len(text) > mostTable {
		return nil, nil, fmt.Errorf("the table has more than %d MiB", mostTable>>20)
	}
	text, told, err := tidy(text, keys, value)
	return bytes.NewReader(text), told, err
}
