package strict

import (
	"strings"
	"testing"
)

type answer struct {
	Score    *float64           `json:"score"`
	Details  map[string]float64 `json:"details"`
	Warnings []string           `json:"warnings"`
	N        int                `json:"n"`
}

// TestJSON refuses what can be read in two ways or in none, and says why in plain English.
func TestJSON(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"score": 0.5, "details": {"a": 1, "A": 2}, "warnings": ["w"], "n": 3}`, ""},
		{`{"score": null}`, ""},
		{`{"score": 1, "score": 2}`, "score: the key comes twice"},
		{`{"score": 1, "SCORE": 2}`, "SCORE: the key is unknown"},
		{`{"details": {"a": 1, "a": 2}}`, "details.a: the key comes twice"},
		{`{"details": {"a": null}}`, "details.a: want a number, not null"},
		{`{"n": null}`, "n: want a number, not null"},
		{`{"n": 1.5}`, "n: want a whole number, not 1.5"},
		{`{"score": 1e400}`, "score: 1e400 is out of range"},
		{`{"n": 99999999999999999999}`, "n: 99999999999999999999 is out of range"},
		{`{"score": true}`, "score: want a number, not true"},
		{`{"score": "1"}`, `score: want a number, not text`},
		{`{"score": {}}`, "score: want a number, not an object"},
		{`{"warnings": "w"}`, "warnings: want a list, not text"},
		{`{"details": []}`, "details: want an object, not a list"},
		{"{\"warnings\": [\"\xff\"]}", "warnings.0: invalid UTF-8"},
		{`[1]`, "want an object, not a list"},
		{``, "there is nothing"},
		{`{"score": 1`, "it ends too early"},
		{`hello`, "invalid character 'h'"},
		{`{"score": NaN}`, "invalid character 'N'"},
		{`{"score": 1}{"score": 2}`, "want nothing after it"},
		{`{"details": ` + strings.Repeat("[", 100000), "want an object, not a list"},
		{`{"` + strings.Repeat("x", 1<<20) + `": 1}`, "x…: the key is unknown"},
	} {
		var a answer
		err := JSON([]byte(test.text), &a)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%.60s: %v, want %s", test.text, err, test.want)
		}
		if err != nil && (strings.Contains(err.Error(), "Go ") || len(err.Error()) > 200) {
			t.Errorf("%.60s: %v", test.text, err)
		}
	}
}

// TestDeepPlace names the place of an error in what is deep in a few words.
func TestDeepPlace(t *testing.T) {
	var any struct{ A map[string]any }
	err := JSON([]byte(`{"A":`+strings.Repeat(`{"a":`, 20_000)), &any)
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("%.300s", err)
	}
}
