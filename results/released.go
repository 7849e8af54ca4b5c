package results

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"
)

// readReleased reads the scores that the released code of SFDA writes, a JSON object of
// model and score in METRIC/DATASET_metrics.json.
func readReleased(text []byte, path string) (dataframe.DataFrame, error) {
	dataset, ok := strings.CutSuffix(filepath.Base(path), "_metrics.json")
	absolute, err := filepath.Abs(path)
	if !ok || err != nil {
		return dataframe.DataFrame{}, fmt.Errorf("scores %s: of JSON files, those of the released code are read, METRIC/DATASET_metrics.json", path)
	}
	var values map[string]float64
	if err := json.Unmarshal(text, &values); err != nil {
		return dataframe.DataFrame{}, fmt.Errorf("scores %s: not an object of model and score: %w", path, err)
	}
	var scores Scores
	for _, model := range slices.Sorted(maps.Keys(values)) {
		if v := values[model]; !math.IsInf(v, 0) {
			scores = append(scores, Score{Dataset: dataset, Model: model, Metric: filepath.Base(filepath.Dir(absolute)), Value: v})
		}
	}
	return scores.Frame(), nil
}
