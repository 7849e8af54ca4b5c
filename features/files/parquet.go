package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
)

// parquetFile is a table whose columns are the leaves of a Parquet file: columns of
// numbers or text, and of lists of as many numbers in each row, as Hugging Face writes
// features.
type parquetFile struct {
	path   string
	file   *parquet.File
	leaves []leaf
}

type leaf struct {
	name   string
	values []float64 // of a leaf of numbers, in order
}

func openParquet(in *input, key string, _ []string) (out content, err error) {
	defer func() {
		if r := recover(); r != nil { // the library's answer to some damaged files
			if lost, ok := r.(features.Lost); ok {
				err = lost
			} else {
				err = fmt.Errorf("%s: damaged: %v", in.path, r)
			}
		}
	}()
	in.access(len(in.bytes), func() { out, err = readParquet(in, key) })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	return out, nil
}

func readParquet(in *input, key string) (*table, error) {
	file, err := parquet.OpenFile(bytes.NewReader(in.bytes), int64(len(in.bytes)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("damaged or no Parquet file: %w", err)
	}
	p := &parquetFile{path: in.path, file: file}
	out := &table{input: in, key: key, n: int(file.NumRows()), numbers: p.numbers, texts: p.texts}
	for k, path := range file.Schema().Columns() {
		node, ok := file.Schema().Lookup(path...)
		if !ok {
			return nil, errors.New("damaged: its schema lacks its own columns")
		}
		name := strings.Join(path, ".")
		if node.MaxRepetitionLevel > 0 {
			name = path[0]
		}
		l := leaf{name: name}
		c := column{name: name, width: 1}
		switch {
		case node.MaxRepetitionLevel > 1:
			c.text = true
			c.err = fmt.Errorf("%s: column %q: lists in lists, as of tokens or maps, are not read from Parquet: pool them to one list for each sample", in.path, clip(name))
		case holdsNumbers(node.Node.Type()):
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

func holdsNumbers(t parquet.Type) bool {
	switch t.Kind() {
	case parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double:
		return true
	case parquet.FixedLenByteArray:
		return t.Length() == 2 && t.LogicalType() == nil // float16, which the library does not name
	}
	return false
}

// each calls fn with each value of leaf k.
func (p *parquetFile) each(k int, fn func(parquet.Value) error) error {
	buffer := make([]parquet.Value, 1024)
	for _, group := range p.file.RowGroups() {
		pages := group.ColumnChunks()[k].Pages()
		for {
			page, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				pages.Close()
				return fmt.Errorf("damaged: %w", err)
			}
			values := page.Values()
			for {
				n, err := values.ReadValues(buffer)
				for _, v := range buffer[:n] {
					if err := fn(v); err != nil {
						pages.Close()
						return err
					}
				}
				if err == io.EOF {
					break
				}
				if err != nil {
					pages.Close()
					return fmt.Errorf("damaged: %w", err)
				}
			}
			parquet.Release(page)
		}
		if err := pages.Close(); err != nil {
			return err
		}
	}
	return nil
}

// read reads a leaf of numbers and returns how many each row has, which must be the same
// for all.
func (p *parquetFile) read(k int, l *leaf) (width int, err error) {
	n, rows := int(p.file.NumRows()), 0
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
		if v.RepetitionLevel() == 0 {
			if err := end(); err != nil {
				return err
			}
			rows, starts = rows+1, 0
		}
		x, ok := numberOf(v)
		if !ok {
			return fmt.Errorf("row %d is empty", rows-1)
		}
		l.values = append(l.values, x)
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

func numberOf(v parquet.Value) (x float64, ok bool) {
	switch {
	case v.IsNull():
		return math.NaN(), false
	case v.Kind() == parquet.Boolean && v.Boolean():
		return 1, true
	case v.Kind() == parquet.Boolean:
		return 0, true
	case v.Kind() == parquet.Int32:
		return float64(v.Int32()), true
	case v.Kind() == parquet.Int64:
		return float64(v.Int64()), true
	case v.Kind() == parquet.Float:
		return float64(v.Float()), true
	case v.Kind() == parquet.FixedLenByteArray:
		var half [1]float64
		linalg.WidenF16(half[:], v.ByteArray())
		return half[0], true
	}
	return v.Double(), true
}

func (p *parquetFile) numbers(chosen []int) (*mat.Dense, error) {
	n, d := int(p.file.NumRows()), 0
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
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: damaged: %v", p.path, r)
		}
	}()
	err = p.each(k, func(v parquet.Value) error {
		text := ""
		switch {
		case v.IsNull():
		case v.Kind() == parquet.Float || v.Kind() == parquet.Double:
			x, _ := numberOf(v)
			if text = strconv.FormatFloat(x, 'g', -1, 64); x == math.Trunc(x) && !strings.Contains(text, "e") {
				text += ".0"
			}
		case v.Kind() == parquet.Boolean:
			text = map[bool]string{false: "0", true: "1"}[v.Boolean()]
		default:
			text = strings.Clone(v.String())
		}
		column = append(column, text)
		return nil
	})
	return column, err
}
