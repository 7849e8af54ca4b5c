package docs

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"sfdalab/metric"
)

// TestMetricVersions makes sure that metric-versions.md says why each metric has the
// version that it has.
func TestMetricVersions(t *testing.T) {
	page, err := os.ReadFile("metric-versions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metric.All() {
		info := m.Info()
		if version := fmt.Sprintf("%s %d", info.Name, info.Version); info.Version > 1 && !strings.Contains(string(page), version) {
			t.Errorf("metric-versions.md does not name %s", version)
		}
	}
}
