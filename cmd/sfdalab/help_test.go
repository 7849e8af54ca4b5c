package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sfdalab/docs"
	"sfdalab/experiments"
)

// TestEachKeyIsDocumented holds docs/specs.md to the keys that a spec may have.
func TestEachKeyIsDocumented(t *testing.T) {
	var look func(reflect.Type)
	look = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct {
			return
		}
		for _, f := range reflect.VisibleFields(typ) {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if key == "" || key == "-" {
				continue
			}
			if !strings.Contains(docs.Specs, "`"+key+"`") && !strings.Contains(docs.Specs, key+":") {
				t.Errorf("docs/specs.md does not say what the key %s is", key)
			}
			look(f.Type)
		}
	}
	look(reflect.TypeFor[experiments.Spec]())
}

func TestHelpTopics(t *testing.T) {
	for _, topic := range []string{"spec", "query", "formats"} {
		code, text, stderr := sfdalab(t, "help", topic)
		if code != done || !strings.HasPrefix(text, "# ") {
			t.Errorf("help %s: exit %d, %s: %.80q", topic, code, stderr, text)
		}
	}
}

// TestInit runs a spec as "init" writes it.
func TestInit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.yaml")
	if code, _, stderr := sfdalab(t, "init", path); code != done {
		t.Fatal(stderr)
	}
	if code, _, stderr := sfdalab(t, "init", path); code != failed || !strings.Contains(stderr, "is there already") {
		t.Errorf("over a file: exit %d, %s", code, stderr)
	}
	if err := os.Mkdir(filepath.Join(dir, "features"), 0o777); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		"dense16_cifar10_feature.npy": "dense16_cifar10.npy",
		"cifar10_label.npy":           "cifar10_label.npy",
	} {
		data, err := os.ReadFile("../../experiments/zoo/" + from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "features", to), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	code, table, stderr := sfdalab(t, "run", path, "--store", filepath.Join(dir, "lab.db"))
	if code != done || !strings.Contains(table, "LogME") {
		t.Errorf("exit %d, %s: %s", code, stderr, table)
	}
}

// TestVersion holds the version to the newest of CHANGELOG.md.
func TestVersion(t *testing.T) {
	_, text, _ := sfdalab(t, "version")
	if !strings.HasPrefix(text, "sfdalab "+version+" (") {
		t.Errorf("version prints %q", text)
	}
	changes, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	_, newest, _ := strings.Cut(string(changes), "\n## ")
	if !strings.HasPrefix(newest, version+" ") && !strings.HasPrefix(newest, version+"\n") {
		t.Errorf("CHANGELOG.md begins with %.20q, not %s", newest, version)
	}
}

// TestManual writes a page for each command.
func TestManual(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := sfdalab(t, "manual", dir); code != done {
		t.Fatal(stderr)
	}
	page, err := os.ReadFile(filepath.Join(dir, "sfdalab-rank.1"))
	if err != nil || !strings.Contains(string(page), "SYNOPSIS") {
		t.Errorf("%v: %.100q", err, page)
	}
}

// TestCompletions asks for names as a shell does.
func TestCompletions(t *testing.T) {
	for _, c := range []struct {
		line []string
		want string
	}{
		{[]string{"metrics", ""}, "logme\n"},
		{[]string{"truth", ""}, "supervised/full\n"},
		{[]string{"datasets", ""}, "pets\n"},
		{[]string{"score", "--metric", ""}, "sfda\n"},
		{[]string{"correlate", "--measure", ""}, "tauw\n"},
		{[]string{"show", "--format", ""}, "latex\n"},
	} {
		code, names, stderr := sfdalab(t, append([]string{"__complete"}, c.line...)...)
		if code != done || !strings.Contains(names, c.want) {
			t.Errorf("%v: exit %d, %s, completed by %q, want %q among them", c.line, code, stderr, names, c.want)
		}
	}
}
