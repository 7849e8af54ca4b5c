//go:build !windows

package onnxruntime

import "github.com/ebitengine/purego"

// openSymbol loads a library and returns the address of one of its functions.
func openSymbol(path, name string) (uintptr, error) {
	library, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return 0, err
	}
	return purego.Dlsym(library, name)
}
