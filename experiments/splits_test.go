package experiments

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sfdalab/tracking"
)

func TestSplitsAreRecordedAndInputsPacked(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, split := range []string{"train", "test"} {
		labels := "label\n"
		for i := range 12 {
			labels += fmt.Sprintln([]string{"cat", "dog"}[i%2])
		}
		write("y_"+split+".csv", labels)
		for m := range 2 {
			text := "f0,f1\n"
			for i := range 12 {
				text += fmt.Sprintf("%v,%v\n", float64(i%2)+0.1*float64(i*i%7), float64(m)+0.1*float64(i*i%5))
			}
			write(fmt.Sprintf("net%d_%s.csv", m, split), text)
		}
	}
	path := filepath.Join(folder, "spec.yaml")
	write("spec.yaml", "features: '{model}_train.csv+{model}_test.csv'\nlabels: y_train.csv+y_test.csv\ndatasets: [pets]\nmetrics: [logme]\n")
	spec, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	store := newStore(t)
	for range 2 { // the second time, all is in the store
		r := run(t, spec, Options{Store: store})
		record := r.Record()
		tables, _, err := record.Tables(false)
		if want := "Samples: train (12) and test (12) of pets."; err != nil || len(tables) == 0 || !strings.Contains(tables[0].Caption, want) {
			t.Errorf("tables %+v, %v, want %q", tables, err, want)
		}
	}
	packed := filepath.Join(t.TempDir(), "part.zip")
	if _, _, missing, err := store.Pack(tracking.Query{}, packed); err != nil || missing != nil {
		t.Fatalf("missing %v, %v", missing, err)
	}
	archive, err := zip.OpenReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var names []string
	for _, f := range archive.File {
		names = append(names, filepath.Base(f.Name))
	}
	slices.Sort(names)
	if got, want := strings.Join(names, " "), "net0_test.csv net0_train.csv net1_test.csv net1_train.csv spec.yaml store.db y_test.csv y_train.csv"; got != want {
		t.Errorf("packed %s, want %s", got, want)
	}
}
