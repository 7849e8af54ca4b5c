package baselines

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// The gradients are compared with differences of the loss, with B fixed as the method has it.
func TestITMGradients(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	samples, labels := randomSamples(12, 5, 3)
	x, y := withOnes(samples), features.Classes(labels).Index
	e := &evolution{rate: 0.5, encode: newLayer(random, 5, 3), head: newLayer(random, 3, 3)}

	// The loss where Z follows the weights but the Z in B does not.
	fixed := e.evolve(x, y).z
	loss := func() (sum float64) {
		b := e.evolve(x, y)
		away := mat.DenseCopyOf(b.z)
		for i, c := range y {
			away.Set(i, c, away.At(i, c)-1)
		}
		moved := e.shrink(fixed, away)
		for i, c := range y {
			moved.Set(i, c, moved.At(i, c)+1)
		}
		var scores mat.Dense
		scores.Mul(withOnes(moved), e.head.weights)
		for i, c := range y {
			sum += crossEntropy(scores.RawRowView(i), c) / float64(len(y))
		}
		return sum
	}
	if got, want := e.gradients(x, y), loss(); relative(got, want) > 1e-14 {
		t.Fatalf("loss %v, want %v", got, want)
	}
	const h = 1e-6
	for name, l := range map[string]*layer{"encode": e.encode, "head": e.head} {
		weights := l.weights.RawMatrix().Data
		for i, got := range l.gradient.RawMatrix().Data {
			old := weights[i]
			weights[i] = old + h
			above := loss()
			weights[i] = old - h
			below := loss()
			weights[i] = old
			if want := (above - below) / (2 * h); math.Abs(got-want) > 1e-8 {
				t.Errorf("%s: gradient %d is %v, want %v", name, i, got, want)
			}
		}
	}
}

func TestITM(t *testing.T) {
	x, labels := randomSamples(200, 8, 4)
	score := func(labels []int64, seed uint64) float64 {
		t.Helper()
		score, err := ITM{Seed: seed}.Score(t.Context(), newSet(t, features.Dense(x), features.Classes(labels)))
		if err != nil {
			t.Fatal(err)
		}
		return score.Value
	}
	told := score(labels, 1)
	if again := score(labels, 1); again != told {
		t.Errorf("score %v, and %v with the same seed", told, again)
	}
	shuffled := make([]int64, len(labels))
	for i, j := range rand.New(rand.NewPCG(3, 3)).Perm(len(labels)) {
		shuffled[i] = labels[j]
	}
	if chance := score(shuffled, 1); chance >= told {
		t.Errorf("score %v with shuffled labels, and %v with the right ones", chance, told)
	}
}
