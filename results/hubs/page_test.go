package hubs

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/results"
)

// TestPage makes the page of the documentation again. To rewrite it:
//
//	go test ./results/hubs -run TestPage -update
func TestPage(t *testing.T) {
	r := results.Resampling{} // as "sfdalab leaderboard" has it
	all := boards(t, r)
	page, err := Page(all, "leaderboard.svg", r)
	if err != nil {
		t.Fatal(err)
	}
	var figure, png bytes.Buffer
	if err := Figure(all).Write(&figure, "svg"); err != nil {
		t.Fatal(err)
	}
	if file := os.Getenv("FIGURE"); file != "" {
		if err := Figure(all).Write(&png, "png"); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(file, png.Bytes(), 0o644)
	}
	for file, got := range map[string][]byte{"../../docs/leaderboard.md": page, "../../docs/leaderboard.svg": figure.Bytes()} {
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s differs (−committed +regenerated); if it should, run with -update:\n%s", file, d)
		}
	}
}
