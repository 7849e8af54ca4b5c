package baselines

import "testing"

func TestLFCGolden(t *testing.T) { testGolden(t, LFC{}, "lfc") }
