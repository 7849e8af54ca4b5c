package datasets

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sfdalab/internal/regular"
	"sfdalab/internal/strict"
)

// CSV lists the images of a table with the columns path, class and, where there are
// splits, split. Paths are relative to the table's folder. Classes are in the order of
// their names, or by number where all are whole numbers.
func CSV(path string) (*Dataset, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(strict.WithoutMark(f)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, strict.Table(err))
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s lists no images", path)
	}
	header := rows[0]
	for i, name := range header {
		header[i] = strings.ToLower(strings.TrimSpace(name))
	}
	at, class, split := slices.Index(header, "path"), slices.Index(header, "class"), slices.Index(header, "split")
	if at < 0 || class < 0 {
		return nil, fmt.Errorf("%s: the first line must name the columns path and class: it has %s", path, strings.Join(header, ", "))
	}
	var names []string
	for i, row := range rows[1:] {
		if row[at] == "" || row[class] == "" {
			return nil, fmt.Errorf("%s: line %d has no path or no class", path, i+2)
		}
		names = append(names, row[class])
	}
	d := &Dataset{}
	d.Classes = inOrder(names)
	for _, row := range rows[1:] {
		full := filepath.FromSlash(row[at])
		if !filepath.IsAbs(full) {
			full = filepath.Join(filepath.Dir(path), full)
		}
		s := file(full, row[at], slices.Index(d.Classes, row[class]), "")
		if split >= 0 {
			s.Split = row[split]
		}
		d.Samples = append(d.Samples, s)
	}
	return d, nil
}

// inOrder returns the different names in their order, by number where all are numbers.
func inOrder(names []string) []string {
	classes, _ := byName(names)
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	if !slices.ContainsFunc(classes, func(s string) bool { _, err := strconv.Atoi(s); return err != nil }) {
		slices.SortStableFunc(classes, func(a, b string) int { return number(a) - number(b) })
	}
	return classes
}

// only keeps the samples of splits that are joined by +, in this order; all for "".
func (d *Dataset) only(split string) (*Dataset, error) {
	if split == "" {
		return d, nil
	}
	var kept []Sample
	for part := range strings.SplitSeq(split, "+") {
		before := len(kept)
		for _, s := range d.Samples {
			if s.Split == part {
				kept = append(kept, s)
			}
		}
		if len(kept) == before {
			return nil, fmt.Errorf("%s has no images of split %q", d.Name, part)
		}
	}
	d.Samples, d.Split = kept, split
	return d, nil
}
