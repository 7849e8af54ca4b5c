package baselines

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// Factored, the discriminant is that of eigenvectors, of few samples as of many, and is
// left to these where some directions do not count.
func TestFactoredDiscriminant(t *testing.T) {
	const d, c = 30, 3
	for _, test := range []struct {
		name   string
		n      int
		change func(x *mat.Dense)
		left   bool // to eigenvectors
	}{
		{name: "many samples", n: 60},
		{name: "fewer samples than features", n: 20},
		{name: "as many, less the classes", n: d + 1},
		{name: "a constant feature", n: 60, change: func(x *mat.Dense) {
			for i := range 60 {
				x.Set(i, 4, 2)
			}
		}},
		{name: "a constant feature of few samples", n: 20, change: func(x *mat.Dense) {
			for i := range 20 {
				x.Set(i, 4, 2)
			}
		}},
		{name: "a feature twice", n: 60, left: true, change: func(x *mat.Dense) { x.SetCol(4, mat.Col(nil, 7, x)) }},
		{name: "a sample twice", n: 20, left: true, change: func(x *mat.Dense) { x.SetRow(4, x.RawRowView(7)) }},
	} {
		x, labels := randomSamples(test.n, d, c)
		if test.change != nil {
			test.change(x)
		}
		if test.name == "a sample twice" {
			labels[4] = labels[7]
		}
		s, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := factoredDiscriminant(s)
		if ok == test.left {
			t.Errorf("%s: factored %v, want %v", test.name, ok, !test.left)
		}
		if !ok {
			continue
		}
		want, err := fisherSVD(s.Features, s.Labels.Index, c)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := got.delta(s.Features), want.delta(s.Features); !mat.EqualApprox(g, w, 1e-8*mat.Max(w)) {
			t.Errorf("%s: scores differ from those of eigenvectors", test.name)
		}
	}
}

// BenchmarkLDACV scores more samples than features, about as many, and fewer.
func BenchmarkLDACV(b *testing.B) {
	for _, size := range []struct{ n, d, c int }{{2000, 512, 50}, {2500, 2048, 100}, {1000, 2048, 100}} {
		b.Run(fmt.Sprintf("N=%d/D=%d/C=%d", size.n, size.d, size.c), func(b *testing.B) {
			x, labels := randomSamples(size.n, size.d, size.c)
			for b.Loop() {
				s, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(labels)})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := (LDACV{}).Score(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
