//go:build !amd64

package transform

func fastest() resizer { return portable }
