package ui

import (
	"html/template"
	"slices"

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
			for _, c := range trials {
				if c.Dataset != dataset {
					continue
				}
				line := web.Curve{Name: trialName(c)}
				for _, p := range c.Trial.Curve {
					if v := kind.of(p); v != nil {
						line.X, line.Y = append(line.X, float64(p.Step)), append(line.Y, *v)
					}
				}
				if len(line.X) > 1 {
					lines = append(lines, line)
				}
			}
			if lines != nil {
				charts = append(charts, web.Curves(kind.title+dataset, "step", kind.axis, lines))
			}
		}
	}
	return charts
}

// trialName tells a trial from the others of its dataset.
func trialName(c tracking.Cell) string {
	name := c.Model
	if c.Trial.Label != "" {
		name += ", " + c.Trial.Label
	}
	return name
}
