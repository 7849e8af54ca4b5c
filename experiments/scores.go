package experiments

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"strings"

	"sfdalab/results"
	"sfdalab/tracking"
)

// loadScores returns the cells of a table of scores: a CSV file, or a built-in one. It tells
// how the table is read.
func (s *Spec) loadScores(nameOrPath string) ([]tracking.Cell, error) {
	frame, told, err := results.LoadScoresTold(nameOrPath)
	if err != nil {
		return nil, err
	}
	s.tellAll(told)
	var text strings.Builder
	if err := results.WriteCSV(&text, frame); err != nil {
		return nil, fmt.Errorf("scores %s: %w", nameOrPath, err)
	}
	sum := sha256.Sum256([]byte(text.String()))
	files := map[string]string{tracking.TableRole: hex.EncodeToString(sum[:])}

	datasets, models, metrics := frame.Col("dataset").Records(), frame.Col("model").Records(), frame.Col("metric").Records()
	cells := make([]tracking.Cell, frame.Nrow())
	for i, score := range frame.Col("score").Float() {
		cells[i] = tracking.Cell{
			Dataset: datasets[i],
			Model:   models[i],
			Metric:  metrics[i],
			Files:   files,
			Subset:  datasets[i] + ", " + models[i], // one row of many
			Score:   score,
		}
		if math.IsNaN(score) {
			cells[i].Score, cells[i].Error = 0, "the table has no score"
		}
	}
	return cells, nil
}

// scoreVariants returns a variant for each metric of the cells that were read for an
// entry of the spec.
func (e Entry) scoreVariants(s *Spec, cells []tracking.Cell) []Variant {
	name, file := cmp.Or(e.Name, stem(e.Scores)), s.table(e.Scores)
	if _, err := os.Stat(file); err != nil {
		file = "" // it is built in
	}
	var variants []Variant
	known := make(map[string]bool)
	for _, c := range cells {
		if !known[c.Metric] {
			known[c.Metric] = true
			variants = append(variants, Variant{Label: c.Metric + " (" + name + ")", Name: c.Metric, table: c.Files[tracking.TableRole], source: file})
		}
	}
	return variants
}
