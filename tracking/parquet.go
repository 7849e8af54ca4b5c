package tracking

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// mostGrouped is how many rows are kept, compressed, until they are written.
const mostGrouped = 1 << 20

// ExportParquet writes a Parquet file with the columns of ExportCSV, numbers as
// float64 and null where a cell has none.
func ExportParquet(w io.Writer, rows Rows) error {
	cols, err := columns(rows)
	if err != nil {
		return err
	}
	out := parquet.NewGenericWriter[any](w, parquet.NewSchema("cells", layoutOf(cols)), parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(mostGrouped))
	row := make(parquet.Row, len(cols))
	flat := newFlat()
	err = rows(func(run *Run, c *Cell) error {
		r := flat(run, c)
		for k, c := range cols {
			row[k] = c.value(r, k)
		}
		_, err := out.WriteRows([]parquet.Row{row})
		return err
	})
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// layout is a group of columns in an order of its own: parquet.Group sorts them by name.
type layout struct {
	parquet.Group
	fields []parquet.Field
}

func (l layout) Fields() []parquet.Field { return l.fields }

// layoutOf returns cols as Parquet has them: texts, and numbers that may be missing.
func layoutOf(cols []column) layout {
	l := layout{Group: parquet.Group{}}
	for _, c := range cols {
		node := parquet.String()
		if c.number != nil {
			node = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		}
		l.Group[c.name] = node
		l.fields = append(l.fields, parquet.Group{c.name: node}.Fields()...)
	}
	return l
}

// value returns what the column at index k holds of a row.
func (c column) value(r *flatRow, k int) parquet.Value {
	const null, present = 0, 1
	if c.number == nil {
		return parquet.ByteArrayValue([]byte(c.text(r))).Level(0, 0, k)
	}
	x, ok := c.number(r)
	if !ok {
		return parquet.NullValue().Level(0, null, k)
	}
	return parquet.DoubleValue(x).Level(0, present, k)
}
