//go:build !amd64

package jpeg

func fastest() kernels { return portable }
