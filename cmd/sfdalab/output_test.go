package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestFullDevice writes what each command prints to a device that is full: none says that
// all went well.
func TestFullDevice(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("skipped: ", err)
	}
	defer full.Close()
	store := filepath.Join(t.TempDir(), "lab.db")
	spec := write(t, t.TempDir(), "spec.yaml", absolute(t, "features: ZOO/{model}_sign_feature.npy\nlabels: ZOO/sign_label.npy\nmetrics: [knn]\n"))
	if code, _, stderr := sfdalab(t, "run", spec, "--store", store); code != done {
		t.Fatal(stderr)
	}
	features, labels := filepath.Join(zoo, "plain16_sign_feature.npy"), filepath.Join(zoo, "sign_label.npy")
	for _, args := range [][]string{
		{"score", "--metric", "knn", "--features", features, "--labels", labels},
		{"score", "--metric", "knn", "--features", features, "--labels", labels, "--json"},
		{"rank", "--metric", "knn", "--subsets", "1", "--features", filepath.Join(zoo, "{model}_sign_feature.npy"), "--labels", labels},
		{"runs", "--store", store}, {"runs", "--store", store, "--json"}, {"show", "--store", store},
		{"check", "--store", store}, {"metrics"}, {"truth"}, {"published"}, {"export", "--store", store},
		{"datasets"}, {"--help"}, {"help", "run"}, {"completion", "bash"},
	} {
		var stderr bytes.Buffer
		if code := execute(t.Context(), args, full, &stderr); code != failed || !strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%q: exit code %d, %s", args, code, &stderr)
		}
	}
}

// TestBrief says a cause once that two parts of the work report, and not all of a long line.
func TestBrief(t *testing.T) {
	disk := errors.New("write lab.db: no space left on device")
	got := brief(errors.Join(disk, errors.New(strings.Repeat("x", 2*mostOfLine)), disk).Error())
	if want := disk.Error() + "\n" + strings.Repeat("x", mostOfLine) + "…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// absolute returns a text in which ZOO stands for the shipped zoo.
func absolute(t *testing.T, text string) string {
	t.Helper()
	path, err := filepath.Abs(zoo)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(text, "ZOO", path)
}

// TestNamesSteerNoTerminal gives names that would: none reaches it.
func TestNamesSteerNoTerminal(t *testing.T) {
	folder := t.TempDir()
	const evil = "m\x1b]0;owned\x07\u009b2J\u202e"
	features := write(t, folder, evil+".csv", "0,1\n2,5\n4,1\n6,3\n")
	labels := write(t, folder, "d.csv", "0\n0\n1\n1\n")
	store := filepath.Join(folder, "lab.db")
	spec := write(t, folder, "spec.yaml", "name: \"e\\e[31mx\"\nfeatures: '{model}.csv'\nlabels: d.csv\nmetrics: [{metric: knn, params: {k: 1}, name: \"l\\e[2Jx\"}, {metric: knn, params: {k: 100}, name: \"k\\a\"}]\n")
	for _, args := range [][]string{
		{"run", spec, "--store", store},
		{"runs", "--store", store},
		{"show", "--store", store}, {"show", "--store", store, "--format", "latex"}, {"show", "--store", store, "--format", "html"}, {"show", "--store", store, "--format", "markdown"},
		{"rank", "--features", filepath.Join(folder, "m{model}.csv"), "--labels", labels, "--metric", "knn", "--subsets", "0"},
		{"score", "--features", features, "--labels", labels, "--metric", "leep"},
		{"score", "--features", evil, "--labels", evil},
	} {
		_, stdout, stderr := sfdalab(t, args...)
		for _, r := range stdout + stderr {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("%q prints %q", args, stdout+stderr)
				break
			}
		}
	}
}
