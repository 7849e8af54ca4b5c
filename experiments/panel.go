package experiments

import "fmt"

// Panel returns the metrics that models are ranked by where nobody names any: cheap ones,
// and of unlike kinds. On the shipped zoo their consensus costs fewer points than the
// single metric that was best on the other datasets (TestPanel). With source outputs LEEP
// joins them: beside other metrics it costs no points in the mean over hubs, also without any
// one of them (TestLEEPJoinsThePanel).
func Panel(outputs bool) []string {
	panel := []string{"ncti", "lda-cv"}
	if outputs {
		panel = append(panel, "leep")
	}
	return panel
}

// QuickPanel returns metrics in place of the panel's that take few passes over the
// features, for a hundred models and more. It is held to the same test, though it costs more points
// than the panel; source outputs make it no better.
func QuickPanel() []string { return []string{"ncm", "fisher-ratio"} }

// quickBytes is the size of the features of a dataset from which the quick panel ranks.
const quickBytes = 4 * usualBytes

// UsualMetrics returns the panel or, where the features of a dataset have more than 2 GiB,
// the quick panel, and what to say of that.
func (s *Spec) UsualMetrics() (names []string, told string, err error) {
	if s.extracts() {
		return Panel(true), "", nil
	}
	quiet := *s
	quiet.Told = nil // the run tells
	inputs, err := quiet.Inputs()
	if err != nil {
		return nil, "", err
	}
	if bytes := largest(inputs); bytes > quickBytes {
		return QuickPanel(), fmt.Sprintf("%.1f GiB of features: ranked by quick metrics and without an ensemble (--metric ncti,lda-cv for the usual metrics, --ensemble 3 for an ensemble)", float64(bytes)/(1<<30)), nil
	}
	return Panel(s.Outputs != ""), "", nil
}
