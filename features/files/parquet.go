package files

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/memory"
	"sfdalab/internal/parquet"
)

// parquetFile is a table whose columns are the leaves of a Parquet file: columns of
// numbers or text, and of lists of as many numbers in each row, as Hugging Face writes
// features.
type parquetFile struct {
	*input
	file   *parquet.File
	leaves []leaf
}

// A leaf is a column of the file.
type leaf struct {
	name   string
	values []float64 // of a leaf of numbers, in order
}

// openParquet reads the columns of numbers of a Parquet file; key names columns of it.
func openParquet(in *input, key string, _ []string) (content, error) {
	var out *table
	err := in.parse(len(in.bytes), func() (err error) {
		out, err = readParquet(in, key)
		return err
	})
	return out, err
}

// readParquet returns the leaves of a Parquet file as a table.
func readParquet(in *input, key string) (*table, error) {
	file, err := parquet.Open(bytes.NewReader(in.bytes), int64(len(in.bytes)), memory.Free())
	if err != nil {
		return nil, err
	}
	p := &parquetFile{input: in, file: file}
	out := &table{input: in, key: key, n: file.Rows, numbers: p.numbers, texts: p.texts}
	for k, from := range file.Columns {
		name := strings.Join(from.Path, ".")
		if from.Repeated > 0 {
			name = from.Path[0]
		}
		l := leaf{name: name}
		c := column{name: name, width: 1}
		switch {
		case from.Repeated > 1:
			c.text = true
			c.err = fmt.Errorf("%s: column %q: lists in lists, as of tokens or maps, are not read from Parquet: pool them to one list for each sample", in.path, clip(name))
		case from.Time:
			c.text = true
			c.err = fmt.Errorf("%s: column %q holds dates or times, not numbers", in.path, clip(name))
		case holdsNumbers(from):
			if c.width, c.err = p.read(k, &l); c.err != nil {
				c.err = fmt.Errorf("%s: column %q: %w", in.path, clip(name), c.err)
				c.text = true
			} else if c.width == 1 {
				c.counts = counts(mat.NewDense(len(l.values), 1, l.values))
			}
		default:
			c.text = true
		}
		p.leaves = append(p.leaves, l)
		out.columns = append(out.columns, c)
	}
	return out, nil
}

// holdsNumbers reports whether Number is defined for the values of a column.
func holdsNumbers(c *parquet.Column) bool {
	switch c.Kind {
	case parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double:
		return true
	}
	return c.Half
}

// each calls fn with each value of leaf k.
func (p *parquetFile) each(k int, fn func(parquet.Value) error) error {
	for group := range p.file.Groups {
		if err := p.file.Each(group, k, fn); err != nil {
			return err
		}
	}
	return nil
}

// read reads a leaf of numbers and returns how many each row has, which must be the same
// for all.
func (p *parquetFile) read(k int, l *leaf) (width int, err error) {
	c, n, rows := p.file.Columns[k], p.file.Rows, 0
	starts := 0 // values of the row that is read
	width = -1
	end := func() error {
		if rows > 0 && width >= 0 && starts != width {
			return fmt.Errorf("row %d has %d numbers, and the rows before have %d", rows-1, starts, width)
		}
		if rows > 0 {
			width = starts
		}
		return nil
	}
	err = p.each(k, func(v parquet.Value) error {
		if v.First {
			if err := end(); err != nil {
				return err
			}
			rows, starts = rows+1, 0
		}
		if v.Null {
			return fmt.Errorf("row %d is empty", rows-1)
		}
		l.values = append(l.values, c.Number(v))
		starts++
		return nil
	})
	if err == nil {
		err = end()
	}
	if err == nil && rows != n {
		err = fmt.Errorf("damaged: %d rows of %d", rows, n)
	}
	return max(width, 0), err
}

// numbers returns columns of numbers, one after the other.
func (p *parquetFile) numbers(chosen []int) (*mat.Dense, error) {
	n, d := p.file.Rows, 0
	for _, k := range chosen {
		d += len(p.leaves[k].values) / max(n, 1)
	}
	if n == 0 || d == 0 {
		return nil, fmt.Errorf("%s: columns without numbers", p.path)
	}
	m := mat.NewDense(n, d, nil)
	at := 0
	for _, k := range chosen {
		values := p.leaves[k].values
		width := len(values) / n
		for i := range n {
			copy(m.RawRowView(i)[at:], values[i*width:(i+1)*width])
		}
		at += width
	}
	return m, nil
}

// texts returns a column as it is written; numbers of a type that is not of whole ones
// always have a point.
func (p *parquetFile) texts(k int) (column []string, err error) {
	defer features.CatchLost(&err)
	c := p.file.Columns[k]
	p.access(len(p.bytes), func() {
		err = p.each(k, func(v parquet.Value) error {
			column = append(column, textOf(c, v))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%s: column %q: %w", p.path, clip(p.leaves[k].name), err)
	}
	return column, nil
}

// textOf writes a value as texts has it; "" for one that is missing.
func textOf(c *parquet.Column, v parquet.Value) string {
	switch {
	case v.Null:
		return ""
	case c.Kind == parquet.Int96:
		return fmt.Sprintf("%x", v.Bytes)
	case !holdsNumbers(c):
		return string(v.Bytes)
	}
	x := c.Number(v)
	text := strconv.FormatFloat(x, 'g', -1, 64)
	switch {
	case c.Whole():
		return strconv.FormatInt(v.Int(), 10)
	case x == math.Trunc(x) && !strings.Contains(text, "e"):
		text += ".0"
	}
	return text
}
