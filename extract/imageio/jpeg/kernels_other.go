//go:build !amd64

package jpeg

// fastest returns the kernels for this processor.
func fastest() kernels { return portable }
