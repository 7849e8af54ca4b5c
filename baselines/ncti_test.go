package baselines

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

func TestNCTIGolden(t *testing.T) {
	eachGolden(t, "ncti.parts", func(t *testing.T, s *features.Set, want numbers) {
		score, err := NCTI{}.Score(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range []string{"seli", "ncc", "vc"} {
			if deviation := relative(score.Details[part], want[i]); !(deviation <= 1e-9) {
				t.Errorf("%s is %.17g, want %.17g (off by %.1e of it)", part, score.Details[part], want[i], deviation)
			}
		}
	})
}

// Features that leave directions of their space empty score as in the space that they
// fill.
func TestNCTIOfEmptyDirections(t *testing.T) {
	x, labels := randomSamples(120, 6, 4)
	x.Scale(5, x) // enough variance for no shrinkage
	square, _ := randomSamples(9, 9, 2)
	var qr mat.QR
	var q, embedded mat.Dense
	qr.Factorize(square)
	qr.QTo(&q)
	embedded.Mul(x, q.Slice(0, 6, 0, 9))
	want, err := NCTI{}.Score(t.Context(), newSet(t, features.Dense(x), features.Classes(labels)))
	if err != nil {
		t.Fatal(err)
	}
	if want.Details["shrinkage"] != 0 {
		t.Fatal("the discriminant is shrunk: the test shows nothing")
	}
	wantScore(t, NCTI{}, newSet(t, features.Dense(&embedded), features.Classes(labels)), want.Value, 1e-9)
}
