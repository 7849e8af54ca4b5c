package experiments

import (
	"bytes"
	"flag"
	"testing"

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
		held(t, "specs/"+name+".md", func(b *bytes.Buffer) error { return r.Write(b, results.Markdown) })
	}
}
