package linalg

import "golang.org/x/sys/cpu"

//go:generate go run -C ../../tools ./asm/linalg -out ../internal/linalg/kernel_amd64.s -stubs ../internal/linalg/kernel_stubs_amd64.go -pkg linalg

func nativeKernels() []kernel {
	var native []kernel
	x := cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasF16C {
		return nil
	}
	if x.HasAVX512F {
		native = append(native, kernel{
			"avx512",
			tiles[float64]{tileAVX512, 8, 24, gatherAVX512, gather3AVX512, transpose4AVX2},
			tiles[float64]{narrowAVX512, 8, 8, nil, nil, nil},
			tiles[float32]{tileF32AVX512, 8, 48, nil, nil, transpose4Portable[float32]},
			widenF16AVX2, widenF32AVX2, addF32AVX2, rows4AVX512, reflectRightAVX512, reflectLeftAVX512, solve8AVX512,
		})
	}
	return append(native, kernel{
		"avx2",
		tiles[float64]{tileAVX2, 4, 12, gatherAVX2, gather3AVX2, transpose4AVX2},
		tiles[float64]{narrowAVX2, 4, 4, nil, nil, nil},
		tiles[float32]{tileF32AVX2, 4, 24, nil, nil, transpose4Portable[float32]},
		widenF16AVX2, widenF32AVX2, addF32AVX2, rows4AVX2, reflectRightAVX2, reflectLeftAVX2, solve8AVX2,
	})
}
