//go:build !unix

package tracking

// Used returns nothing: what this process has used is not known here.
func Used() Usage { return Usage{} }
