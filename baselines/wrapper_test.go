package baselines

import (
	"testing"

	"sfdalab/metric"
	"sfdalab/sfda"
)

// wrapperBases are the metrics that golden values of wrappers were computed with.
var wrapperBases = map[string]metric.Metric{
	"sfda":  sfda.SFDA{},
	"logme": LogME{},
	"lda":   LDA{},
}

func TestPEDGolden(t *testing.T) {
	for _, base := range []string{"sfda", "logme"} {
		testGolden(t, PED{Base: wrapperBases[base]}, "ped."+base)
	}
}

func TestSAGolden(t *testing.T) {
	for base, m := range wrapperBases {
		testGolden(t, SA{Base: m}, "sa."+base)
	}
}

func TestWrapperNames(t *testing.T) {
	info := PED{Base: LEEP{}}.Info()
	if info.Name != "ped:leep" || info.Needs != metric.Outputs {
		t.Errorf("ped around leep is %q and needs %v", info.Name, info.Needs)
	}
	if info := (SA{Base: EMMS{}}).Info(); info.Uses != metric.Embeddings {
		t.Errorf("sa around emms uses %v, want embeddings, as emms", info.Uses)
	}
	if _, err := (SA{}).Score(t.Context(), nil); err == nil {
		t.Error("a wrapper without a base scores")
	}
}
