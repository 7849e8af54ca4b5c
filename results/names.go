package results

import (
	"fmt"
	"slices"
	"strings"

	"sfdalab/internal/suggest"
)

// SameName reports whether two names are of the same thing: whether they differ by case,
// hyphens, underscores and blanks alone.
func SameName(a, b string) bool { return fold(a) == fold(b) }

// fold is what of a name counts where letters' case, hyphens, underscores and blanks do
// not.
func fold(name string) string { return folding.Replace(strings.ToLower(name)) }

var folding = strings.NewReplacer("-", "", "_", "", " ", "")

// aliases finds, for names that are not among the known ones, the known name that
// differs from them by case, hyphens, underscores and blanks alone. A name that could be
// two, or two that could be one, have none.
func aliases(names, known []string) map[string]string {
	isName, isKnown := set(names), set(known)
	folded := make(map[string][]string)
	for k := range isKnown {
		if !isName[k] {
			folded[fold(k)] = append(folded[fold(k)], k)
		}
	}
	claims := make(map[string]int)
	for n := range isName {
		if !isKnown[n] {
			claims[fold(n)]++
		}
	}
	found := make(map[string]string)
	for n := range isName {
		if as := folded[fold(n)]; !isKnown[n] && len(as) == 1 && claims[fold(n)] == 1 {
			found[n] = as[0]
		}
	}
	return found
}

// set returns the names as the keys of a map.
func set(names []string) map[string]bool {
	in := make(map[string]bool, len(names))
	for _, n := range names {
		in[n] = true
	}
	return in
}

// Names returns what the truth calls each of these models on a dataset, where the names
// differ by case, hyphens, underscores and blanks alone; as they are where it has none.
func (t *Truth) Names(dataset string, models []string) []string {
	if !slices.ContainsFunc(models, func(m string) bool { _, ok := t.Accuracy(dataset, m); return !ok }) {
		return models
	}
	as := aliases(models, t.Models(dataset))
	names := slices.Clone(models)
	for i, m := range models {
		if known, ok := as[m]; ok {
			names[i] = known
		}
	}
	return names
}

// Aligned returns the scores with the names of the truth, where those differ by case,
// hyphens, underscores and blanks alone, and what to say of that.
func (s Scores) Aligned(truth *Truth) (aligned Scores, told []string) {
	var datasets []string
	models := make(map[string][]string) // by dataset, as the truth calls it
	for _, score := range s {
		datasets = append(datasets, score.Dataset)
	}
	ofDatasets := aliases(datasets, truth.Datasets())
	aligned = slices.Clone(s)
	for i := range aligned {
		if as, ok := ofDatasets[aligned[i].Dataset]; ok {
			aligned[i].Dataset = as
		}
		models[aligned[i].Dataset] = append(models[aligned[i].Dataset], aligned[i].Model)
	}
	tell := func(from, to string) {
		if text := fmt.Sprintf("%s is taken for the ground truth's %s", from, to); !slices.Contains(told, text) {
			told = append(told, text)
		}
	}
	for _, d := range Distinct(datasets) {
		if as, ok := ofDatasets[d]; ok {
			tell("dataset "+d, as)
		}
	}
	ofModels := make(map[string]map[string]string)
	for d, names := range models {
		ofModels[d] = aliases(names, truth.Models(d))
	}
	for i := range aligned {
		if as, ok := ofModels[aligned[i].Dataset][aligned[i].Model]; ok {
			tell("model "+aligned[i].Model, as)
			aligned[i].Model = as
		}
	}
	return aligned, told
}

// NothingInCommon returns an error that names the nearest names, where scores and truth
// have no model on a dataset in common; nil where they have.
func (s Scores) NothingInCommon(truth *Truth) error {
	if len(s) == 0 {
		return nil
	}
	for _, score := range s {
		if _, ok := truth.Accuracy(score.Dataset, score.Model); ok {
			return nil
		}
	}
	first := s[0]
	if models := truth.Models(first.Dataset); len(models) > 0 {
		return fmt.Errorf("scores and ground truth %s have no model in common: on dataset %s the scores have %q%s", truth.Name, first.Dataset, first.Model, suggest.Hint(first.Model, models))
	}
	return fmt.Errorf("scores and ground truth %s have no dataset in common: the scores have %q%s", truth.Name, first.Dataset, suggest.Hint(first.Dataset, truth.Datasets()))
}

// Distinct returns the names, each once, in the order in which they come first.
func Distinct(names []string) []string {
	var once ordered
	for _, name := range names {
		once.add(name)
	}
	return once.names
}

// ordered is a list of names, each once.
type ordered struct {
	names []string
	known map[string]bool
}

// add adds a name at the end, unless it is there already.
func (o *ordered) add(name string) {
	if o.known[name] {
		return
	}
	if o.known == nil {
		o.known = make(map[string]bool)
	}
	o.known[name], o.names = true, append(o.names, name)
}
