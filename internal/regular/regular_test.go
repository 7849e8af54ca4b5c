package regular

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good", "text")
	for path, want := range map[string]string{
		good: "", dir: "is not a file", os.DevNull: "is not a file", write("empty", ""): "is empty",
		filepath.Join(dir, "none"): "no such file", filepath.Join(good, "below"): "",
	} {
		data, err := Read(path, 4)
		if path == good {
			if err != nil || string(data) != "text" {
				t.Errorf("%s: %q, %v", path, data, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if _, err := Read(good, 3); err == nil || !strings.Contains(err.Error(), "more than 3 bytes") {
		t.Errorf("%v", err)
	}
}
