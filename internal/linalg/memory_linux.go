package linalg

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reserve is how many bytes of the heap are to have huge pages: what a cell of some
// 2,000 features needs. They cost nothing until they are touched.
const reserve = 256 << 20

// reserveHuge asks for huge pages for what the heap hands out next. Go's heap asks
// for none, so each small page of a fresh process's first matrices costs some
// microseconds, in all more than the arithmetic on sets of some thousand samples.
// The advice holds for addresses, which the heap keeps when what lay there is
// garbage.
var reserveHuge = sync.OnceFunc(func() {
	percent := debug.SetGCPercent(-1) // lest a collection start too early to free it
	var b strings.Builder             // unlike make, it does not clear its memory
	b.Grow(reserve)
	b.WriteByte(0)
	advise(unsafe.StringData(b.String()), reserve)
	b.Reset()
	debug.SetGCPercent(percent)
	runtime.GC()
})

func adviseHuge(x []float64) { advise((*byte)(unsafe.Pointer(&x[0])), 8*len(x)) }

// advise asks for huge pages for the whole pages within size bytes. It is only
// advice: an error changes nothing.
func advise(first *byte, size int) {
	const page = 4096
	start := -uintptr(unsafe.Pointer(first)) % page
	_ = unix.Madvise(unsafe.Slice(first, size)[start:size/page*page], unix.MADV_HUGEPAGE)
}
