package results

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"
)

// PublishedCorrelations returns the tables that papers printed, in long form:
// source, truth, measure, method, dataset, value. They are the weighted τ of five
// metrics on the supervised group (SFDA's readme) and of eight on the
// self-supervised one (PED's readme, which lacks sun397).
func PublishedCorrelations() dataframe.DataFrame {
	keys := []string{"truth", "method", "dataset"}
	return published("sfda-supervised-tauw", keys).RBind(published("ped-self-supervised-tauw", keys))
}

// PublishedClaims returns the headline claims of the SFDA paper: claim, value, unit,
// source. Readings says which of them the published tables bear out.
func PublishedClaims() dataframe.DataFrame { return published("sfda-claims", []string{"claim"}) }

// published returns a published table that is built in, whose rows the keys name.
func published(file string, keys []string) dataframe.DataFrame {
	df, _, err := readLong(builtIn("published/"+file+".csv"), keys, "value", false)
	if err != nil {
		panic(fmt.Sprintf("published table %s, built in: %v", file, err)) // a test reads them all
	}
	return df
}

// A Finding compares a published figure with one that can be computed.
type Finding struct {
	Source    string
	What      string  // such as "LogME on pets", or the reading of a claim
	Published float64 // as printed
	Ours      float64 // NaN where it cannot be computed
	Note      string  // why they may differ
}

// Difference returns ours minus the published figure.
func (f Finding) Difference() float64 { return f.Ours - f.Published }

// AgainstPublished compares every published weighted τ of a ground truth with that of
// the groups, which are of the same ground truth. LEEP is sought under leep, PED+LogME
// under ped:logme, and so on.
func AgainstPublished(groups []Group, truth *Truth) []Finding {
	ours := map[[2]string]Group{}
	for _, g := range groups {
		ours[[2]string{g.Metric, g.Dataset}] = g
	}
	var out []Finding
	df := PublishedCorrelations()
	sources, truths, methods, datasets := df.Col("source").Records(), df.Col("truth").Records(), df.Col("method").Records(), df.Col("dataset").Records()
	for i, value := range df.Col("value").Float() {
		if truths[i] != truth.Name {
			continue
		}
		f := Finding{Source: sources[i], What: methods[i] + " on " + datasets[i], Published: value, Ours: math.NaN()}
		metric := strings.ReplaceAll(strings.ToLower(methods[i]), "+", ":")
		g := ours[[2]string{metric, datasets[i]}]
		if c := Measures()[0].Of(g.Scores, g.Accuracies); math.IsNaN(c.Value) {
			f.Note = "no scores of " + metric
		} else {
			f.Ours = c.Value
			f.Note = f.reason(g, truth)
		}
		out = append(out, f)
	}
	return out
}

// lastDigit is half of the last digit that the papers print.
const lastDigit = 0.0005

// reason says why the figure may differ from the published one.
func (f Finding) reason(g Group, truth *Truth) string {
	if math.Abs(f.Difference()) <= lastDigit {
		return ""
	}
	const elsewhere = "other features or software than theirs"
	note := elsewhere
	if all := truth.Models(g.Dataset); len(g.Models) < len(all) {
		note = fmt.Sprintf("ours is of %d of the %d models", len(g.Models), len(all))
		if len(g.Models) == len(all)-1 {
			lacking := all[slices.IndexFunc(all, func(m string) bool { return !slices.Contains(g.Models, m) })]
			accuracy, _ := truth.Accuracy(g.Dataset, lacking)
			lo, hi := withOneMore(g, accuracy)
			note += fmt.Sprintf(" (%.3f to %.3f with %s)", lo, hi, lacking)
			if f.Published < lo-lastDigit || f.Published > hi+lastDigit {
				note += ", and " + elsewhere
			}
		}
	}
	if slip, ok := slips[g.Metric]; ok {
		note += "; " + slip
	}
	return note
}

// slips are known errors in published figures of a metric, or in the code behind them.
var slips = map[string]string{
	"leep": "SFDA's released LEEP has no logarithm (likelihood=probability)",
	"nce":  "theirs may swap source and target, as LogME's do (thuml/LogME, issue 14)",
}

// withOneMore returns between which values the weighted τ of a group lies when one more
// model, of that accuracy, gets whatever score.
func withOneMore(g Group, accuracy float64) (lo, hi float64) {
	sorted := slices.Sorted(slices.Values(g.Scores))
	places := []float64{sorted[0] - 1, sorted[len(sorted)-1] + 1}
	for i, s := range sorted {
		places = append(places, s, (s+sorted[max(0, i-1)])/2)
	}
	lo, hi = math.Inf(1), math.Inf(-1)
	accuracies := append(slices.Clone(g.Accuracies), accuracy)
	for _, place := range places {
		tau := WeightedTau(append(slices.Clone(g.Scores), place), accuracies)
		lo, hi = min(lo, tau), max(hi, tau)
	}
	return lo, hi
}

// Published compares every published figure that is built in with our own: the
// weighted τ of papers against those of scores, which has the columns dataset, model,
// metric and score, and the claims of the SFDA paper against their Readings.
func Published(scores dataframe.DataFrame) ([]Finding, error) {
	var out []Finding
	for _, name := range Distinct(PublishedCorrelations().Col("truth").Records()) {
		truth, err := LoadTruth(name)
		if err != nil {
			return nil, err
		}
		groups, err := Groups(scores, truth)
		if err != nil {
			return nil, err
		}
		out = append(out, AgainstPublished(groups, truth)...)
	}
	return append(out, Readings()...), nil
}
