package tracking

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// ExportParquet writes a Parquet file with the columns of ExportCSV, numbers as
// float64 and null where a cell has none.
func ExportParquet(w io.Writer, all []Selection) error {
	cols := columns(all)
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		fields[i] = arrow.Field{Name: c.name, Type: arrow.BinaryTypes.String}
		if c.number != nil {
			fields[i] = arrow.Field{Name: c.name, Type: arrow.PrimitiveTypes.Float64, Nullable: true}
		}
	}
	schema := arrow.NewSchema(fields, nil)
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy))
	// It would close w, were w seen to be a file.
	out, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w}, properties, pqarrow.DefaultWriterProps())
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, s := range all {
		for i := range s.Cells {
			for j, c := range cols {
				if c.text != nil {
					b.Field(j).(*array.StringBuilder).Append(c.text(&s.Run, &s.Cells[i]))
				} else if x, ok := c.number(&s.Run, &s.Cells[i]); ok {
					b.Field(j).(*array.Float64Builder).Append(x)
				} else {
					b.Field(j).AppendNull()
				}
			}
		}
	}
	rows := b.NewRecordBatch()
	defer rows.Release()
	if err := out.Write(rows); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return out.Close()
}
