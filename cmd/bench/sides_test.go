package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// usualPython is the interpreter for which NumPy, SciPy and scikit-learn are installed.
const usualPython = "/usr/bin/python3"

// Both sides compute the same with the defaults of today.
func TestReferenceAgrees(t *testing.T) {
	if err := exec.Command(usualPython, "-c", "import numpy, scipy, sklearn").Run(); err != nil {
		t.Skipf("%s lacks NumPy, SciPy or scikit-learn: %v", usualPython, err)
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "sfdalab")
	if out, err := exec.Command("go", "build", "-o", program, "sfdalab/cmd/sfdalab").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.CopyFS(folder, reference); err != nil {
		t.Fatal(err)
	}
	b := &sideBySide{program: program, python: usualPython, script: filepath.Join(folder, "reference"), folder: folder, runs: 1}
	for _, m := range measured {
		if m.tolerance != exact {
			continue // random starts or folds need larger data
		}
		t.Run(m.name, func(t *testing.T) {
			c, err := b.compare(m, size{400, 96, 5})
			if err != nil {
				t.Fatal(err)
			}
			if !(c.difference() <= m.tolerance) {
				t.Errorf("%v, and %v by Python", c.Ours.Score, c.Python.Score)
			}
		})
	}
}
