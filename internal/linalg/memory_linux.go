package linalg

import (
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reserve is how many numbers of the heap are to have huge pages: 256 MiB hold what
// a cell of some 2,000 features needs. They cost nothing until they are touched.
const reserve = 32 << 20

// reserveHuge asks for huge pages for what the heap hands out next. Go's heap asks
// for none, so each small page of a fresh process's first matrices costs some
// microseconds, in all more than the arithmetic on sets of some thousand samples.
// The advice holds for addresses, which the heap keeps when the array is garbage.
var reserveHuge = sync.OnceFunc(func() {
	percent := debug.SetGCPercent(-1) // lest the array start a collection too early to free it
	adviseHuge(make([]float64, reserve))
	debug.SetGCPercent(percent)
	runtime.GC()
})

// adviseHuge asks for huge pages for the whole ones within x. It is only advice: an
// error changes nothing.
func adviseHuge(x []float64) {
	const page = 4096
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 8*len(x))
	start := -uintptr(unsafe.Pointer(&x[0])) % page
	_ = unix.Madvise(bytes[start:len(bytes)/page*page], unix.MADV_HUGEPAGE)
}
