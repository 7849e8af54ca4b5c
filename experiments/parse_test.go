package experiments

import (
	"strings"
	"testing"
)

// TestWholeNumbers refuses what the decoder would cut to a whole number, or say in words of
// its own.
func TestWholeNumbers(t *testing.T) {
	const rest = "features: '{model}.npy'\nlabels: y.npy\nmetrics: [knn]\n"
	for text, want := range map[string]string{
		"seed: 7":                              "",
		"seed: 1e3":                            "",
		"seed: 18446744073709551615":           "",
		"seed: 0x10":                           "",
		"seed: 1.5":                            "s.yaml:4: want a whole number from 0, not 1.5",
		"seed: &a 1.5":                         "s.yaml:4: want a whole number from 0, not 1.5",
		"seed: '1.5'":                          "s.yaml:4: want a whole number from 0, not 1.5",
		"seed: -1":                             "s.yaml:4: want a whole number from 0, not -1",
		"seed: 18446744073709551616":           "s.yaml:4: want a whole number from 0, not 18446744073709551616",
		"seed: .nan":                           "s.yaml:4: want a whole number from 0, not .nan",
		"seed: 017":                            "s.yaml:4: 017 is octal for some",
		"seed: true":                           "s.yaml:4: want a whole number, not true or false",
		"seed: [1]":                            "s.yaml:4: want a whole number, not a list",
		"subsets: {fraction: 0.5, count: 2.7}": "s.yaml:4: want a whole number, not 2.7",
		"no_baselines: 3":                      "s.yaml:4: want true or false, not a whole number",
		"truth: [a]":                           "s.yaml:4: want text, not a list",
	} {
		_, err := Parse(rest+text+"\n", "s.yaml")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
