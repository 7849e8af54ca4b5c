package experiments

import (
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

func TestOnlySomeMetricsScoreTargets(t *testing.T) {
	x := mat.NewDense(6, 2, []float64{1, 2, 3, 5, 2, 1, 0, 4, 4, 4, 1, 1})
	targets := mat.NewDense(6, 1, []float64{0.1, 0.9, 0.4, 0.6, 0.3, 0.2})
	set, err := features.New(features.Data{Features: features.Dense(x), Labels: &features.Labels{Targets: targets}})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range builtIn() {
		_, err := metric.Evaluate(t.Context(), m, set)
		refused := err != nil && strings.Contains(err.Error(), "targets")
		if info := m.Info(); refused == info.Targets {
			t.Errorf("%s: targets promised %t, error %v", info.Name, info.Targets, err)
		}
	}
}
