//go:build !windows

package onnxruntime

import (
	"path/filepath"

	"github.com/ebitengine/purego"
)

// cudaDriver is the library of NVIDIA's driver.
const cudaDriver = "libcuda.so.1"

// openSymbol loads a library and returns the address of one of its functions.
func openSymbol(path, name string) (uintptr, error) {
	library, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return 0, err
	}
	return purego.Dlsym(library, name)
}

// preloadCUDA loads the libraries of CUDA and cuDNN that pip installs beside a wheel of
// ONNX Runtime, where the system's linker does not find them. What is missing ONNX
// Runtime names itself.
func preloadCUDA(onnxruntime string) {
	packages := filepath.Join(filepath.Dir(onnxruntime), "..", "..", "nvidia", "*", "lib")
	for _, name := range []string{"cudart", "nvJitLink", "cublasLt", "cublas", "nvrtc", "curand", "cufft", "cudnn"} {
		libraries, _ := filepath.Glob(filepath.Join(packages, "lib"+name+".so*"))
		for _, library := range libraries {
			_, _ = purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		}
	}
}
