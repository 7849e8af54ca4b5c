package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asMain is the environment variable by which a process of this test is the program.
const asMain = "SFDALAB_TEST_MAIN"

// The first signal ends what would take minutes, whether or not its work looks for the end.
func TestInterrupt(t *testing.T) {
	if os.Getenv(asMain) != "" {
		os.Args = append(os.Args[:1], flag.Args()...)
		main()
	}
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	var scores, truth strings.Builder
	scores.WriteString("metric,dataset,model,score\n")
	truth.WriteString("dataset,model,accuracy\n")
	for m := range 400 {
		for d := range 20 {
			fmt.Fprintf(&scores, "m,%d,%d,%g\n", d, m, random.Float64())
			fmt.Fprintf(&truth, "%d,%d,%g\n", d, m, random.Float64())
		}
	}
	write(t, dir, "scores.csv", scores.String())
	write(t, dir, "truth.csv", truth.String())
	labels := strings.Builder{}
	features := strings.Builder{}
	for n := range 4000 {
		fmt.Fprintln(&labels, n%50)
		for j := range 50 {
			fmt.Fprintf(&features, "%s%g", strings.Repeat(",", min(j, 1)), random.NormFloat64())
		}
		features.WriteString("\n")
	}
	write(t, dir, "x.csv", features.String())
	write(t, dir, "y.csv", labels.String())
	for _, args := range [][]string{
		{"correlate", "--scores", "scores.csv", "--truth", "truth.csv", "--intervals", "--resamples", "1000000"},
		{"score", "--features", "x.csv", "--labels", "y.csv", "--metric", "linear-svm", "--set", "folds=4000"},
	} {
		c := exec.Command(os.Args[0], slices.Concat([]string{"-test.run=^TestInterrupt$", "--"}, args)...)
		c.Env, c.Dir = append(os.Environ(), asMain+"=1"), dir
		var errs bytes.Buffer
		c.Stderr = &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		begin := time.Now()
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		if took := time.Since(begin); took > 20*time.Second || c.ProcessState.ExitCode() != failed || !strings.Contains(errs.String(), "sfdalab: interrupted\n") {
			t.Errorf("%s: exit code %d after %v\n%s", args[0], c.ProcessState.ExitCode(), took, errs.String())
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 4 {
		t.Errorf("files are left: %q", files)
	}
}
