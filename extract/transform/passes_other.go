//go:build !amd64

package transform

// fastest returns the passes for this processor.
func fastest() resizer { return portable }
