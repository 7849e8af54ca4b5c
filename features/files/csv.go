package files

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// records reads the input as CSV and calls fn with each line's number and
// fields, which the next line overwrites.
func (in *input) records(fn func(line int, fields []string) error) (err error) {
	defer features.CatchLost(&err)
	in.access(len(in.bytes), func() {
		text := bytes.TrimPrefix(in.bytes, []byte("\ufeff")) // as spreadsheets write it
		r := csv.NewReader(bytes.NewReader(text))
		r.ReuseRecord = true
		r.TrimLeadingSpace = true
		for err == nil {
			var fields []string
			if fields, err = r.Read(); err == nil {
				line, _ := r.FieldPos(0)
				err = fn(line, fields)
			}
		}
	})
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("%s: %w", in.path, err)
}

// csvRows reads a line of numbers for each sample. A first line that has
// something else is a header.
func (in *input) csvRows() (features.Rows, error) {
	var numbers []float64
	n, d, header := 0, 0, false
	err := in.records(func(line int, fields []string) error {
		for j, field := range fields {
			v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
			if err != nil && n == 0 && !header {
				header, numbers = true, nil
				return nil
			}
			if err != nil {
				return fmt.Errorf("line %d, column %d: %q is not a number", line, j+1, field)
			}
			numbers = append(numbers, v)
		}
		n, d = n+1, len(fields)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("%s has no line of numbers", in.path)
	}
	return features.Dense(mat.NewDense(n, d, numbers)), nil
}

// labelHeaders are what the first line of a CSV file of labels may say above
// names; above numbers it may say anything.
var labelHeaders = []string{"label", "labels", "class", "classes", "target", "targets", "y"}

// csvLabels reads a line for each sample: numbers, or a name of its class.
func (in *input) csvLabels() (*features.Labels, error) {
	var names []string
	columns := 0
	err := in.records(func(line int, fields []string) error {
		name := strings.TrimSpace(fields[0])
		if name == "" {
			return fmt.Errorf("line %d: no label", line)
		}
		names, columns = append(names, name), len(fields)
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, notNumbers := in.csvRows()
	switch {
	case notNumbers == nil:
		return fromNumbers(features.Matrix(rows)), nil
	case columns != 1:
		return nil, notNumbers
	case slices.Contains(labelHeaders, strings.ToLower(names[0])):
		names = names[1:]
	}
	return features.Classes(names), nil
}
