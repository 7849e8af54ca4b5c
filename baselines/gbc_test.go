package baselines

import (
	"testing"

	"sfdalab/metric"
)

func TestGBCGolden(t *testing.T) {
	port := GBC{Variance: "unbiased", Dims: metric.Given(0), Rounding: "port"} // of Khoba et al.
	testGolden(t, port, "gbc.spherical")
	port.Covariance = "diagonal"
	testGolden(t, port, "gbc.diagonal")
}
