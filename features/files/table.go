package files

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// A table is what files of named columns have in common: which columns are features,
// labels or identifiers of samples.
type table struct {
	*input
	key     string // the columns that are named behind the path; "" for none
	n       int
	columns []column

	numbers func(columns []int) (*mat.Dense, error) // one after the other, N×Σ width
	texts   func(column int) ([]string, error)      // as they are written
	told    notes                                   // of the reading of the file
}

// A column is one of a table.
type column struct {
	name   string
	text   bool  // it holds something else than numbers
	files  bool  // it holds names of images' files
	counts bool  // it holds 0 to N−1 or 1 to N
	width  int   // numbers in each row: more than one in a column of lists
	err    error // of a column of numbers, the first that is none
}

// Names of columns that are no features, in lower case.
var (
	labelNames  = []string{"label", "labels", "class", "klasse", "classes", "target", "targets", "y", "category", "label_id", "class_id", "labelid", "classid", "class_name", "label_name", "ground_truth", "gt"}
	indexNames  = []string{"", "unnamed: 0", "__index_level_0__", "index", "idx", "id", "row", "rownames", "row_id"}
	sampleNames = []string{"sample", "samples", "sample_id", "filename", "file_name", "file", "filepath", "file_path", "path", "image", "image_id", "image_name", "image_path", "img", "img_path", "name", "key", "uid", "uuid", "id"}
	splitNames  = []string{"split", "fold", "subset", "partition"}
)

// called reports whether c has one of the names, in small letters or capitals.
func (c column) called(names []string) bool {
	return slices.Contains(names, strings.ToLower(strings.TrimSpace(c.name)))
}

// unnamed reports whether c is bare as pandas heads the index of a table.
func (c column) unnamed() bool { return c.called(indexNames[:3]) }

// identifies reports whether c names the samples.
func (c column) identifies() bool {
	return c.width == 1 && c.text && (c.files || c.unnamed() || c.called(sampleNames))
}

// index reports whether column k is the index of a table as pandas writes it: row
// numbers without a name, those of some rows or in any order, too.
func (t *table) index(k int) bool {
	c := t.columns[k]
	if t.n == 0 || c.text || c.width != 1 || !c.unnamed() {
		return false
	}
	numbers, err := t.numbers([]int{k})
	return err == nil && unique(numbers.RawMatrix().Data, 1)
}

// unique reports whether each of the numbers that are step apart is whole and unlike all
// others.
func unique(numbers []float64, step int) bool {
	seen := make(map[float64]bool)
	for i := 0; i < len(numbers); i += step {
		x := numbers[i]
		if seen[x] || x != math.Trunc(x) { // NaN, too
			return false
		}
		seen[x] = true
	}
	return true
}

// names returns the names of columns, for an error.
func (t *table) names(columns []int) []string {
	var names []string
	for _, k := range columns {
		names = append(names, fmt.Sprintf("%q", clip(t.columns[k].name)))
	}
	return names
}

// named returns the columns that patterns name, which are separated by commas.
func (t *table) named(patterns string) ([]int, error) {
	var found []int
	for pattern := range strings.SplitSeq(patterns, ",") {
		pattern = strings.TrimSpace(pattern)
		matched := 0
		for k, c := range t.columns {
			if like(pattern, c.name) && !slices.Contains(found, k) {
				found = append(found, k)
				matched++
			}
		}
		if matched > 1 && !strings.Contains(pattern, "*") {
			return nil, fmt.Errorf("%s: %d columns are named %q: give each a name of its own", t.path, matched, clip(pattern))
		}
		if matched == 0 {
			all := make([]int, len(t.columns))
			for k := range all {
				all[k] = k
			}
			return nil, fmt.Errorf("%s: no column %q; it has %s", t.path, clip(pattern), list(t.names(all)))
		}
	}
	return found, nil
}

// like reports whether a name matches a pattern in which * stands for any letters.
func like(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(name, parts[0])
	for i, part := range parts[1:] {
		if !ok {
			return false
		}
		if i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		_, rest, ok = strings.Cut(rest, part)
	}
	return ok && (len(parts) > 1 || rest == "")
}

// rows returns the columns of features. Without a key these are all columns of numbers
// that are not to be dropped, but for those that name the samples. A column that may be
// something else is an error.
func (t *table) rows(r Reading, told *notes) (features.Rows, error) {
	if r.Pool != "" {
		return nil, fmt.Errorf("%s is a table, which has nothing to pool", t.path)
	}
	*told = append(*told, t.told...)
	chosen, err := t.chooseFeatures(r, told)
	if err != nil {
		return nil, err
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%s has no column of features", t.path)
	}
	if t.n == 0 {
		return nil, fmt.Errorf("%s has no line of numbers", t.path)
	}
	for _, k := range chosen {
		if c := t.columns[k]; c.err != nil {
			return nil, c.err
		}
	}
	numbers, err := t.numbers(chosen)
	if err != nil {
		return nil, err
	}
	return features.Dense(numbers), nil
}

// chooseFeatures returns the columns that are features, see rows.
func (t *table) chooseFeatures(r Reading, told *notes) ([]int, error) {
	if t.key != "" {
		return t.named(t.key)
	}
	var chosen []int
	for k, c := range t.columns {
		name := clip(c.name)
		drop := fmt.Sprintf("--drop '%s' (in a spec, drop), or name the columns of features, such as '%s:f_*'", name, filepath.Base(t.path))
		if name == "" {
			drop = `--drop '""' (in a spec, drop: "")`
		}
		refuse := func(what string) ([]int, error) {
			return nil, fmt.Errorf("%s: column %q %s: leave it out by %s", t.path, name, what, drop)
		}
		switch {
		case slices.ContainsFunc(r.Drop, func(pattern string) bool { return like(pattern, c.name) }):
		case c.called(labelNames):
			return refuse("looks like the labels")
		case c.identifies():
			told.add("%s: column %q is taken for the names of the samples", t.path, name)
		case c.text && c.called(splitNames):
			told.add("%s: column %q is left out", t.path, name)
		case t.index(k):
			told.add("%s: column %q, which numbers the rows, is left out", t.path, name)
		case c.called(indexNames) || c.called(sampleNames) || c.called(splitNames):
			return refuse("looks like identifiers of the samples, not like features")
		case c.counts && t.n > 2:
			return refuse("counts the rows")
		case c.text:
			if c.err != nil {
				return nil, fmt.Errorf("%w: leave the column out by %s", c.err, drop)
			}
			return refuse("holds text, not numbers")
		default:
			chosen = append(chosen, k)
		}
	}
	if lists := slices.IndexFunc(chosen, func(k int) bool { return t.columns[k].width > 1 }); lists >= 0 && len(chosen) > 1 {
		name := t.columns[chosen[lists]].name
		return nil, fmt.Errorf("%s has %d columns that may be features, %s, one of them of lists: name those that are, such as '%s:%s'", t.path, len(chosen), list(t.names(chosen)), filepath.Base(t.path), name)
	}
	return chosen, nil
}

// labels returns the column of labels. Without a key it is the only one, but for names
// of samples; or several columns of numbers.
func (t *table) labels(r Reading, told *notes) (*values, error) {
	*told = append(*told, t.told...)
	if t.n == 0 {
		return nil, fmt.Errorf("%s has no label", t.path)
	}
	chosen, err := t.chooseLabels(told)
	if err != nil {
		return nil, err
	}
	v := &values{path: t.path, stored: "text"}
	if len(chosen) == 1 && t.columns[chosen[0]].width == 1 {
		v.parsed = true
		v.texts, err = t.texts(chosen[0])
		return v, err
	}
	for _, k := range chosen {
		if c := t.columns[k]; c.err != nil {
			return nil, c.err
		}
		v.columns = append(v.columns, t.columns[k].name)
	}
	if len(chosen) == 1 {
		v.columns = nil // of a column of lists, which has one name
	}
	if v.numbers, err = t.numbers(chosen); err != nil {
		return nil, err
	}
	if several := t.key == "" && r.Labels != KindTargets && slices.ContainsFunc(v.numbers.RawMatrix().Data, func(x float64) bool { return x != 0 && x != 1 }); several {
		return nil, t.nameOne(chosen)
	}
	return v, nil
}

// nameOne is the error of columns of which it is not known which has the labels.
func (t *table) nameOne(columns []int) error {
	example := t.columns[columns[len(columns)-1]].name
	if k := slices.IndexFunc(columns, func(k int) bool { return t.columns[k].called(labelNames) }); k >= 0 {
		example = t.columns[columns[k]].name
	}
	return fmt.Errorf("%s has %d columns, %s: name the one that holds the labels, such as '%s:%s'", t.path, len(columns), list(t.names(columns)), filepath.Base(t.path), example)
}

// chooseLabels returns the columns that may be labels, see labels.
func (t *table) chooseLabels(told *notes) ([]int, error) {
	if t.key != "" {
		return t.named(t.key)
	}
	var chosen []int
	text := false
	for k, c := range t.columns {
		switch {
		case len(t.columns) > 1 && c.identifies():
			told.add("%s: column %q is taken for the names of the samples", t.path, clip(c.name))
		case len(t.columns) > 1 && t.index(k):
			told.add("%s: column %q, which numbers the rows, is left out", t.path, clip(c.name))
		default:
			chosen = append(chosen, k)
			text = text || c.text
		}
	}
	switch {
	case len(chosen) == 0:
		return nil, errors.New(t.path + " has no column of labels")
	case len(chosen) > 1 && (text || slices.ContainsFunc(chosen, func(k int) bool { return t.columns[k].counts && t.n > 2 || t.columns[k].called(labelNames) })):
		return nil, t.nameOne(chosen)
	}
	return chosen, nil
}

// ReadTable returns the rows of a table, as they are written, by the names of columns.
func ReadTable(path string) ([]map[string]string, error) {
	in, c, err := openInput(path, nil)
	if err != nil {
		return nil, err
	}
	defer in.close()
	t, ok := c.(*table)
	if !ok {
		return nil, fmt.Errorf("%s is not a table such as a CSV file", path)
	}
	rows := make([]map[string]string, t.n)
	for i := range rows {
		rows[i] = make(map[string]string)
	}
	bare := !slices.ContainsFunc(t.columns, func(c column) bool { _, err := strconv.Atoi(c.name); return err != nil })
	for k, c := range t.columns {
		texts, err := t.texts(k)
		if err != nil {
			return nil, err
		}
		name := c.name
		if bare && t.n > 0 { // all is text, and the first line was not known for a heading
			name = texts[0]
		}
		for i, text := range texts {
			rows[i][strings.ToLower(name)] = text
		}
	}
	if bare && t.n > 0 {
		rows = rows[1:]
	}
	return rows, nil
}

// samples returns the column that names the samples, unless it is named as another.
func (t *table) samples() ([]string, error) {
	if len(t.columns) == 1 {
		return nil, nil
	}
	k := slices.IndexFunc(t.columns, column.identifies)
	if k < 0 {
		return nil, nil
	}
	return t.texts(k)
}
