package results

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/internal/strict"
)

// ReadReleased reads the scores that the released code of SFDA writes, a JSON object of
// model and score. Its path, METRIC/DATASET_metrics.json, says what they are of.
func ReadReleased(r io.Reader, path string) (Scores, error) {
	dataset, ok := strings.CutSuffix(filepath.Base(path), "_metrics.json")
	absolute, err := filepath.Abs(path)
	if !ok || err != nil {
		return nil, fmt.Errorf("scores %s: the only JSON files that are read are those of the released code, METRIC/DATASET_metrics.json", path)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var values map[string]float64
	if err := strict.JSON(text, &values); err != nil {
		return nil, fmt.Errorf("scores %s: not an object of model and score: %w", path, err)
	}
	var scores Scores
	for _, model := range slices.Sorted(maps.Keys(values)) {
		scores = append(scores, Score{Dataset: dataset, Model: model, Metric: filepath.Base(filepath.Dir(absolute)), Value: values[model]})
	}
	return scores, nil
}
