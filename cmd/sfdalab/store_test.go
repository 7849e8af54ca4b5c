package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStoreCommands takes a store through its life: annotated, reported, backed up,
// merged, emptied, damaged and repaired.
func TestStoreCommands(t *testing.T) {
	dir := t.TempDir()
	store, copied := filepath.Join(dir, "lab.db"), filepath.Join(dir, "copy.db")
	page, saved := filepath.Join(dir, "report.html"), filepath.Join(dir, "saved.db")
	table := filepath.Join(dir, "scores.csv")
	spec := write(t, dir, "spec.yaml", smallSpec(t))
	for _, step := range []struct {
		args string
		want string // in what it prints
	}{
		{"run " + spec, "SFDA"},
		{"annotate latest --tag paper --notes first", ""},
		{"show", "paper"},
		{"runs tag:paper", "paper"},
		{"runs tag:paper", "best metric"},
		{"report -o " + page, ""},
		{"check", "1 run, 50 cells"},
		{"backup " + copied, ""},
		{"merge " + copied, "0 runs"},
		{"delete latest", ""},
		{"gc", "removed: 50 cells"},
		{"merge " + copied, "1 run"},
		{"check", "1 run, 50 cells"},
		{"export metric:leep", ",leep,"},
		{"export -o " + table, ""},
		{"import " + table + " --experiment again", "50 scores"},
		{"show", "Scores on sign."},
		{"runs experiment:again", "again"},
		{"diff latest latest", ""},
		{"export -o " + dir + "/cells.parquet", ""},
		{"export -o " + dir + "/mlruns/", ""},
		{"export experiment:again -o " + dir + "/part.db", "1 run and 50 cells"},
		{"import " + dir + "/part.db", "0 runs"},
		{"export name:first -o " + dir + "/none.zip", ""},
		{"export -o " + dir + "/all.zip", "2 runs and"},
		{"import " + dir + "/all.zip", "0 runs"},
	} {
		code, stdout, stderr := sfdalab(t, append(strings.Fields(step.args), "--store", store)...)
		if code != done || !strings.Contains(stdout, step.want) {
			t.Fatalf("%s: exit %d, %s\n%s", step.args, code, stderr, stdout)
		}
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "<html") {
		t.Errorf("no page: %v", err)
	}

	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(text), "\x04\x64sfda") // the metric of a cell, in CBOR
	damaged := write(t, dir, "damaged.db", string(text[:at])+"XXXX"+string(text[at+4:]))
	if code, _, stderr := sfdalab(t, "check", "--store", damaged); code != failed || !strings.Contains(stderr, "repair") {
		t.Errorf("check of a damaged store: exit %d, %s", code, stderr)
	}
	// A copy of it is made, and not taken for a good one.
	backup := filepath.Join(dir, "backup.db")
	if code, stdout, stderr := sfdalab(t, "backup", backup, "--store", damaged); code != failed || !strings.Contains(stdout, "is a copy of") || !strings.Contains(stderr, "so is the copy") {
		t.Errorf("backup: status %d, %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := sfdalab(t, "repair", saved, "--store", damaged); code != done || !strings.Contains(stdout, "1 run and") {
		t.Errorf("repair: exit %d, %s%s", code, stderr, stdout)
	}
	if code, stdout, _ := sfdalab(t, "check", "--store", saved); code != done || !strings.Contains(stdout, "49 cells") {
		t.Errorf("check of the repaired store: exit %d, %s", code, stdout)
	}
}

// What goes wrong with a store is said with what to do, and leaves no file behind.
func TestStoreMistakes(t *testing.T) {
	dir := t.TempDir()
	store, text := filepath.Join(dir, "lab.db"), write(t, dir, "notes.csv", "just text\n")
	scores := write(t, dir, "scores.csv", "dataset,model,metric,score\na,b,c,1\n")
	for _, args := range []string{"import " + scores + " --name base", "import " + scores + " --name other"} {
		if code, _, stderr := sfdalab(t, append(strings.Fields(args), "--store", store)...); code != done {
			t.Fatal(stderr)
		}
	}
	newer := filepath.Join(dir, "newer.db")
	spec := write(t, dir, "spec.yaml", "features: none/{model}_{dataset}.npy\nlabels: none/{dataset}.npy\nmetrics: [sfda]\n")
	for _, test := range []struct {
		args string
		code int
		want string // on stderr
	}{
		{"runs nosuch --store " + store, done, `matches "nosuch"`},
		{"runs shrinkag>0.1 --store " + store, done, "shrinkag is read as the name of a parameter or detail"},
		{"runs metrc:sfda --store " + store, done, `the nearest is "metric"`},
		{"runs --limit 1 --store " + store, done, "--limit 0 lists all"},
		{"runs score>high --store " + store, misuse, "column 7"},
		{"runs --store " + newer, failed, "there is no store"},
		{"runs --store " + text, failed, "not a store"},
		{"show nosuch --store " + store, failed, `"sfdalab runs" lists`},
		{"show 2 --store " + store, failed, "several runs"},
		{"show base --store " + store, done, ""},
		{"annotate base --store " + store, misuse, "--tag"},
		{"check --store " + text, failed, "not a store"},
		{"merge " + text + " --store " + newer, failed, "not a store"},
		{"merge " + newer + " --store " + newer, failed, "there is no store"},
		{"import " + text + " --store " + newer, failed, `"dataset" is missing`},
		{"import " + dir + "/scores.txt --store " + newer, misuse, ".jsonl"},
		{"annotate base --tag x --store " + newer, failed, "there is no store"},
		{"delete base --store " + newer, failed, "there is no store"},
		{"gc --store " + newer, failed, "there is no store"},
		{"check --store " + newer, failed, "there is no store"},
		{"export --store " + newer, failed, "there is no store"},
		{"run " + spec + " --store " + newer, failed, "no file matches"},
		{"run " + spec + " --store " + newer + " --shard 1/2", failed, "no file matches"},
		{"report " + spec + " --store " + newer, failed, "no file matches"},
		{"rank --features none/{model}.npy --labels y.npy --metric sfda --store " + newer, failed, "no file matches"},
		{"export nosuch:1 --store " + store, done, "nothing is exported"},
		{"backup " + text + " --store " + store, failed, "name a new file"},
		{"repair " + text + " --store " + store, failed, "name a new file"},
		{"reproduce base --store " + store, failed, "no spec"},
		{"delete base nosuch --store " + store, failed, `there is no run "nosuch"`},
		{"delete base other --store " + store, done, ""},
		{"show --store " + store, failed, "has no runs yet"},
	} {
		code, stdout, stderr := sfdalab(t, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(stderr, test.want) || code == failed && stdout != "" {
			t.Errorf("%s: exit %d, %s\n%s", test.args, code, stderr, stdout)
		}
	}
	if made, err := filepath.Glob(newer + "*"); len(made) > 0 || err != nil {
		t.Errorf("commands that failed made %v, %v", made, err)
	}
}
