package tracking

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"sfdalab/internal/memory"
	"sfdalab/internal/strict"
	"sfdalab/results"
)

// ReadCSV reads cells from CSV with a header, as ExportCSV writes it. The
// columns dataset, model, metric and score must be there. Those that tell of
// runs are passed over; an unknown one is an error. A score that is blank or NaN
// is missing: the cell then has an error that says so, unless it has one.
func ReadCSV(r io.Reader) ([]Cell, error) {
	in := strict.NewRecords(r)
	header, err := in.Read()
	if err == io.EOF {
		return nil, errors.New("import: the file is empty; want a header with dataset, model, metric and score")
	} else if err != nil {
		return nil, fmt.Errorf("import: %w", strict.Table(err))
	}
	if !isText(header) {
		return nil, errors.New("import: line 1 is not text in UTF-8: save the file as UTF-8")
	}
	for _, name := range []string{"dataset", "model", "metric", "score"} {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("import: the column %q is missing: the first line must name dataset, model, metric and score, and may name others", name)
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
	if have["split"] && have["subset"] {
		return nil, errors.New("import: the columns \"split\" and \"subset\" name the same: leave out one of them")
	}
	var all imported
	for {
		row, err := in.Read()
		if err == io.EOF {
			return all.done()
		} else if err != nil {
			return nil, fmt.Errorf("import: %w", strict.Table(err))
		}
		line, _ := in.FieldPos(0)
		if !isText(row) {
			return nil, fmt.Errorf("import: line %d is not text in UTF-8: save the file as UTF-8", line)
		}
		c, score, err := cellOf(header, row)
		if err == nil {
			err = c.checkBlanks()
		}
		if err == nil {
			err = all.add(line, c, score)
		}
		if err != nil {
			return nil, fmt.Errorf("import: line %d: %w", line, err)
		}
	}
}

// isText reports whether all fields are text in UTF-8: in another encoding, which nobody
// knows, names would not be those of other files.
func isText(fields []string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool { return !utf8.ValidString(f) })
}

// cellOf returns the cell of a row, and its score apart: NaN if the row has none.
func cellOf(header, row []string) (c Cell, score float64, err error) {
	score = math.NaN()
	params := make(map[string]any)
	for i, name := range header {
		row[i] = results.UnescapeCSV(row[i])
		if p, ok := strings.CutPrefix(name, paramPrefix); ok {
			if row[i] != "" {
				params[p] = paramValue(row[i])
			}
		} else if name == "score" {
			err = setFloat(&score, name, row[i])
		} else {
			err = c.set(name, row[i])
		}
		if err != nil {
			return c, score, err
		}
	}
	if len(params) > 0 {
		c.Params, err = Canonical(params)
	}
	return c, score, err
}

// checkBlanks refuses names with blanks around them: nobody sees those in a table, and names
// that differ by them alone would be two.
func (c *Cell) checkBlanks() error {
	for _, name := range []struct{ column, text string }{{"dataset", c.Dataset}, {"model", c.Model}, {"metric", c.Metric}, {"subset", c.Subset}} {
		if strings.TrimSpace(name.text) != name.text {
			return fmt.Errorf("%s %q has blanks before or behind it: remove them", name.column, name.text)
		}
	}
	return nil
}

// imported are the cells of a file, checked as they are read.
type imported struct {
	parts  [][]Cell      // in which no cell moves when more come
	lines  []int         // of the cells
	at     map[named]int // in cells
	weight int64         // bytes of memory that it takes to store the cells
}

// named is what an imported cell is known by in its file: models whose files are not told
// apart, as where labels alone are named, are still others.
type named struct {
	Identity
	dataset, model string
}

const partSize = 4096

// weight is about how many bytes of memory it takes to store c, besides c itself: all that
// an import stores is held until it is written.
func (c *Cell) weight() int64 {
	bytes := len(c.Params) + len(c.Error)
	for _, w := range c.Warnings {
		bytes += len(w)
	}
	return 1000 + 100*int64(len(c.Details)+len(c.Files)) + 2*int64(bytes)
}

// noScore is the error of a cell whose score is missing in a table.
const noScore = "the table has no score"

// add adds the cell of a line, whose score is given, and gives it its identity.
func (a *imported) add(line int, c Cell, score float64) error {
	switch missing := math.IsNaN(score); {
	case missing && c.Error == "":
		c.Error = noScore
	case !missing && c.Error != "" && score != 0: // as earlier programs wrote failures
		return fmt.Errorf("want a score or an error, not both: %v and %q", score, c.Error)
	case c.Error == "":
		c.Score = score
	}
	if err := c.check(); err != nil {
		return err
	}
	c.ID = c.Identify()
	key := named{c.ID, c.Dataset, c.Model}
	if first, known := a.at[key]; known && !a.cell(first).saysAs(&c) {
		return fmt.Errorf("%s %s %s is already in line %d, with another score, details or warnings", c.Dataset, c.Model, c.Metric, a.lines[first])
	}
	if a.at == nil {
		a.at = make(map[named]int)
	}
	a.at[key] = len(a.lines)
	a.weight += c.weight()
	if len(a.lines)%partSize == 0 {
		if free := memory.Free(); a.weight > free {
			return fmt.Errorf("storing the scores until here takes %d MiB of memory, and %d are left: import the file in parts", a.weight>>20, free>>20)
		}
		a.parts = append(a.parts, make([]Cell, 0, partSize))
	}
	part := &a.parts[len(a.parts)-1]
	*part, a.lines = append(*part, c), append(a.lines, line)
	return nil
}

// saysAs reports whether c and d, besides the same score, have the same details and warnings.
func (c *Cell) saysAs(d *Cell) bool {
	sameBits := func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }
	return c.sameScore(d) && maps.EqualFunc(c.Details, d.Details, sameBits) && slices.Equal(c.Warnings, d.Warnings)
}

func (a *imported) cell(n int) *Cell { return &a.parts[n/partSize][n%partSize] }

// done returns the cells, of which there must be some.
func (a *imported) done() ([]Cell, error) {
	if len(a.lines) == 0 {
		return nil, errors.New("import: there are no scores in the file")
	}
	a.at = nil
	return slices.Concat(a.parts...), nil
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
	case "subset", "split": // as exports have it
		c.Subset = text
	case "error":
		c.Error = text
	case "warnings":
		if text != "" {
			c.Warnings = strings.Split(text, "\n")
		}
	case "score": // which cellOf reads
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
				return fmt.Errorf("seed %q is not a whole number, 0 or above", text)
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

// setFloat sets a number, unless text is blank.
func setFloat(to *float64, name, text string) (err error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	if *to, err = strict.Number(text); err != nil {
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

// ReadJSONL reads cells from JSON Lines, an object a line as ExportJSONL writes it. A
// score that is null, NaN or not there is missing, as in ReadCSV; an unknown key is an
// error.
func ReadJSONL(r io.Reader) ([]Cell, error) {
	var all imported
	in := bufio.NewScanner(strict.WithoutMark(r))
	in.Buffer(nil, maxLine)
	line := 1
	for ; in.Scan(); line++ {
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		o, err := readObject(in.Bytes())
		if err == nil {
			score := math.NaN()
			if o.Score != nil {
				score = float64(*o.Score)
			}
			err = all.add(line, o.cell(), score)
		}
		if err != nil {
			return nil, fmt.Errorf("import: line %d: %w", line, err)
		}
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("import: line %d has more than %d MiB: want one JSON object in each line", line, maxLine>>20)
	} else if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return all.done()
}

// ReadReleased reads cells from METRIC/DATASET_metrics.json, as the released code of SFDA
// writes it.
func ReadReleased(r io.Reader, path string) ([]Cell, error) {
	scores, err := results.ReadReleased(r, path)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	var all imported
	for i, s := range scores {
		if err := all.add(i+1, Cell{Dataset: s.Dataset, Model: s.Model, Metric: s.Metric}, s.Value); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	return all.done()
}

// readObject reads the object of a line and nothing after it.
func readObject(text []byte) (o object, err error) {
	if err := strict.JSON(text, &o); err != nil {
		return o, fmt.Errorf("want one JSON object in each line: %w", err)
	}
	if len(o.Params) > 0 {
		o.Params, err = Canonical(o.Params)
	}
	return o, err
}

// ImportRole is the role, in Cell.Files, of the file that a cell was imported from.
const ImportRole = "import"

// Import stores cells that were read from a file as the finished run r, whole or not
// at all, and returns its ID. The SHA-256 of the file becomes part of what each cell is
// known by, so that none stands in for a score to be computed: the cells are changed so.
func (s *Store) Import(r Run, sha256 string, cells []Cell) (string, error) {
	alone := Files{ImportRole: sha256} // of all cells that have no other files
	for i := range cells {
		c := &cells[i]
		if len(c.Files) > 0 {
			c.Files = maps.Clone(c.Files)
			c.Files[ImportRole] = sha256
		} else {
			c.Files = alone
		}
		c.ID = c.Identify()
	}
	r.begin(time.Now())
	r.Outcome, r.End, r.Process = Done, time.Now(), ""
	err := s.update(func(tx *bolt.Tx) error { return addRunWithCells(tx, &r, cells) })
	return r.ID, err
}
