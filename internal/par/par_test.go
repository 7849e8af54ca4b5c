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

// Calls from several goroutines and from within calls share the helpers.
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

func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		For(Limit(), func(int) {})
	}
}
