package tracking

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"sfdalab/results"
)

// A Diff is what differs between two runs, in the order in which to look for
// the reason: what was asked, what was read, what computed it, and then what
// came out.
type Diff struct {
	A, B        Run
	Spec        []Change // lines
	Inputs      []Change // SHA-256 of input files, as seen from the spec, and ground truths
	Versions    []Change // of metrics
	Environment []Change
	Scores      []Change // of cells, beyond the tolerance
	Same        int      // cells that agree
	Tables      []Change // values of tables, beyond the tolerance; none where a run's record lacks what they need
}

// A Change is a thing that is A in one run and B in the other, "" where a run
// does not have it.
type Change struct {
	What string
	A, B string
}

// Rise returns how much B is above A where both are numbers, with three digits, and
// "" where they are not.
func (c Change) Rise() string {
	a, errA := strconv.ParseFloat(c.A, 64)
	b, errB := strconv.ParseFloat(c.B, 64)
	if errA != nil || errB != nil {
		return ""
	}
	return fmt.Sprintf("%+.3g", b-a)
}

// Diff compares the runs that two refs name. Scores a and b agree if
// |a − b| ≤ tolerance·max(|a|, |b|); a tolerance of 0 asks for the same bits.
func (s *Store) Diff(a, b string, tolerance float64) (Diff, error) {
	var d Diff
	var err error
	if d.A, err = s.Run(a); err != nil {
		return d, err
	}
	if d.B, err = s.Run(b); err != nil {
		return d, err
	}
	cellsA, err := s.Cells(d.A.ID)
	if err != nil {
		return d, err
	}
	cellsB, err := s.Cells(d.B.ID)
	if err != nil {
		return d, err
	}
	d.Spec = diffLines(d.A.Spec, d.B.Spec)
	d.Inputs = diffInputs(d.A.inputs(), d.B.inputs())
	d.Versions = diffMaps(versions(cellsA), versions(cellsB))
	d.Environment = diffMaps(d.A.Environment.facts(), d.B.Environment.facts())
	d.compare(cellsA, cellsB, tolerance)
	if d.A.Layout == nil || d.B.Layout == nil {
		return d, nil
	}
	valuesA, err := tableValues(Selection{d.A, cellsA})
	if err != nil {
		return d, err
	}
	valuesB, err := tableValues(Selection{d.B, cellsB})
	d.Tables = slices.DeleteFunc(diffMaps(valuesA, valuesB), func(c Change) bool {
		a, errA := strconv.ParseFloat(c.A, 64)
		b, errB := strconv.ParseFloat(c.B, 64)
		return errA == nil && errB == nil && within(a, b, tolerance)
	})
	return d, err
}

// tableValues returns the values of a run's tables, by what they are of.
func tableValues(s Selection) (map[string]string, error) {
	rec, values := s.Record(), make(map[string]string)
	for _, t := range rec.Truths {
		rows, _, err := rec.Rows(t.SHA256, results.Resampling{Resamples: -1})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			values[fmt.Sprintf("%s on %s by %s (%s)", r.Metric, r.Dataset, r.Measure, t.Name)] = fmt.Sprint(r.Value)
		}
	}
	return values, nil
}

// Equal reports whether all cells agree, and all tables.
func (d *Diff) Equal() bool { return len(d.Scores) == 0 && len(d.Tables) == 0 }

// Differences says how many scores and how many values of tables differ.
func (d *Diff) Differences() string {
	scores, tables := results.Count(len(d.Scores), "score"), results.Count(len(d.Tables), "value")+" of the tables"
	switch {
	case d.Equal():
		return "every score is the same to the last bit, and so are the tables"
	case len(d.Tables) == 0:
		return scores + " differ, the tables do not"
	case len(d.Scores) == 0:
		return "the scores are the same, but of the tables " + results.Count(len(d.Tables), "value") + " differ"
	}
	return scores + " and " + tables + " differ"
}

// inputs returns the hashes of the input files and ground truths by name: that of a
// file is its path from the spec's folder, the same wherever the whole is copied to.
func (r *Run) inputs() map[string]string {
	hashes := make(map[string]string)
	for path, hash := range r.Inputs {
		if !filepath.IsAbs(path) { // as earlier programs recorded them
			path = filepath.Join(r.Environment.Dir, path)
		}
		if from, err := filepath.Rel(filepath.Dir(r.SpecPath), path); err == nil {
			path = from
		}
		hashes[filepath.ToSlash(path)] = hash
	}
	for _, t := range r.Truths {
		hashes["ground truth "+t.Name] = t.SHA256
	}
	return hashes
}

// diffInputs returns the inputs that differ. A file that only one run names is none
// if the other has read the same bytes under another name.
func diffInputs(a, b map[string]string) []Change {
	read := func(from map[string]string, hash string) bool {
		for _, h := range from {
			if h == hash {
				return true
			}
		}
		return false
	}
	return slices.DeleteFunc(diffMaps(a, b), func(c Change) bool {
		return c.B == "" && read(b, c.A) || c.A == "" && read(a, c.B)
	})
}

// mostNamed is how many changes a reason names.
const mostNamed = 3

// Reason says what may have made scores differ, as far as the records tell.
func (d *Diff) Reason() string {
	var reasons []string
	for _, part := range []struct {
		what    string
		changes []Change
	}{{"the spec changed", d.Spec}, {"input files changed", d.Inputs}, {"versions of metrics changed", d.Versions}, {"the program or machine changed", d.Environment}} {
		if len(part.changes) == 0 {
			continue
		}
		var names []string
		for _, c := range part.changes[:min(mostNamed, len(part.changes))] {
			names = append(names, c.What)
		}
		if more := len(part.changes) - len(names); more > 0 {
			names = append(names, fmt.Sprint(more, " more"))
		}
		reasons = append(reasons, part.what+" ("+strings.Join(names, ", ")+")")
	}
	if reasons == nil {
		return "nothing that is recorded changed"
	}
	return strings.Join(reasons, "; ")
}

// versions returns the version of each metric. Scores that were computed elsewhere have none.
func versions(cells []Cell) map[string]string {
	all := make(map[string]string)
	for _, c := range cells {
		all[c.Metric] = "computed elsewhere, version unknown"
		if c.Version != 0 {
			all[c.Metric] = fmt.Sprint(c.Version)
		}
	}
	return all
}

// facts returns e by name, without what differs for every run.
func (e *Environment) facts() map[string]string {
	return map[string]string{
		"git revision": e.Revision, "uncommitted changes": fmt.Sprint(e.Dirty), "program": beginning(e.Program),
		"Go": e.Go, "OS": e.OS,
		"CPU": e.CPU, "cores": fmt.Sprint(e.Cores), "host": e.Host,
	}
}

// compare sets Scores and Same. Cells correspond that are of the same dataset,
// model, metric, parameters, subset and seed.
func (d *Diff) compare(a, b []Cell, tolerance float64) {
	index := func(cells []Cell) (map[string]*Cell, []string) {
		byName := make(map[string]*Cell, len(cells))
		variant := Variants(slices.Concat(a, b))
		var order []string
		for i := range cells {
			c := &cells[i]
			name := strings.Join(strings.Fields(fmt.Sprint(c.Dataset, " ", c.Model, " ", c.Metric, " ", variant(c), " ", c.Subset)), " ")
			if c.Seed != 0 {
				name += fmt.Sprint(" seed ", c.Seed)
			}
			if byName[name] == nil {
				order = append(order, name)
			}
			byName[name] = c
		}
		return byName, order
	}
	inA, order := index(a)
	inB, more := index(b)
	for _, name := range more {
		if inA[name] == nil {
			order = append(order, name)
		}
	}
	for _, name := range order {
		ca, cb := inA[name], inB[name]
		if ca != nil && cb != nil && agree(ca, cb, tolerance) {
			d.Same++
			continue
		}
		d.Scores = append(d.Scores, Change{name, outcome(ca), outcome(cb)})
	}
}

// agree reports whether two cells have the same error, or scores within the tolerance.
func agree(a, b *Cell, tolerance float64) bool {
	if a.Error != "" || b.Error != "" {
		return a.Error == b.Error
	}
	return within(a.Score, b.Score, tolerance)
}

// within reports whether two numbers agree up to a relative tolerance.
func within(a, b, tolerance float64) bool {
	return a == b || math.Abs(a-b) <= tolerance*max(math.Abs(a), math.Abs(b))
}

// outcome returns what came out of c.
func outcome(c *Cell) string {
	switch {
	case c == nil:
		return ""
	case c.Error != "":
		return "error: " + c.Error
	}
	return fmt.Sprint(c.Score)
}

// diffMaps returns the keys whose values differ, in their order.
func diffMaps(a, b map[string]string) []Change {
	var changes []Change
	all := maps.Clone(b)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, a)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if a[k] != b[k] {
			changes = append(changes, Change{k, a[k], b[k]})
		}
	}
	return changes
}

// diffLines returns the lines that only one of the texts has, by a longest
// common subsequence.
func diffLines(a, b string) []Change {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	switch {
	case a == b:
		return nil
	case len(x)*len(y) > 1<<24: // too long to be a spec
		return []Change{{"the whole", fmt.Sprint(len(x), " lines"), fmt.Sprint(len(y), " lines")}}
	}
	// common[i][j] is the length of the longest common subsequence of x[i:] and
	// y[j:].
	common := make([][]int32, len(x)+1)
	for i := range common {
		common[i] = make([]int32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var changes []Change
	removed, added := 0, 0 // of the lines just before x[i] and y[j], not yet in changes
	flush := func(i, j int) {
		for k := range max(removed, added) { // a line that was changed is removed and added
			c := Change{What: fmt.Sprint("line ", j-added+k+1)}
			if k < removed {
				c.What, c.A = fmt.Sprint("line ", i-removed+k+1), x[i-removed+k]
			}
			if k < added {
				c.B = y[j-added+k]
			}
			changes = append(changes, c)
		}
		removed, added = 0, 0
	}
	for i, j := 0, 0; i < len(x) || j < len(y); {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			flush(i, j)
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && common[i+1][j] >= common[i][j+1]:
			removed, i = removed+1, i+1
		default:
			added, j = added+1, j+1
		}
	}
	flush(len(x), len(y))
	return changes
}

// A DiffPart is the differences of one kind, which there are.
type DiffPart struct {
	Title   string
	Changes []Change
	Rises   bool // they are numbers, whose differences matter
}

// Parts returns the differences by their kinds, with short hashes.
func (d *Diff) Parts() []DiffPart {
	inputs := slices.Clone(d.Inputs)
	for i, c := range inputs {
		inputs[i].A, inputs[i].B = beginning(c.A), beginning(c.B)
	}
	all := []DiffPart{{"spec", d.Spec, false}, {"input files", inputs, false}, {"metric versions", d.Versions, false}, {"environment", d.Environment, false}, {"scores", d.Scores, true}, {"tables", d.Tables, true}}
	return slices.DeleteFunc(all, func(p DiffPart) bool { return len(p.Changes) == 0 })
}

// WriteTo writes d as text: a table for each kind of difference, and how many cells
// agree. Of hashes it writes the beginning.
func (d *Diff) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		for i, c := range cells {
			cells[i] = results.OneLine(c)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	for i, r := range []*Run{&d.A, &d.B} {
		row([]string{"A", "B"}[i], r.ID, r.Start.Local().Format(time.DateTime), r.Experiment, r.Name)
	}
	for _, part := range d.Parts() {
		t.Flush() // columns are as wide as their own table asks for
		fmt.Fprintln(&b)
		rise := ""
		if part.Rises {
			rise = "B − A"
		}
		row(part.Title, "A", "B", rise)
		for _, c := range part.Changes {
			if part.Rises {
				rise = c.Rise()
			}
			row(c.What, cmp.Or(c.A, "–"), cmp.Or(c.B, "–"), rise)
		}
	}
	t.Flush()
	fmt.Fprintf(&b, "\n%s\n", d.Sum())
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// Sum says how many cells agree and differ, and how many values of tables do.
func (d *Diff) Sum() string {
	text := fmt.Sprintf("%d cells agree, %d differ", d.Same, len(d.Scores))
	if n := len(d.Tables); n > 0 {
		text += fmt.Sprintf("\nof the tables, %s differ", results.Count(n, "value"))
	}
	return text
}

// beginning returns as much of a hash as tells files apart.
func beginning(hash string) string { return hash[:min(12, len(hash))] }
