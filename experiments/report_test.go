package experiments

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/results"
	"sfdalab/results/report"
)

var update = flag.Bool("update", false, "rewrite the reports of the shipped zoo")

// TestShippedReports regenerates the reports of the shipped zoo and holds them to those
// that are committed. What differs from machine to machine is left out: times, and where
// it was computed. To rewrite them:
//
//	go test ./experiments -run TestShippedReports -update
func TestShippedReports(t *testing.T) {
	for _, name := range []string{"zoo", "evidence"} {
		spec, err := Load("specs/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		in, err := report.Of(run(t, spec, Options{}).Record())
		if err != nil {
			t.Fatal(err)
		}
		for i := range in.Parts {
			in.Parts[i].Seconds = nil
		}
		r, err := report.New(in)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := r.Write(&got, results.Markdown); err != nil {
			t.Fatal(err)
		}
		file := "specs/" + name + ".md"
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s differs (−committed +regenerated); if it should, run with -update:\n%s", file, diff)
		}
	}
}
