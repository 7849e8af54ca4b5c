package jpeg

import "golang.org/x/sys/cpu"

//go:generate go run -C ../../../tools ./asm/jpeg -out ../extract/imageio/jpeg/kernels_amd64.s -stubs ../extract/imageio/jpeg/kernels_stubs_amd64.go -pkg jpeg

// fastest returns the kernels for this processor.
func fastest() kernels {
	if cpu.X86.HasAVX2 {
		return kernels{idctAVX2, blendAVX2, doubleAVX2, ycbcrNative}
	}
	return portable
}

// ycbcrNative leaves the last pixels, less than sixteen, to the portable loop.
func ycbcrNative(out, ys, cbs, crs []uint8) {
	whole := len(ys) &^ 15
	ycbcrAVX2(out, ys[:whole], cbs, crs)
	ycbcrPortable(out[3*whole:], ys[whole:], cbs[whole:], crs[whole:])
}
