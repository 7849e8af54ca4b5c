package onnxruntime

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTooOld(t *testing.T) {
	for version, want := range map[string]bool{
		"1.16.3": true, "1.17.0": false, "1.9.0": true, "1.32.0": false, "2.0.0": false, "0.5.0": true, "": true,
	} {
		if got := tooOld(version, oldest); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "libonnxruntime.so.1")
	if err := os.WriteFile(text, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(Variable, "")
	for path, want := range map[string]string{
		filepath.Join(dir, "missing.so"): "no such file",
		t.TempDir():                      "no file in",
		text:                             "pip install -U onnxruntime",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
	t.Setenv(Variable, text)
	if _, err := Open(""); !errors.As(err, new(*MissingError)) {
		t.Errorf("the environment variable is not followed: %v", err)
	}
}

func TestFindInSitePackages(t *testing.T) {
	venv := t.TempDir()
	capi := filepath.Join(venv, "lib", "python3.12", "site-packages", "onnxruntime", "capi")
	if err := os.MkdirAll(capi, 0o755); err != nil {
		t.Fatal(err)
	}
	name := strings.NewReplacer("*", ".1").Replace(fileName)
	if err := os.WriteFile(filepath.Join(capi, name), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := librariesIn(filepath.Join(venv, "lib", "python3*", "site-packages", "onnxruntime", "capi")); len(got) != 1 {
		t.Fatal(got)
	}
	t.Setenv("VIRTUAL_ENV", venv)
	t.Setenv(Variable, "")
	found, err := candidates("")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f == filepath.Join(capi, name) {
			return
		}
	}
	t.Errorf("%s is not among %v", capi, found)
}

func TestWheelWithoutLibrary(t *testing.T) {
	venv := t.TempDir()
	capi := filepath.Join(venv, "lib", "python3.9", "site-packages", "onnxruntime", "capi")
	if err := os.MkdirAll(capi, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(capi, "onnxruntime_pybind11_state.so"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VIRTUAL_ENV", venv)
	if err := wheelWithout(); err == nil || !strings.Contains(err.Error(), capi) {
		t.Errorf("error %v", err)
	}
}
