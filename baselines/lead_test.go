package baselines

import (
	"math/rand/v2"
	"testing"

	"sfdalab/features"
)

// The order of samples changes a score by less than 1e-9 of it: the support-vector
// machine is solved to its minimum.
func TestLEADOfShuffledSamples(t *testing.T) {
	s, err := zooSet("plain16", "sign") // gradients alone stop 1e-4 short of the minimum here
	if err != nil {
		t.Skip("no features here: ", err)
	}
	order := rand.New(rand.NewPCG(1, 1)).Perm(s.N())
	labels := make([]int64, s.N())
	for i, n := range order {
		labels[i] = int64(s.Labels.Index[n])
	}
	want, err := LEAD{}.Score(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := LEAD{}.Score(t.Context(), newSet(t, features.Dense(gather(s.Features, order)), features.Classes(labels)))
	if err != nil {
		t.Fatal(err)
	}
	if deviation := relative(got.Value, want.Value); deviation > 1e-9 {
		t.Errorf("score %.17g, and %.17g shuffled (off by %.1e of it)", want.Value, got.Value, deviation)
	}
}
