// Command bench measures sfdalab side by side with the same metrics in NumPy,
// SciPy and scikit-learn (reference), and writes a table and plots as it goes.
//
// Both sides read the same files of made-up features, each metric in a process of
// its own, in turn. What is compared is the time from features in memory to the
// score, the median of several runs, and the peak resident memory of the process.
// It fails when the two scores of a metric disagree.
package main

import (
	"embed"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	_ "sfdalab/experiments" // registers the metrics
)

//go:embed reference/*.py
var reference embed.FS

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	var (
		program = flag.String("sfdalab", "bin/sfdalab", "the program to measure")
		python  = flag.String("python", "python3", "an interpreter with NumPy, SciPy and scikit-learn")
		out     = flag.String("out", "results/bench", "folder of the table and the plots")
		runs    = flag.Int("runs", 3, "runs of each side, of which the median counts; of Python one where it takes long")
		quick   = flag.Bool("quick", false, "leave out the larger sizes and the curves")
	)
	flag.Parse()
	if err := bench(*program, *python, *out, *runs, *quick); err != nil {
		log.Fatal(err)
	}
}

// bench measures, and writes the report into the folder out as it goes. The error tells
// also of scores that disagree.
func bench(program, python, out string, runs int, quick bool) error {
	folder, err := os.MkdirTemp("", "sfdalab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.CopyFS(folder, reference); err != nil {
		return err
	}
	machine, err := describeMachine(python)
	if err != nil {
		return err
	}
	b := &sideBySide{program: program, python: python, script: filepath.Join(folder, "reference"), folder: folder, runs: runs}
	r := &report{folder: out, machine: machine, runs: runs}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}

	sizes := []size{{1000, 512, 20}, {2000, 512, 50}, {5000, 2048, 100}, {20000, 2048, 397}}
	if quick {
		sizes = sizes[:2]
	}
	if err := fillTable(b, r, sizes); err != nil {
		return err
	}
	if !quick {
		if err := drawCurves(b, r, curveSizes()); err != nil {
			return err
		}
	}
	return r.disagreements()
}

// fillTable compares each metric at each size that is not too large for it in Python, and
// several metrics in one run at all but the largest.
func fillTable(b *sideBySide, r *report, sizes []size) error {
	for _, s := range sizes {
		for _, m := range measured {
			if s.N > m.largest {
				continue
			}
			c, err := b.compare(m, s)
			if err != nil {
				return err
			}
			if err := r.add(c); err != nil {
				return err
			}
		}
		if s.N > 10000 {
			continue
		}
		c, err := b.together(s)
		if err != nil {
			return err
		}
		if err := r.add(c); err != nil {
			return err
		}
	}
	return nil
}

// drawCurves compares at the sizes of the curves the metrics that Python computes at any
// size.
func drawCurves(b *sideBySide, r *report, sizes []size) error {
	for _, s := range sizes {
		for _, m := range measured {
			if m.largest < huge {
				continue
			}
			c, err := b.compare(m, s)
			if err != nil {
				return err
			}
			if err := r.addPoint(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// size is N samples of D features in C classes.
type size struct{ N, D, C int }

// String returns the size as the table and the names of files have it.
func (s size) String() string { return fmt.Sprintf("(%d, %d, %d)", s.N, s.D, s.C) }

// curveSizes vary N at a fixed D, and D at a fixed N.
func curveSizes() []size {
	var sizes []size
	for _, n := range []int{1000, 2000, 4000, 8000, 16000} {
		sizes = append(sizes, size{n, 512, 50})
	}
	for _, d := range []int{128, 256, 1024, 2048} { // 512 is above
		sizes = append(sizes, size{4000, d, 50})
	}
	return sizes
}
