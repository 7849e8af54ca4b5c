package experiments

// Panel returns the metrics that models are ranked by where nobody names any: cheap ones,
// and of unlike kinds. On the shipped zoo their consensus costs fewer points than the
// single metric that was best on the other datasets (TestPanel). With source outputs there
// are two more, which need them.
func Panel(outputs bool) []string {
	panel := []string{"ncti", "lda-cv"}
	if outputs {
		panel = append(panel, "leep", "energy")
	}
	return panel
}
