package linalg

import "sync"

// Zeros returns n zeros. What is large is asked for in huge pages where the system
// has them: a page costs some microseconds when it is first touched, and a matrix
// of 2,048×2,048 has 8,192 small ones.
func Zeros(n int) []float64 {
	if n < hugeFrom {
		return make([]float64, n)
	}
	reserveHuge()
	x := make([]float64, n)
	adviseHuge(x)
	return x
}

// hugeFrom is from how many numbers it asks: what lies side by side shares a page.
const hugeFrom = 1 << 16

// Memory that Scratch gave and got back: what is small in a pool, what is large in a
// channel, since a pool is emptied by every garbage collection and the pages of what
// is large cost too much to be paid for again.
var (
	smallScratches sync.Pool
	largeScratches = make(chan []float64, 8)
)

// Scratch returns n numbers of any value, and the function that gives them back.
func Scratch(n int) (x []float64, free func()) {
	if n < hugeFrom {
		held, _ := smallScratches.Get().(*[]float64)
		if held == nil || cap(*held) < n {
			fresh := make([]float64, n)
			held = &fresh
		}
		return (*held)[:n], func() { smallScratches.Put(held) }
	}
	select {
	case x = <-largeScratches:
	default:
	}
	if cap(x) < n {
		x = Zeros(n)
	}
	x = x[:n]
	return x, func() {
		select {
		case largeScratches <- x:
		default:
		}
	}
}
