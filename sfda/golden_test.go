package sfda

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sfdalab/features/files"
)

// TestGolden holds scores, shrinkage and first-stage posteriors to what the
// released code gives on the same files. Neither the files nor the values are
// part of this repository.
func TestGolden(t *testing.T) {
	const shared = "../../shared"
	text, err := os.ReadFile(filepath.Join(shared, "golden", "golden.json"))
	if err != nil {
		t.Skip("no golden values here: ", err)
	}
	var golden map[string]map[string]map[string]any // dataset → model → key → value
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	for dataset, models := range golden {
		for model, want := range models {
			t.Run(dataset+"/"+model, func(t *testing.T) {
				s, err := files.Open(files.Paths{
					Features: filepath.Join(shared, "zoo", model+"_"+dataset+"_feature.npy"),
					Labels:   filepath.Join(shared, "zoo", dataset+"_label.npy"),
				})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				got, err := (SFDA{}).Score(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				near(t, "score", got.Value, want["sfda"].(float64), 1e-9)
				near(t, "shrinkage", got.Details["shrinkage"], want["sfda.shrinkage"].(float64), 1e-9)
				near(t, "first stage", got.Details["regfda"], want["sfda.regfda"].(float64), 1e-9)
			})
		}
	}
}
