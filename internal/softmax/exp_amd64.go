package softmax

import "golang.org/x/sys/cpu"

//go:generate go run -C ../../tools ./asm/softmax -out ../internal/softmax/kernel_amd64.s -stubs ../internal/softmax/kernel_stubs_amd64.go -pkg softmax

// choose returns blocks in assembly, if wanted and if the processor can, or the portable
// one.
func choose(native bool) func(dst, x []float64, top float64) float64 {
	if native && cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return expAVX2
	}
	return expPortable
}
