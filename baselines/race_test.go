//go:build race

package baselines

// underRace reports that the race detector is on, which makes tests ten to thirty times
// slower.
const underRace = true
