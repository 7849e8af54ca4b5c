package tracking

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ReadCSV reads cells from CSV with a header, as ExportCSV writes it. The
// columns dataset, model, metric and score must be there. Those that tell of
// runs are passed over; an unknown one is an error.
func ReadCSV(r io.Reader) ([]Cell, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if err == io.EOF {
		return nil, errors.New("import: the file is empty; want a header with dataset, model, metric and score")
	} else if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	for _, name := range []string{"dataset", "model", "metric", "score"} {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("import: the column %q is missing: the first line names dataset, model, metric and score, and others if there are", name)
		}
	}
	have := make(map[string]bool)
	for _, name := range header {
		if have[name] {
			return nil, fmt.Errorf("import: there are two columns %q", name)
		}
		have[name] = true
		if err := new(Cell).set(name, ""); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	var cells []Cell
	for {
		row, err := in.Read()
		if err == io.EOF {
			return cells, nil
		} else if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		line, _ := in.FieldPos(0)
		c, err := cellOf(header, row)
		if err != nil {
			return nil, fmt.Errorf("import: line %d: %w", line, err)
		}
		cells = append(cells, c)
	}
}

func cellOf(header, row []string) (Cell, error) {
	var c Cell
	params := make(map[string]any)
	for i, name := range header {
		if p, ok := strings.CutPrefix(name, paramPrefix); ok {
			if row[i] != "" {
				params[p] = paramValue(row[i])
			}
		} else if err := c.set(name, row[i]); err != nil {
			return c, err
		}
	}
	if len(params) > 0 {
		var err error
		if c.Params, err = Canonical(params); err != nil {
			return c, err
		}
	}
	return c, c.complete()
}

// complete checks c as it was read, and gives it its identity.
func (c *Cell) complete() error {
	if err := c.check(); err != nil {
		return err
	}
	c.ID = c.Identify()
	return nil
}

// paramValue reads what paramText wrote.
func paramValue(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

// set sets what the column name tells of c, unless text is empty.
func (c *Cell) set(name, text string) error {
	if detail, ok := strings.CutPrefix(name, detailPrefix); ok {
		var x float64
		if err := setFloat(&x, name, text); err != nil || text == "" {
			return err
		}
		if c.Details == nil {
			c.Details = make(Details)
		}
		c.Details[detail] = x
		return nil
	}
	if role, ok := strings.CutPrefix(name, filePrefix); ok {
		if text != "" {
			if c.Files == nil {
				c.Files = make(map[string]string)
			}
			c.Files[role] = text
		}
		return nil
	}
	switch name {
	case "dataset":
		c.Dataset = text
	case "model":
		c.Model = text
	case "metric":
		c.Metric = text
	case "split":
		c.Split = text
	case "error":
		c.Error = text
	case "warnings":
		if text != "" {
			c.Warnings = strings.Split(text, "\n")
		}
	case "score":
		return setFloat(&c.Score, name, text)
	case "seconds":
		return setFloat(&c.Seconds, name, text)
	case "cpu_seconds":
		return setFloat(&c.CPUSeconds, name, text)
	case "version":
		return setInt(&c.Version, name, text)
	case "peak_bytes":
		return setInt(&c.PeakBytes, name, text)
	case "seed":
		if text != "" {
			seed, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return fmt.Errorf("seed %q is not a whole number from 0", text)
			}
			c.Seed = seed
		}
	case "run", "experiment", "name", "start":
	default:
		if !strings.HasPrefix(name, paramPrefix) {
			return fmt.Errorf("the column %q is unknown: a parameter's is %s%s, a detail's %s%s", name, paramPrefix, name, detailPrefix, name)
		}
	}
	return nil
}

func setFloat(to *float64, name, text string) (err error) {
	if text == "" {
		return nil
	}
	if *to, err = strconv.ParseFloat(text, 64); err != nil {
		return fmt.Errorf("%s %q is not a number", name, text)
	}
	return nil
}

// setInt also takes forms like 1e+06.
func setInt[T int | int64](to *T, name, text string) error {
	var x float64
	if err := setFloat(&x, name, text); err != nil {
		return err
	}
	if *to = T(x); float64(*to) != x {
		return fmt.Errorf("%s %q is not a whole number", name, text)
	}
	return nil
}

// maxLine is the longest line of JSON Lines that is read.
const maxLine = 16 << 20

// ReadJSONL reads cells from JSON Lines, an object a line as ExportJSONL writes
// it.
func ReadJSONL(r io.Reader) ([]Cell, error) {
	var cells []Cell
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxLine)
	for line := 1; in.Scan(); line++ {
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		var c Cell
		err := json.Unmarshal(in.Bytes(), &c)
		if err == nil && len(c.Params) > 0 {
			c.Params, err = Canonical(c.Params)
		}
		if err == nil {
			err = c.complete()
		}
		if err != nil {
			return nil, fmt.Errorf("import: line %d: %w", line, err)
		}
		cells = append(cells, c)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return cells, nil
}

// Import stores cells that were scored elsewhere as the finished run r, and
// returns its ID.
func (s *Store) Import(r Run, cells []Cell) (string, error) {
	l, err := s.Begin(r)
	if err != nil {
		return "", err
	}
	for _, c := range cells {
		if err := l.Log(c); err != nil {
			return "", errors.Join(err, l.Finish(Failed, err.Error()))
		}
	}
	return l.Run(), l.Finish(Done, "")
}
