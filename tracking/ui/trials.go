package ui

import (
	"html/template"
	"slices"
	"strconv"

	"sfdalab/finetune"
	"sfdalab/results/web"
	"sfdalab/tracking"
)

// curves draws how the trials of each dataset went: the loss, and the accuracy, by step.
func curves(trials []tracking.Cell) []template.HTML {
	var datasets []string
	for _, c := range trials {
		if !slices.Contains(datasets, c.Dataset) {
			datasets = append(datasets, c.Dataset)
		}
	}
	var charts []template.HTML
	for _, dataset := range datasets {
		for _, kind := range []struct {
			title, axis string
			of          func(finetune.Progress) *float64
		}{
			{"Loss on ", "loss", func(p finetune.Progress) *float64 { return p.Loss }},
			{"Accuracy on ", "accuracy (%)", func(p finetune.Progress) *float64 { return p.Accuracy }},
		} {
			var lines []web.Curve
			of := make(map[string]lineOf) // by model, the line that stands for it
			for i, c := range trials {
				if c.Dataset != dataset {
					continue
				}
				line := web.Curve{Name: trialName(c)}
				for _, p := range c.Trial.Curve {
					if v := kind.of(p); v != nil {
						line.X, line.Y = append(line.X, float64(p.Step)), append(line.Y, *v)
					}
				}
				if len(line.X) < 2 {
					continue
				}
				if first, known := of[c.Model]; !known || standsFor(&c, &trials[first.trial]) {
					of[c.Model] = lineOf{len(lines), i}
				}
				lines = append(lines, line)
			}
			for model, at := range of {
				lines[at.line].Label = model
			}
			if lines != nil {
				charts = append(charts, web.Curves(kind.title+dataset, "step", kind.axis, lines))
			}
		}
	}
	return charts
}

// A lineOf is a line of a chart and the trial that it is of.
type lineOf struct{ line, trial int }

// standsFor reports whether a trial stands for its model rather than another does: the one
// that is tested, or else the best.
func standsFor(c, other *tracking.Cell) bool {
	if c.Trial.Final != other.Trial.Final {
		return c.Trial.Final
	}
	return !c.Trial.Final && c.Error == "" && c.Score > other.Score
}

// trialName tells a trial from the others of its dataset.
func trialName(c tracking.Cell) string {
	name := c.Model
	if c.Trial.Label != "" {
		name += ", " + c.Trial.Label
	}
	if c.Trial.Final {
		name += ", seed " + strconv.FormatUint(c.Seed, 10)
	}
	return name
}
