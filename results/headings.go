package results

import (
	"maps"
	"slices"
	"strings"
)

// alsoCalled are headings that people give to columns, as plainHeading writes them.
var alsoCalled = map[string][]string{
	"dataset": {"dataset", "datasetname", "targetdataset"},
	"model":   {"network", "net", "architecture", "arch", "backbone", "modelname"},
	"accuracy": {
		"acc", "acc1", "accuracy1", "accuracytop1", "acctop1", "top1", "top1acc", "top1accuracy", "testacc", "testaccuracy", "testtop1",
		"valacc", "valaccuracy", "valtop1", "finetuneacc", "finetuneaccuracy", "finetunedacc", "finetunedaccuracy", "meanacc", "meanaccuracy",
	},
}

// plainHeading is a heading without what it is set in: capitals, blanks, signs.
func plainHeading(heading string) string {
	return strings.NewReplacer("@", "", "%", "", "(", "", ")", "", "[", "", "]", "", ".", "").Replace(fold(heading))
}

// rename gives columns that are needed the names by which they are read: their own in
// small letters, or, for one that is missing, another that only one column goes by.
func (t *wide) rename() (changed bool) {
	needed := append(slices.Clone(t.keys), t.value)
	for i, name := range t.header {
		if lower := strings.ToLower(strings.TrimSpace(name)); slices.Contains(needed, lower) && lower != strings.TrimSpace(name) {
			t.header[i], changed = lower, true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(alsoCalled)) {
		if !slices.Contains(needed, name) || slices.ContainsFunc(t.header, func(h string) bool { return strings.TrimSpace(h) == name }) {
			continue
		}
		var found []int
		for i, heading := range t.header {
			if slices.Contains(alsoCalled[name], plainHeading(heading)) && t.numbers(i) == (name == t.value) {
				found = append(found, i)
			}
		}
		if len(found) == 1 {
			t.tell("has no column %s: %q is taken for it", name, strings.TrimSpace(t.header[found[0]]))
			t.header[found[0]], changed = name, true
		}
	}
	return changed
}

// numbers reports whether column i holds numbers alone, and some.
func (t *wide) numbers(i int) bool {
	some := false
	for _, row := range t.rows {
		field := strings.TrimSpace(row[i])
		number := quantity.MatchString(field)
		if !number && !absent(field) {
			return false
		}
		some = some || number
	}
	return some
}
