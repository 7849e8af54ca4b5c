package results

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sfdalab/internal/strict"
)

// readLong reads a CSV with a header into a frame in long form: one row holds one
// value and the keys that name it. Columns may come in any order, and others than
// the keys and the value are kept. A column that lacks, an empty key, a value that
// is no finite number, and two rows with the same keys are errors that say the line.
// Where values may be missing, an empty one is NaN. Other forms are made long first:
// see tidy, which says what is told of that.
func readLong(r io.Reader, keys []string, value string, missing bool) (long dataframe.DataFrame, told []string, err error) {
	r, told, err = readTidy(r, keys, value)
	if err != nil {
		return dataframe.DataFrame{}, nil, err
	}
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	header, err := in.Read()
	if err == io.EOF {
		return dataframe.DataFrame{}, nil, errors.New("the file is empty")
	} else if err != nil {
		return dataframe.DataFrame{}, nil, strict.Table(err)
	}
	known := map[string]bool{}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
		if header[i] != "" && known[header[i]] {
			return dataframe.DataFrame{}, nil, fmt.Errorf("there are two columns %q: leave out one of them", header[i])
		}
		known[header[i]] = true
	}
	form := longForm{keys: keys, value: value, missing: missing, column: map[string]int{}}
	for _, name := range append(slices.Clone(keys), value) {
		form.column[name] = slices.Index(header, name)
		if form.column[name] < 0 {
			return dataframe.DataFrame{}, nil, fmt.Errorf("no column %q among %s: rename the one that holds it, or add it", name, strings.Join(header, ", "))
		}
	}

	records := [][]string{header}
	seen := map[string]int{} // line by keys
	for {
		record, err := in.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			return dataframe.DataFrame{}, nil, strict.Table(err)
		}
		line, _ := in.FieldPos(0)
		named, err := form.clean(record)
		if err != nil {
			return dataframe.DataFrame{}, nil, fmt.Errorf("line %d: %w", line, err)
		}
		key := fmt.Sprintf("%q", named) // a name may have any character
		if first, ok := seen[key]; ok {
			return dataframe.DataFrame{}, nil, fmt.Errorf("line %d: %s is already in line %d", line, strings.Join(named, ", "), first)
		}
		seen[key] = line
		records = append(records, record)
	}
	if len(records) == 1 {
		return dataframe.DataFrame{}, nil, errors.New("no rows after the header")
	}
	types := map[string]series.Type{value: series.Float}
	for _, k := range keys {
		types[k] = series.String
	}
	df := dataframe.LoadRecords(records, dataframe.WithTypes(types), dataframe.NaNValues([]string{}))
	return df, told, df.Err
}

// longForm says what a row of a table in long form has.
type longForm struct {
	keys    []string
	value   string
	missing bool           // a value may be
	column  map[string]int // of each key, and of the value
}

// clean checks a row, writes its fields as the frame reads them, without blanks around names
// and numbers, and returns its keys.
func (f *longForm) clean(row []string) (keys []string, err error) {
	for _, k := range f.keys {
		at := f.column[k]
		if row[at] = strings.TrimSpace(UnescapeCSV(row[at])); row[at] == "" {
			return nil, fmt.Errorf("%s is empty", k)
		}
		keys = append(keys, row[at])
	}
	at := f.column[f.value]
	if text := strings.TrimSpace(row[at]); f.missing && (text == "" || strings.EqualFold(text, "nan")) {
		row[at] = "NaN"
	} else if v, err := strict.Number(text); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("%s %q is not a finite number", f.value, row[at])
	} else {
		row[at] = text // with blanks around it, the frame would hold NaN
	}
	return keys, nil
}

// columns returns the texts of the keys and the numbers of the value of a frame in
// long form.
func columns(df dataframe.DataFrame, keys []string, value string) (texts map[string][]string, numbers []float64, err error) {
	if df.Err != nil {
		return nil, nil, df.Err
	}
	texts = map[string][]string{}
	for _, k := range append(slices.Clone(keys), value) {
		if !slices.Contains(df.Names(), k) {
			return nil, nil, fmt.Errorf("no column %q among %s", k, strings.Join(df.Names(), ", "))
		}
		texts[k] = df.Col(k).Records()
	}
	return texts, df.Col(value).Float(), nil
}

// WriteCSV writes a frame with a header, and its numbers to six decimals as gota does, or with
// all the digits that they have where that is not exact.
func WriteCSV(w io.Writer, df dataframe.DataFrame) error {
	if df.Err != nil {
		return df.Err
	}
	records := df.Records()
	for j, kind := range df.Types() {
		if kind != series.Float {
			continue
		}
		for i := range df.Nrow() {
			x, text := df.Elem(i, j).Float(), &records[i+1][j]
			if read, err := strconv.ParseFloat(*text, 64); err == nil && read != x && !math.IsNaN(x) {
				*text = strconv.FormatFloat(x, 'g', -1, 64)
			}
		}
	}
	return csv.NewWriter(w).WriteAll(records)
}
