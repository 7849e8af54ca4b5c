package baselines

import (
	"context"
	"testing"

	"sfdalab/features"
	"sfdalab/metric"
)

// flipped is a metric whose golden values have the authors' own sign.
type flipped struct{ metric.Metric }

func (m flipped) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	score, err := m.Metric.Score(ctx, s)
	score.Value = -score.Value
	return score, err
}

func TestPACTranGolden(t *testing.T) {
	testGolden(t, flipped{PACTranDirichlet{}}, "pactran.dirichlet")
	testGolden(t, flipped{PACTranGamma{}}, "pactran.gamma")
	testGolden(t, flipped{PACTranGauss{}}, "pactran.gauss")
}
