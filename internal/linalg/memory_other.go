//go:build !linux

package linalg

func reserveHuge() {}

func adviseHuge([]float64) {}
