package baselines

import "testing"

func TestTransRateGolden(t *testing.T) { testGolden(t, TransRate{}, "transrate") }
