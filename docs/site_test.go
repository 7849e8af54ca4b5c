package docs

import (
	"html"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`(?:href|src)="?([^" >]+)`)

// TestSite makes the site of the documentation, and follows each of its links.
func TestSite(t *testing.T) {
	hugo, err := filepath.Abs("../bin/venv/bin/hugo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(hugo); err != nil {
		t.Skip("bin/venv/bin/hugo is missing: make packages installs it")
	}
	dir := t.TempDir()
	if out, err := exec.Command(hugo, "--source", "site", "--destination", dir, "--noBuildLock", "--panicOnWarning").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	pages := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		pages++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			to, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			if to == "" || strings.Contains(to, ":") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to)); err != nil {
				t.Errorf("%s links to %s, which is not there", strings.TrimPrefix(path, dir), to)
			}
		}
		return nil
	})
	if err != nil || pages < 20 {
		t.Errorf("%d pages, %v", pages, err)
	}
}
