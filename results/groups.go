package results

import (
	"fmt"
	"strings"

	"github.com/go-gota/gota/dataframe"
)

// A Group is what is correlated: the scores of one metric on one dataset, with the
// accuracies of the same models.
type Group struct {
	Dataset, Metric string

	// Models that have both a score and an accuracy, sorted by name, so that groups
	// with the same models are alike to the bootstrap.
	Models             []string
	Scores, Accuracies []float64

	Warnings []error // which models are left out, and why
}

// Groups is Scores.Groups of a frame with the columns dataset, model, metric and score.
func Groups(scores dataframe.DataFrame, truth *Truth) ([]Group, error) {
	typed, err := ScoresOf(scores)
	if err != nil {
		return nil, err
	}
	return typed.Groups(truth)
}

// warn says which models are left out: those that the ground truth lacks, and those without
// a score.
func (g *Group) warn(truth *Truth, unknown, unscored []string) {
	if len(truth.Models(g.Dataset)) == 0 {
		g.Warnings = append(g.Warnings, fmt.Errorf("the ground truth %s has no dataset %s", truth.Name, g.Dataset))
	} else if unknown != nil {
		g.Warnings = append(g.Warnings, fmt.Errorf("left out, as the ground truth %s lacks them: %s", truth.Name, strings.Join(unknown, ", ")))
	}
	if unscored != nil {
		g.Warnings = append(g.Warnings, fmt.Errorf("left out, without a score: %s", strings.Join(unscored, ", ")))
	}
}
