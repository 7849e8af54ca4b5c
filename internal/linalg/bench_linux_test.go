package linalg

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the first use of a large array costs, with and without advice to the system. As a
// part of H-score at (5000, 2048, 100) in a process of its own the advice saves a tenth,
// 0.66 s of processor time rather than 0.72. For small arrays, too, it saves a fifth of
// LogME at (2000, 512, 50).
func BenchmarkFirstTouch(b *testing.B) {
	const size = 32 << 20
	for name, ask := range map[string]bool{"advised": true, "plain": false} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
				if err != nil {
					b.Fatal(err)
				}
				x := unsafe.Slice((*float64)(unsafe.Pointer(&memory[0])), size/8)
				if ask {
					adviseHuge(x)
				}
				clear(x)
				unix.Munmap(memory)
			}
			b.SetBytes(size)
		})
	}
}
