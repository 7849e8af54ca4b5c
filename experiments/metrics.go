package experiments

import (
	"sfdalab/baselines"
	"sfdalab/metric"
	"sfdalab/sfda"
)

func init() { metric.Register(builtIn()...) }

// builtIn returns the metrics that specs and the command know without being told.
func builtIn() []metric.Metric {
	return append([]metric.Metric{sfda.SFDA{}}, baselines.All()...)
}
