package tracking

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	layout "github.com/apache/arrow-go/v18/parquet/schema"
)

// ExportParquet writes a Parquet file with the columns of ExportCSV, numbers as
// float64 and null where a cell has none.
func ExportParquet(w io.Writer, all []Selection) error {
	cols := columns(all)
	fields := make(layout.FieldList, len(cols))
	for i, c := range cols {
		var err error
		if c.number != nil {
			fields[i] = layout.NewFloat64Node(c.name, parquet.Repetitions.Optional, -1)
		} else if fields[i], err = layout.NewPrimitiveNodeLogical(c.name, parquet.Repetitions.Required, layout.StringLogicalType{}, parquet.Types.ByteArray, 0, -1); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	root, err := layout.NewGroupNode("cells", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy))
	// It would close w, were w seen to be a file.
	out, err := file.NewParquetWriterWithError(struct{ io.Writer }{w}, root, file.WithWriterProps(properties))
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := errors.Join(writeColumns(out.AppendRowGroup(), cols, all), out.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// writeColumns writes the cells of all selections as one row group.
func writeColumns(rows file.SerialRowGroupWriter, cols []column, all []Selection) error {
	for _, c := range cols {
		writer, err := rows.NextColumn()
		if err != nil {
			return err
		}
		switch writer := writer.(type) {
		case *file.ByteArrayColumnChunkWriter:
			var values []parquet.ByteArray
			for _, s := range all {
				for i := range s.Cells {
					values = append(values, parquet.ByteArray(c.text(&s.Run, &s.Cells[i])))
				}
			}
			_, err = writer.WriteBatch(values, nil, nil)
		case *file.Float64ColumnChunkWriter:
			var values []float64
			var present []int16 // 1 for each cell with a number
			for _, s := range all {
				for i := range s.Cells {
					x, ok := c.number(&s.Run, &s.Cells[i])
					if ok {
						values = append(values, x)
						present = append(present, 1)
					} else {
						present = append(present, 0)
					}
				}
			}
			_, err = writer.WriteBatch(values, present, nil)
		}
		if err := errors.Join(err, writer.Close()); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return rows.Close()
}
