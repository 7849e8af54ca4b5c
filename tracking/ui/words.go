package ui

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"sfdalab/tracking"
)

// mostWords bounds how many names complete a field of a filter.
const mostWords = 500

// words hands out what completes a filter: the fields with their values, and the
// parameters and details that are numbers.
func (s *server) words(w http.ResponseWriter, r *http.Request) {
	made, err := s.queue.answer(r, func() (any, error) {
		runs, err := s.Store.List(tracking.Query{}, 0, 0)
		return wordsOf(runs), err
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(made)
}

// wordsOf returns the words of a filter of runs, those of each field in order.
func wordsOf(runs []tracking.Run) []string {
	of := make(map[string]map[string]bool)
	add := func(field string, values ...string) {
		if of[field] == nil {
			of[field] = make(map[string]bool)
		}
		for _, v := range values {
			if v != "" && len(of[field]) < mostWords {
				of[field][v] = true
			}
		}
	}
	numbers := make(map[string]bool)
	for _, r := range runs {
		add("experiment", r.Experiment)
		add("name", r.Name)
		add("tag", r.Tags...)
		add("outcome", string(r.Outcome))
		add("host", r.Environment.Host)
		add("metric", r.Metrics...)
		add("dataset", r.Datasets...)
		add("model", r.Models...)
		for name := range r.Ranges {
			if len(numbers) < mostWords {
				numbers[name] = true
			}
		}
	}
	add("error", "yes", "no")
	var words []string
	for _, field := range tracking.Fields() {
		words = append(words, field+":")
		delete(numbers, field)
		var values []string
		for v := range of[field] {
			values = append(values, field+":"+asWord(v))
		}
		slices.Sort(values)
		words = append(words, values...)
	}
	at := len(words)
	for name := range numbers {
		words = append(words, name+":")
	}
	slices.Sort(words[at:])
	return words
}

// asWord writes a value as queries want it, without quotes where it can do without.
func asWord(value string) string {
	special := func(c rune) bool { return unicode.IsSpace(c) || c == '"' || c == ',' }
	if strings.ContainsFunc(value, special) {
		return quote(value)
	}
	return value
}
