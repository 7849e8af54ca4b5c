package par

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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

// Helpers wait for the next call for a moment only, and none is left behind.
func TestHelpersComeAndGo(t *testing.T) {
	defer SetLimit(Limit())
	SetLimit(4)
	before := runtime.NumGoroutine()
	for _, pause := range []time.Duration{0, patience / 2, patience, 2 * patience} {
		var callers sync.WaitGroup
		for range 3 {
			callers.Go(func() {
				for range 200 {
					var sum atomic.Int64
					For(5, func(i int) { sum.Add(int64(i)) })
					if got := sum.Load(); got != 10 {
						t.Errorf("pause %v: the sum is %d, want 10", pause, got)
					}
					time.Sleep(pause)
				}
			})
		}
		callers.Wait()
	}
	if !cores.TryAcquire(4) {
		t.Error("helpers hold cores without a job")
	}
	cores.Release(4)
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(patience) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before: helpers do not leave", runtime.NumGoroutine(), before)
		}
	}
}

func TestSpinGivesUp(t *testing.T) {
	begin := time.Now()
	if spin(func() bool { return false }) {
		t.Error("what is never ready came")
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v to give up", took)
	}
	if !spin(func() bool { return true }) {
		t.Error("what is ready did not come")
	}
}

// What a call costs beside its work.
func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		For(Limit(), func(int) {})
	}
}
