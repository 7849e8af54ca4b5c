package linalg

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages for an array of whole pages. Go's heap asks for none, and each
// small page costs some microseconds when it is first touched: see BenchmarkFirstTouch. It is
// only advice: an error changes nothing.
func adviseHuge(x []float64) {
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 8*len(x)), unix.MADV_HUGEPAGE)
}
