//go:build !linux

package linalg

func adviseHuge([]float64) {}
