package files

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/memory"
	"sfdalab/internal/strict"
)

// text is a table of text: columns separated by commas, semicolons, tabs or blanks,
// with a heading or without. Lines that begin with # before the table are comments.
type text struct {
	*input
	separator rune
	body      []byte   // the table without comments and heading
	line      int      // lines before the body
	heading   []string // nil for none
	rowNames  bool     // the heading names all columns but the first, as R writes tables

	numbers []float64 // of all columns in a row, NaN for text
	decimal decimals
}

// decimals counts numbers with a decimal point, those with a comma, and of these the ones
// whose comma may also separate thousands.
type decimals struct{ points, commas, thousands int }

// openText reads a table of text; key names columns of it.
func openText(in *input, key string, _ []string) (content, error) {
	t := &text{input: in}
	var out *table
	err := in.parse(len(in.bytes), func() (err error) {
		out, err = t.table(key)
		return err
	})
	return out, err
}

// hash adds the bytes of the table's file, and that it is read as a table with columns:
// before that was told apart, the same bytes had another meaning.
func (t *table) hash(h hash.Hash) error {
	fmt.Fprintf(h, "table 2 %q ", t.key)
	return t.input.hash(h)
}

// table reads the file once, its numbers into memory.
func (t *text) table(key string) (*table, error) {
	if err := t.sniff(); err != nil {
		return nil, err
	}
	out := &table{input: t.input, key: key}
	var firsts []float64
	n := 0
	err := t.records(t.body, func(line int, fields []string) error {
		if n == 0 {
			out.columns = t.layout(fields)
		}
		if len(fields) != len(out.columns) {
			return fmt.Errorf("line %d has %d fields, and the first has %d%s", line, len(fields), len(out.columns), t.hint())
		}
		if free := memory.Free(); len(t.numbers)+len(fields) > cap(t.numbers) && int64(cap(t.numbers)) > free/16 { // it is about to double
			return fmt.Errorf("line %d: the numbers before it take %d MiB, and %d MiB of memory are free: save them with numpy.save, which is read in place", line, cap(t.numbers)>>17, free>>20)
		}
		for k, field := range fields {
			c := &out.columns[k]
			x, err := t.number(field)
			if err != nil && c.err == nil {
				c.text = true
				c.err = fmt.Errorf("%s: row %d (line %d), column %q: %w", t.path, n, line, clip(c.name), err)
			}
			c.files = err != nil && (n == 0 || c.files) && imageFile.MatchString(field)
			if n == 0 {
				firsts = append(firsts, x)
				c.counts = x == 0 || x == 1
			}
			c.counts = c.counts && x == firsts[k]+float64(n)
			t.numbers = append(t.numbers, x)
		}
		n++
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.heading != nil && n == 0 {
		out.columns = t.layout(t.heading)
	}
	if width := len(t.heading); width > 0 && width != len(out.columns) {
		return nil, fmt.Errorf("the heading names %d columns, and lines have %d%s", width, len(out.columns), t.hint())
	}
	if t.rowNames {
		if c := out.columns[0]; !c.text && !unique(t.numbers, len(out.columns)) {
			return nil, fmt.Errorf("the heading names %d columns, and lines have %d: name them all", len(t.heading)-1, len(t.heading))
		}
		out.told.add("%s: the heading has a name less than lines have fields: the first column is taken for the names of rows, as R writes them", t.path)
	}
	switch d := t.decimal; {
	case d.commas > 0 && d.points > 0:
		return nil, errors.New("some numbers have a point and others a comma, either of which may separate decimals or thousands: write all with a decimal point")
	case d.commas > 0 && d.thousands == d.commas:
		return nil, errors.New("numbers such as 1,234 may have a decimal comma or thousands separated by commas: write them with a point")
	case d.commas > 0:
		out.told.add("%s: numbers have a decimal comma", t.path)
	}
	for k := range out.columns {
		c := &out.columns[k]
		c.counts = c.counts && n > 1
	}
	out.n = n
	out.numbers, out.texts = t.columns(out), t.column
	return out, nil
}

// layout returns the columns of a table, named by the heading or else by their places.
func (t *text) layout(fields []string) []column {
	columns := make([]column, len(fields))
	for k := range columns {
		columns[k] = column{name: strconv.Itoa(k), width: 1}
		if k < len(t.heading) {
			columns[k].name = strings.TrimSpace(t.heading[k])
		}
	}
	return columns
}

// columns returns the function that reads columns of numbers.
func (t *text) columns(out *table) func([]int) (*mat.Dense, error) {
	return func(chosen []int) (*mat.Dense, error) {
		d := len(out.columns)
		if len(chosen) == d && slices.IsSorted(chosen) {
			return mat.NewDense(out.n, d, t.numbers), nil
		}
		m := mat.NewDense(out.n, len(chosen), nil)
		for i := range out.n {
			row := m.RawRowView(i)
			for j, k := range chosen {
				row[j] = t.numbers[i*d+k]
			}
		}
		return m, nil
	}
}

// column reads a column as it is written.
func (t *text) column(k int) (column []string, err error) {
	defer features.CatchLost(&err)
	t.access(len(t.bytes), func() {
		err = t.records(t.body, func(_ int, fields []string) error {
			column = append(column, strings.Clone(strings.TrimSpace(fields[k])))
			return nil
		})
	})
	return column, err
}

var (
	decimalComma = regexp.MustCompile(`^[-+]?\d+,\d+([eE][-+]?\d+)?$`)
	thousands    = regexp.MustCompile(`^[-+]?[1-9]\d{0,2},\d{3}$`)
)

// number reads a number, also one with a decimal comma.
func (t *text) number(field string) (float64, error) {
	field = strings.TrimSpace(field)
	x, err := strict.Number(field)
	if err == nil {
		if strings.IndexByte(field, '.') >= 0 {
			t.decimal.points++
		}
		return x, nil
	}
	if decimalComma.MatchString(field) {
		t.decimal.commas++
		if thousands.MatchString(field) {
			t.decimal.thousands++
		}
		return strconv.ParseFloat(strings.Replace(field, ",", ".", 1), 64)
	}
	if field == "" {
		return math.NaN(), errors.New("is empty")
	}
	if field[0] == '[' {
		return math.NaN(), fmt.Errorf("%q is a list written as text, which is not read; to convert it, in Python: import json, numpy, pandas; numpy.save(\"features.npy\", numpy.stack(pandas.read_csv(\"table.csv\")[\"column\"].map(json.loads)))", clip(field))
	}
	return math.NaN(), fmt.Errorf("%q is not a number", clip(field))
}

// imageFile is what the name of an image's file ends in.
var imageFile = regexp.MustCompile(`(?i)[^.]\.(jpe?g|png|webp|bmp|gif|tiff?|ppm|dcm)"?$`)

func isNumber(field string) bool {
	_, err := new(text).number(field)
	return err == nil
}

// hint is the clause for errors of lines that do not fit together.
func (t *text) hint() string {
	names := map[rune]string{',': "a comma", ';': "a semicolon", '\t': "a tab", ' ': "a blank", 0: "none"}
	return fmt.Sprintf(" (the separator seems to be %s)", names[t.separator])
}

// records calls fn with each line's number and fields, which the next line overwrites.
func (t *text) records(body []byte, fn func(line int, fields []string) error) error {
	if t.separator == ' ' || t.separator == 0 {
		line := t.line
		blank := len(body) - len(bytes.TrimRightFunc(body, unicode.IsSpace)) // at the end
		for len(body) > 0 {
			var record []byte
			record, body, _ = bytes.Cut(body, []byte("\n"))
			line++
			record = bytes.TrimRight(record, "\r")
			if len(bytes.TrimSpace(record)) == 0 {
				if t.separator == 0 && len(body) > blank {
					if err := fn(line, []string{""}); err != nil { // a sample without a label
						return err
					}
				}
				continue
			}
			fields := []string{unquote(string(record))}
			if t.separator == ' ' {
				fields = blankSeparated(string(record))
			}
			if err := fn(line, fields); err != nil {
				return err
			}
		}
		return nil
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.Comma = t.separator
	r.ReuseRecord = true
	r.TrimLeadingSpace = t.separator != '\t'
	r.FieldsPerRecord = -1
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if at, ok := errors.AsType[*csv.ParseError](err); ok {
			return fmt.Errorf("line %d: %w", at.StartLine+t.line, strict.Row(at.Err))
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if err := fn(line+t.line, fields); err != nil {
			return err
		}
	}
}

// blankSeparated splits a line at blanks that stand in no quotes.
func blankSeparated(line string) []string {
	if !strings.Contains(line, `"`) {
		return strings.Fields(line)
	}
	quoted := false
	fields := strings.FieldsFunc(line, func(c rune) bool {
		quoted = quoted != (c == '"')
		return !quoted && unicode.IsSpace(c)
	})
	for k, field := range fields {
		fields[k] = unquote(field)
	}
	return fields
}

// unquote takes a pair of quotes away.
func unquote(field string) string {
	field = strings.TrimSpace(field)
	if len(field) > 1 && field[0] == '"' && field[len(field)-1] == '"' {
		return strings.ReplaceAll(field[1:len(field)-1], `""`, `"`)
	}
	return field
}
