package finetune

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sfdalab/internal/combinations"
)

// Settings are what a training program is told of how to train, such as learning_rate.
// Those of the built-in protocols are what the program of the Python package takes.
type Settings map[string]any

// A Protocol is a way to fine-tune: the settings that are tried, of which the best on
// validation counts.
type Protocol struct {
	Name   string
	Title  string     // what is done, for a caption
	Source string     // who did it so; "" for one of the user's own
	Sweep  []Settings // whole, in the order that decides between equals; one or more
}

// mostSettings bounds a sweep, which takes a training each.
const mostSettings = 10_000

// base are the settings of the built-in protocols besides learning rate and weight decay.
func base(layers string) Settings {
	return Settings{
		"layers": layers, "steps": 5000, "batch": 64, "optimizer": "sgd", "momentum": 0.9, "nesterov": true, "schedule": "cosine",
		"augment": "crop-flip", "resize": 224, "crop": 224, "interpolation": "bicubic",
	}
}

// transfer is the source of the sweep.
const transfer = "Ericsson, Gouk and Hospedales, How Well Do Self-Supervised Models Transfer?, CVPR 2021 (released code)"

// sweep returns settings with each learning rate 10⁻¹ to 10⁻⁴ and each weight decay: none,
// and 10⁻⁶ to 10⁻³ divided by the learning rate. The released code divides so, as SGD
// multiplies the decay by the learning rate; in the text of papers it is easily missed.
func sweep(of Settings) []Settings {
	var all []Settings
	for rate := -1; rate >= -4; rate-- {
		decays := []float64{0}
		for decay := -6; decay <= -3; decay++ {
			decays = append(decays, math.Pow10(decay-rate))
		}
		for _, decay := range decays {
			s := maps.Clone(of)
			s["learning_rate"], s["weight_decay"] = math.Pow10(rate), decay
			all = append(all, s)
		}
	}
	return all
}

// What the titles of the built-in protocols have in common.
const (
	howTrained = "5,000 steps of SGD (Nesterov 0.9, batch 64, cosine schedule) with random resized crops and flips"
	howChosen  = "the best of 20 learning rates and weight decays on validation, trained once more on train and validation"
)

// BuiltIn returns the protocols that have names: sfda trains all layers, last-block the
// last block and the classifier, linear the classifier alone.
//
// LogME (You et al., ICML 2021, section 5) sweeps more finely: 7 learning rates from 10⁻¹
// to 10⁻⁴ by 7 weight decays from 10⁻⁶ to 10⁻³, all logarithmically spaced.
func BuiltIn() []Protocol {
	return []Protocol{
		{"sfda", "all layers fine-tuned: " + howTrained + "; " + howChosen, transfer, sweep(base("all"))},
		{"last-block", "the last block and the classifier fine-tuned: " + howTrained + "; " + howChosen, transfer + ", of fewer layers", sweep(base("last-block"))},
		{"linear", "a linear classifier trained on the frozen network: " + howTrained + "; " + howChosen, transfer + ", of fewer layers", sweep(base("linear"))},
	}
}

// A Custom is a protocol as users write it. With Like alone it is a built-in one.
type Custom struct {
	Name     string           `yaml:"name"`     // "own" if empty
	Like     string           `yaml:"like"`     // a built-in protocol whose settings hold unless others are given; none if empty
	Settings map[string]any   `yaml:"settings"` // of all trials
	Grid     map[string][]any `yaml:"grid"`     // values to try, each with each
	Sweep    []map[string]any `yaml:"sweep"`    // or choices, one by one
}

// Protocol returns the protocol that is written. Grid or sweep take the place of what a
// built-in protocol sweeps; settings that are given do in each of its choices.
func (c Custom) Protocol() (Protocol, error) {
	p := Protocol{Name: c.Name, Sweep: []Settings{{}}}
	if c.Like != "" {
		known := BuiltIn()
		i := slices.IndexFunc(known, func(p Protocol) bool { return p.Name == c.Like })
		if i < 0 {
			return p, fmt.Errorf("unknown protocol %q: want one of %s, or your own with settings and grid", c.Like, names(known))
		}
		p = known[i]
		if c.Name == "" && c.Settings == nil && c.Grid == nil && c.Sweep == nil {
			return p, nil
		}
		p.Name, p.Source = c.Name, ""
		if c.Grid != nil || c.Sweep != nil {
			p.Sweep = p.Sweep[:1]
		}
	}
	if p.Name == "" {
		p.Name = "own"
	}
	if c.Grid != nil && c.Sweep != nil {
		return p, errors.New("give grid or sweep, not both")
	}
	choices, err := product(c.Grid)
	if err != nil {
		return p, err
	}
	for _, s := range c.Sweep {
		choices = append(choices, s)
	}
	p.Sweep = combined(p.Sweep, c.Settings, choices)
	if len(p.Sweep[0]) == 0 {
		return p, errors.New("a protocol needs settings, grid, sweep or like")
	}
	if err := check(p.Sweep); err != nil {
		return p, err
	}
	p.Title = p.describe()
	return p, nil
}

// names lists protocols, for an error.
func names(all []Protocol) string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// combined returns each choice on top of the settings, on top of each of those that hold
// unless others are given, and each but once.
func combined(like []Settings, settings map[string]any, choices []Settings) []Settings {
	if choices == nil {
		choices = []Settings{{}}
	}
	var all []Settings
	known := make(map[string]bool)
	for _, of := range like {
		for _, choice := range choices {
			s := maps.Clone(of)
			maps.Copy(s, settings)
			maps.Copy(s, choice)
			text, err := json.Marshal(s)
			if err != nil || !known[string(text)] { // an error is for check to tell
				all = append(all, s)
			}
			known[string(text)] = true
		}
	}
	return all
}

// product returns each value with each, in the order of the values; of names in
// alphabetical order the last varies first.
func product(grid map[string][]any) ([]Settings, error) {
	if grid == nil {
		return nil, nil
	}
	for _, name := range slices.Sorted(maps.Keys(grid)) {
		if len(grid[name]) == 0 {
			return nil, fmt.Errorf("grid: %s has no values", name)
		}
	}
	if combinations.Count(grid, mostSettings) > mostSettings {
		return nil, fmt.Errorf("grid: its values give more than %d settings", mostSettings)
	}
	var all []Settings
	for _, choice := range combinations.Of(grid) {
		all = append(all, choice)
	}
	return all, nil
}

// check reports what no program can be told.
func check(sweep []Settings) error {
	if len(sweep) > mostSettings {
		return fmt.Errorf("it tries %d settings: at most %d are possible", len(sweep), mostSettings)
	}
	for _, s := range sweep {
		for _, name := range slices.Sorted(maps.Keys(s)) {
			if name == "" || strings.TrimSpace(name) != name {
				return fmt.Errorf("settings: %q is not a name", name)
			}
			if _, err := json.Marshal(s[name]); err != nil {
				return fmt.Errorf("settings: %s: %w", name, err)
			}
		}
	}
	return nil
}

// describe returns a title made of what all trials share.
func (p Protocol) describe() string {
	shared := maps.Clone(p.Sweep[0])
	varied := p.varied()
	for _, name := range varied {
		delete(shared, name)
	}
	title := p.Name
	if len(shared) > 0 {
		title += ": " + shared.words(slices.Sorted(maps.Keys(shared)))
	}
	if len(p.Sweep) > 1 {
		title += fmt.Sprintf("; the best of %d settings (%s) on validation, trained once more on train and validation", len(p.Sweep), strings.Join(varied, ", "))
	} else {
		title += "; trained on train and validation"
	}
	return title
}

// words returns the settings with these names, such as "learning_rate 0.1, steps 1000".
func (s Settings) words(names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%s %v", name, s[name])
	}
	return strings.Join(parts, ", ")
}

// varied returns the names of settings that the sweep varies.
func (p Protocol) varied() []string {
	var varied []string
	all := make(map[string]bool)
	for _, s := range p.Sweep {
		for name := range s {
			all[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		first := fmt.Sprint(p.Sweep[0][name])
		if slices.ContainsFunc(p.Sweep, func(s Settings) bool { return fmt.Sprint(s[name]) != first }) {
			varied = append(varied, name)
		}
	}
	return varied
}

// Labels names the settings of each trial of the sweep by what it varies, such as
// "learning_rate 0.1, weight_decay 0"; "" where it varies nothing.
func (p Protocol) Labels() []string {
	varied := p.varied()
	labels := make([]string, len(p.Sweep))
	for i, s := range p.Sweep {
		labels[i] = s.words(varied)
	}
	return labels
}

// Best returns the place of the highest accuracy, the first of equals, as the order of a
// sweep decides; −1 where all are NaN, as those of trials that failed are.
func Best(accuracies []float64) int {
	best := -1
	for i, a := range accuracies {
		if !math.IsNaN(a) && (best < 0 || a > accuracies[best]) {
			best = i
		}
	}
	return best
}
