package baselines

import "testing"

func TestGBCGolden(t *testing.T) {
	testGolden(t, GBC{}, "gbc.spherical")
	testGolden(t, GBC{Covariance: "diagonal"}, "gbc.diagonal")
}
