package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A stand-in for Python whose BLAS is slow unless it is told its kernel, and which one of
// the kernels ends.
const standIn = `#!/bin/sh
case "$OPENBLAS_CORETYPE" in
SKYLAKEX) printf '48.5\nPython with kernel SkylakeX\n' ;;
HASWELL) exit 132 ;;
*) printf '8.1\nPython with kernel Prescott\n' ;;
esac
`

func TestDescribeMachineSetsTheKernel(t *testing.T) {
	t.Setenv(coreType, "") // to be as it was after the test
	os.Unsetenv(coreType)
	python := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(python, []byte(standIn), 0o755); err != nil {
		t.Fatal(err)
	}
	line, err := describeMachine(python)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(coreType) != "SKYLAKEX" || !strings.Contains(line, "SkylakeX with OPENBLAS_CORETYPE=SKYLAKEX") || !strings.Contains(line, "48 by Python") {
		t.Errorf("kernel %q, line %q", os.Getenv(coreType), line)
	}

	t.Setenv(coreType, "PRESCOTT")
	if line, err = describeMachine(python); err != nil || !strings.Contains(line, "Prescott with OPENBLAS_CORETYPE=PRESCOTT; ") {
		t.Errorf("the user's kernel: line %q, error %v", line, err)
	}
}
