package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"

	"sfdalab/results/figures"
)

// report is the table (Markdown and CSV) and the plots in a folder, which are
// written again with whatever is added.
type report struct {
	folder, machine string
	runs            int
	table, curves   []comparison
}

// add adds a line to the table.
func (r *report) add(c comparison) error {
	log.Print(c)
	r.table = append(r.table, c)
	return errors.Join(r.writeTable(), r.writeCSV())
}

// addPoint adds a point to the curves.
func (r *report) addPoint(c comparison) error {
	log.Print(c)
	r.curves = append(r.curves, c)
	return errors.Join(
		r.writeTable(),
		r.writeCSV(),
		draw(filepath.Join(r.folder, "samples.svg"), "D = 512, C = 50", "samples N", r.curves,
			func(s size) (float64, bool) { return float64(s.N), s.D == 512 }),
		draw(filepath.Join(r.folder, "features.svg"), "N = 4000, C = 50", "features D", r.curves,
			func(s size) (float64, bool) { return float64(s.D), s.N == 4000 }),
	)
}

// disagreements is an error that names the metrics whose scores differ.
func (r *report) disagreements() error {
	var errs []error
	for _, c := range slices.Concat(r.table, r.curves) {
		if d := c.difference(); c.Tolerance > 0 && !(d <= c.Tolerance) {
			errs = append(errs, fmt.Errorf("%s at %v: the score is %.10g, and %.10g in Python, a relative difference of %.0e", c.Metric, c.Size, c.Ours.Score, c.Python.Score, d))
		}
	}
	return errors.Join(errs...)
}

// writeTable writes the table as README.md.
func (r *report) writeTable() error {
	var text strings.Builder
	fmt.Fprintf(&text, "# sfdalab beside NumPy, SciPy and scikit-learn\n\n%s.\n\n", r.machine)
	fmt.Fprintf(&text, "Median of %d runs of each, in turn (of Python one where it takes over %d seconds); seconds from arrays in memory, as stored, to the score; peak resident memory of the process. Difference is that of the scores, relative (NLEEP, ITM and what is cross-validated are random). Of several metrics, the seconds are those of the whole program, start and reading included, beside the sum of Python's SFDA, LogME and H-score without these.\n\n", r.runs, patience)
	fmt.Fprintln(&text, "| (N, D, C) | metric | sfdalab, s | Python, s | faster | sfdalab, MiB | Python, MiB | difference |")
	fmt.Fprintln(&text, "|---|---|--:|--:|--:|--:|--:|--:|")
	for _, c := range r.table {
		difference := "–"
		if c.Tolerance > 0 {
			difference = fmt.Sprintf("%.0e", c.difference())
		}
		fmt.Fprintf(&text, "| %v | %s | %.3f | %.3f | %.1f× | %.0f | %.0f | %s |\n", c.Size, c.Metric,
			c.Ours.Seconds, c.Python.Seconds, c.Python.Seconds/c.Ours.Seconds, c.Ours.MiB, c.Python.MiB, difference)
	}
	if len(r.curves) > 0 {
		fmt.Fprint(&text, "\n![Seconds over samples](samples.svg)\n![Seconds over features](features.svg)\n")
	}
	return os.WriteFile(filepath.Join(r.folder, "README.md"), []byte(text.String()), 0o644)
}

// writeCSV writes all that was measured as bench.csv, a row for each side.
func (r *report) writeCSV() error {
	f, err := os.Create(filepath.Join(r.folder, "bench.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	w := csv.NewWriter(f)
	w.Write([]string{"metric", "n", "d", "c", "implementation", "seconds", "peak_mib", "score"})
	for _, c := range slices.Concat(r.table, r.curves) {
		for _, s := range []struct {
			name string
			side
		}{{"sfdalab", c.Ours}, {"python", c.Python}} {
			w.Write([]string{c.Metric, strconv.Itoa(c.Size.N), strconv.Itoa(c.Size.D), strconv.Itoa(c.Size.C), s.name,
				number(s.Seconds), number(s.MiB), number(s.Score)})
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return f.Close()
}

// number returns a number with six digits.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// draw plots seconds against what at returns for a size; sizes that it refuses
// are left out.
func draw(path, heading, axis string, comparisons []comparison, at func(size) (float64, bool)) error {
	var curves []figures.Curve
	kinds := make(map[string]int) // metric → its two places in curves
	for _, c := range comparisons {
		x, ok := at(c.Size)
		if !ok {
			continue
		}
		k, known := kinds[c.Metric]
		if !known {
			k = len(kinds)
			kinds[c.Metric] = k
			curves = append(curves,
				figures.Curve{Name: c.Metric + ", sfdalab", Kind: k},
				figures.Curve{Name: c.Metric + ", Python", Kind: k, Dashed: true})
		}
		ours, python := &curves[2*k], &curves[2*k+1]
		ours.Points = append(ours.Points, plotter.XY{X: x, Y: c.Ours.Seconds})
		python.Points = append(python.Points, plotter.XY{X: x, Y: c.Python.Seconds})
	}
	for _, c := range curves {
		slices.SortFunc(c.Points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	}
	var svg bytes.Buffer
	if err := figures.Curves(heading, axis, "seconds", curves).Write(&svg, "svg"); err != nil {
		return err
	}
	return os.WriteFile(path, svg.Bytes(), 0o644)
}
