package linalg

import (
	"math/bits"
	"sync"
	"unsafe"

	"sfdalab/internal/par"
)

// large is from how many numbers an array is kept when it is freed.
const large = 1 << 16

// A page costs some microseconds when it is first touched, and a matrix of 2,048×2,048 has
// 8,192 small ones. So arrays lie in huge pages where the system has them: those of two at
// most share some, as a part of a page takes as long as all of it.
const (
	smallPage  = 1 << 9 // numbers, as all of these
	hugePage   = 1 << 18
	sharedSize = 8 * hugePage
)

// shared is what is left of the huge pages that the next arrays share.
var shared struct {
	sync.Mutex
	rest []float64
}

// Memory that was freed: what is small in a pool for each power of 2, what is large in a
// list, since a pool is emptied by every garbage collection.
var (
	smallFreed [17]sync.Pool // up to large
	largeFreed struct {
		sync.Mutex
		arrays [][]float64
	}
)

// keep is how many large arrays are kept at most, the largest.
const keep = 8

// Zeros returns n zeros.
func Zeros(n int) []float64 {
	if n >= large {
		if x := reuse(n); x != nil {
			par.For((n+large-1)/large, func(t int) { clear(x[t*large : min((t+1)*large, n)]) })
			return x
		}
	}
	return fresh(n)
}

// Free gives back an array of Zeros that nothing reads any more, for the next who
// needs one.
func Free(x []float64) {
	if cap(x) < large {
		return
	}
	largeFreed.Lock()
	defer largeFreed.Unlock()
	arrays := largeFreed.arrays
	if len(arrays) < keep {
		largeFreed.arrays = append(arrays, x)
		return
	}
	smallest := 0
	for i, y := range arrays {
		if cap(y) < cap(arrays[smallest]) {
			smallest = i
		}
	}
	if cap(arrays[smallest]) < cap(x) {
		arrays[smallest] = x
	}
}

// Scratch returns n numbers of any value, and the function that gives them back.
func Scratch(n int) (x []float64, free func()) {
	if n >= large {
		if x = reuse(n); x == nil {
			x = fresh(n)
		}
		return x, func() { Free(x) }
	}
	power := bits.Len(uint(max(n, 1) - 1))
	held, _ := smallFreed[power].Get().(*[]float64)
	if held == nil {
		x := fresh(1 << power)
		held = &x
	}
	return (*held)[:n], func() { smallFreed[power].Put(held) }
}

// fresh returns n zeros of new memory.
func fresh(n int) []float64 {
	switch {
	case n < smallPage:
		return make([]float64, n)
	case n > 2*hugePage:
		return hugePages(n)[:n]
	}
	shared.Lock()
	defer shared.Unlock()
	if n > len(shared.rest) {
		shared.rest = hugePages(sharedSize)
	}
	x := shared.rest[:n:n]
	shared.rest = shared.rest[roundUp(n, 8):]
	return x
}

// hugePages returns zeros in as many huge pages as n numbers fill.
func hugePages(n int) []float64 {
	size := roundUp(n, hugePage)
	x := make([]float64, size+hugePage)
	start := -uintptr(unsafe.Pointer(&x[0])) / 8 % hugePage
	x = x[start:][:size:size]
	adviseHuge(x)
	return x
}

// reuse returns the smallest freed array of n numbers or more, up to four times as
// many, or nil.
func reuse(n int) []float64 {
	largeFreed.Lock()
	defer largeFreed.Unlock()
	arrays := largeFreed.arrays
	best := -1
	for i, x := range arrays {
		if cap(x) >= n && cap(x) <= 4*n && (best < 0 || cap(x) < cap(arrays[best])) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	x, last := arrays[best], len(arrays)-1
	arrays[best], arrays[last] = arrays[last], nil
	largeFreed.arrays = arrays[:last]
	return x[:n]
}

// pieces are pieces of memory that nothing else uses.
type pieces [][]float64

func (p *pieces) add(x []float64) { *p = append(*p, x) }

// take returns n numbers of any value of the first piece that has so many, or nil.
func (p pieces) take(n int) []float64 {
	for i, x := range p {
		if n <= len(x) {
			p[i] = x[n:]
			return x[:n]
		}
	}
	return nil
}
