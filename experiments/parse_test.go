package experiments

import (
	"fmt"
	"os"
	"path/filepath"
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
		"seed: &a 017":                         "s.yaml:4: 017 is octal for some",
		"models: &m [017, a]":                  "",
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

// TestParameters refuses values of parameters that can be read in two ways, and grids and tags
// that leave none.
func TestParameters(t *testing.T) {
	for text, want := range map[string]string{
		"params: {k: 3}":       "",
		"params: {k: 0o10}":    "",
		"params: {k: 010}":     "s.yaml:3: 010 is octal for some",
		"grid: {k: [3, 010]}":  "s.yaml:3: 010 is octal for some",
		"grid: &g {k: [010]}":  "s.yaml:3: 010 is octal for some",
		"grid: {k: []}":        "s.yaml:3: grid: parameter k has no value",
		"params: {k: !!int 3}": "s.yaml:3: tags such as !!int are not read",
		"grid: {k: !!set {3}}": "s.yaml:3: tags such as !!set are not read",
		"grid: !!set {k}":      "s.yaml:3: tags such as !!set are not read",
	} {
		_, err := Parse("features: x.npy\nlabels: y.npy\nmetrics: [{metric: knn, "+text+"}]\n", "s.yaml")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestYAMLBesideSpecs reads protocols and values of parameters as strictly as specs, and what
// would take all memory as little.
func TestYAMLBesideSpecs(t *testing.T) {
	laughs := "settings:\n  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for i := range 8 {
		alias := fmt.Sprintf("*a%d, ", i)
		laughs += fmt.Sprintf("  a%d: &a%d [%s1]\n", i+1, i+1, strings.Repeat(alias, 10))
	}
	for text, want := range map[string]string{
		"settings: {steps: 10}":                              "",
		"settings: {steps: 010}":                             "line 1: 010 is octal for some",
		"name: a\nsettings: " + strings.Repeat("[", 100_000): "line 2: lists and mappings are nested more than 50 deep",
		laughs:                  "aliases expand to more than 1000000 values",
		"sweep: !!set {a}":      "line 1: tags such as !!set are not read",
		"name: a\n---\nname: b": "line 1: want one value or one mapping of keys, and no more",
		"settingz: {}":          `line 1: unknown key "settingz"; the nearest is "settings"`,
		"settings: 5":           "line 1: ",
	} {
		path := filepath.Join(t.TempDir(), "p.yaml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := readProtocol(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"0.1": "", "[1, 2]": "",
		"010":                        "010 is octal for some",
		"[010]":                      "010 is octal for some",
		"":                           "want one value",
		"!!set {a}":                  "tags such as !!set are not read",
		strings.Repeat("[", 100_000): "nested more than 50 deep",
	} {
		_, err := ParseValue(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
}
