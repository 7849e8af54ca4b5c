//go:build !race

package baselines

const underRace = false
