package finetune

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestExampleProgram runs the program of docs/fine-tune.md: it learns, keeps to the
// exchange, and comes to the same accuracy when it is killed on the way.
func TestExampleProgram(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("skipped: there is no python3")
	}
	page, err := os.ReadFile("../docs/fine-tune.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```python\n")
	code, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/fine-tune.md has no program")
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "train.py")
	list := bytes.NewBufferString("path,class,split\n")
	for i := range 40 {
		name := fmt.Sprintf("%d.bin", i)
		if err := os.WriteFile(filepath.Join(folder, name), bytes.Repeat([]byte{byte(i % 2), byte(i)}, 20), 0o644); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(list, "%s,%d,%s\n", name, i%2, []string{"train", "test"}[i/30])
	}
	for path, text := range map[string][]byte{program: []byte(code), filepath.Join(folder, "images.csv"): list.Bytes()} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := Program{Command: []string{"python3", program}}
	request := Request{
		Dataset: Dataset{Name: "bytes", Root: folder, Images: filepath.Join(folder, "images.csv"), Classes: 2},
		Train:   []string{"train"}, Test: "test", Settings: Settings{"learning_rate": 0.1, "weight_decay": 0.0001, "steps": 100}, Seed: 3,
	}
	whole, curve, err := p.Train(t.Context(), filepath.Join(folder, "whole"), request, nil)
	if err != nil || whole.Accuracy < 90 || whole.Samples != 10 || len(curve) != 5 {
		t.Fatalf("%+v after %d points: %v", whole, len(curve), err)
	}
	killed := p
	killed.Command = []string{"sh", "-c", `python3 "$0" | (head -2; kill -9 $$)`, program}
	if _, _, err := killed.Train(t.Context(), filepath.Join(folder, "killed"), request, nil); err == nil {
		t.Fatal("it was not killed")
	}
	resumed, curve, err := p.Train(t.Context(), filepath.Join(folder, "killed"), request, nil)
	if err != nil || resumed.Accuracy != whole.Accuracy || len(curve) == 0 || len(curve) > 4 { // it goes on from where it was
		t.Errorf("%+v after %d points, want %+v: %v", resumed, len(curve), whole, err)
	}
}
