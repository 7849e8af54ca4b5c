package baselines

import (
	"fmt"
	"maps"
	"path/filepath"
	"testing"
)

func TestPARCGolden(t *testing.T) {
	testGolden(t, PARC{}, "parc")
	testGolden(t, PARC{Rounding: "none"}, "parc.ties")
}

// Labels round to the bit as in NumPy, whatever the numbers of samples and classes.
func TestPARCLabelRounding(t *testing.T) {
	var golden struct {
		Cases []struct {
			N, C, Step int
			Levels     [][3]float64 // dissimilarity, pairs that have it, sum of their i·n + j
		}
	}
	if err := readJSON(filepath.Join("testdata", "parc.labels.json"), &golden); err != nil {
		t.Fatal(err)
	}
	type pairs struct{ count, sum int }
	for _, c := range golden.Cases {
		t.Run(fmt.Sprintf("%d samples of %d classes", c.N, c.C), func(t *testing.T) {
			want := make(map[float64]pairs)
			for _, level := range c.Levels {
				want[level[0]] = pairs{int(level[1]), int(level[2])}
			}
			index := make([]int, c.N)
			for i := range index {
				index[i] = i / c.Step % c.C
			}
			classes, tail := newLabelRounding(index, c.C).dissimilarities()
			got := make(map[float64]pairs)
			for j := range index {
				for i := range j {
					v := classes[index[i]*c.C+index[j]]
					if t := j - c.N + len(tail); t >= 0 {
						v = tail[t][i]
					}
					got[v] = pairs{got[v].count + 1, got[v].sum + i*c.N + j}
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("dissimilarities %v, want %v", got, want)
			}
		})
	}
}
