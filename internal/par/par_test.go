package par

import (
	"sync/atomic"
	"testing"
)

func TestForCallsEachIndexOnce(t *testing.T) {
	defer SetLimit(Limit())
	for _, workers := range []int{1, 2, 7} {
		SetLimit(workers)
		for _, n := range []int{0, 1, 5, 1000} {
			calls := make([]atomic.Int32, n)
			For(n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if got := calls[i].Load(); got != 1 {
					t.Fatalf("workers %d, n %d: fn(%d) called %d times, want once", workers, n, i, got)
				}
			}
		}
	}
}

func TestForRaisesPanicInCaller(t *testing.T) {
	defer func() {
		if r := recover(); r != "boom" {
			t.Errorf("recovered %v, want boom", r)
		}
	}()
	For(100, func(i int) {
		if i == 50 {
			panic("boom")
		}
	})
}

// Calls from within calls share the cores.
func TestForWithinFor(t *testing.T) {
	defer SetLimit(Limit())
	SetLimit(3)
	var calls atomic.Int32
	for range 50 {
		For(4, func(int) {
			For(5, func(int) { calls.Add(1) })
		})
	}
	if got := calls.Load(); got != 50*4*5 {
		t.Errorf("%d calls, want %d", got, 50*4*5)
	}
}

// What a call costs beside its work. Helpers that spin for a millisecond between calls,
// to spare the wake-up of a core, were measured in turns with goroutines as they are here,
// on two cores with other work beside: SFDA took 0.27 s rather than 0.20 (2000, 512, 50)
// and 0.009 s rather than 0.005 (300, 256, 10), medians of 20, LogME 0.10 s rather than
// 0.06. Only the fastest runs at the smaller size were faster, by 1 ms.
func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		For(Limit(), func(int) {})
	}
}
