package onnxruntime

import "golang.org/x/sys/windows"

// cudaDriver is the library of NVIDIA's driver.
const cudaDriver = "nvcuda.dll"

// openSymbol loads a library and returns the address of one of its functions.
func openSymbol(path, name string) (uintptr, error) {
	library, err := windows.LoadLibrary(path)
	if err != nil {
		return 0, err
	}
	return windows.GetProcAddress(library, name)
}

// preloadCUDA does nothing: Windows looks for the libraries of CUDA on the path.
func preloadCUDA(string) {}
