package features

import (
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
)

// TestMeterChargesWhatOthersComputed makes sure that a statistic costs each who asks for it
// the same, whoever comes first, and what it needs but once.
func TestMeterChargesWhatOthersComputed(t *testing.T) {
	s, err := New(Data{Features: Dense(mat.NewDense(4, 2, []float64{1, 2, 3, 5, 8, 13, 21, 34})), Labels: Classes([]int{0, 1, 0, 1})})
	if err != nil {
		t.Fatal(err)
	}
	const inner, outer = 40 * time.Millisecond, 20 * time.Millisecond
	means := func() int {
		return Shared(s, "means", func() int { time.Sleep(inner); return 1 })
	}
	scatter := func() int {
		return Shared(s, "scatter", func() int { time.Sleep(outer); return means() + 1 })
	}
	for _, c := range []struct {
		name string
		work func()
		want time.Duration // of what had been computed
	}{
		{"the first pays for itself", func() { scatter() }, 0},
		{"the second asks for both", func() { scatter(); means() }, inner + outer},
		{"one needs less", func() { means() }, inner},
		{"one needs nothing", func() {}, 0},
	} {
		before := s.Meter()
		c.work()
		if got := before(); got < c.want || got > c.want+c.want/2+10*time.Millisecond {
			t.Errorf("%s: %v, want about %v", c.name, got, c.want)
		}
	}
}
