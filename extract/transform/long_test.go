package transform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLongFile refuses what is longer than any description of a transform.
func TestLongFile(t *testing.T) {
	for name, length := range map[string]int{"deep.yaml": mostYAML, "names.json": mostJSON} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(strings.Repeat("[", length+1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "KiB: want a file that describes a transform") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
