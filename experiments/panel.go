package experiments

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sfdalab/features/files"
)

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

// usualBytes is the size of the features of a dataset up to which a ranking takes all its
// time: those of 11 networks with 5,000 samples of 2,048 float32 have less.
const usualBytes = 512 << 20

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

// findFiles reports labels that do not exist once, and not for each model. Where asked to,
// it asks for fewer subsets of large data.
func (s *Spec) findFiles(fewer bool) error {
	quiet := *s
	quiet.Told = nil // the run tells
	inputs, err := quiet.Inputs()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, in := range inputs {
		if seen[in.Labels] {
			continue
		}
		seen[in.Labels] = true
		if _, _, err := files.ReadLabels(in.Labels, in.Reading); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("labels: %w", err)
		}
	}
	if fewer {
		s.Subsets.Count = halves(s.Subsets.Count, largest(inputs))
	}
	return nil
}

// halves returns how many halves of that many bytes are scored, of count: as many as
// usualBytes would have, and four at least.
func halves(count int, bytes int64) int {
	return min(count, max(4, int(int64(count)*usualBytes/max(bytes, 1))))
}

// largest returns the bytes of the features of the largest dataset, as far as their files
// tell.
func largest(inputs []files.Paths) int64 {
	of := map[string]int64{}
	most := int64(0)
	for _, in := range inputs {
		if info, err := os.Stat(archive(in.Features)); err == nil {
			of[in.Dataset] += info.Size()
			most = max(most, of[in.Dataset])
		}
	}
	return most
}
