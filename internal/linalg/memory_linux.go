package linalg

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages for the whole pages of a large array. Go's heap asks for
// none, and each small page costs some microseconds when it is first touched: see
// BenchmarkFirstTouch. It is only advice: an error changes nothing.
func adviseHuge(x []float64) {
	const page = 4096
	first, size := (*byte)(unsafe.Pointer(&x[0])), 8*len(x)
	start := -uintptr(unsafe.Pointer(first)) % page
	_ = unix.Madvise(unsafe.Slice(first, size)[start:size/page*page], unix.MADV_HUGEPAGE)
}
