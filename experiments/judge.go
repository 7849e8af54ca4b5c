package experiments

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"sfdalab/features/files"
)

// judge adds what the data says of how far the ranking can be trusted: warnings of models
// in a regime in which metrics are known to fail, and the models that may be the best.
func (r *Ranking) judge(result *Result, spec *Spec) {
	var common, samples int // size of the most frequent class, and all samples
	for i := range r.Models {
		m := &r.Models[i]
		input := spec.input(m.Model, r.Dataset)
		input.Told = nil // the run has told how it is read
		set, err := files.Open(input)
		if err != nil {
			continue // it could be opened when it was scored
		}
		if n, d := set.N(), set.D(); n < 2*d {
			m.Warnings = append(m.Warnings, fmt.Sprintf("%d samples of %d features: with fewer than two samples a feature, scores say little", n, d))
		}
		if set.C() == 2 {
			m.Warnings = append(m.Warnings, "two classes: most metrics were made for more, and many then tie or turn around")
		}
		if set.C() > 0 {
			common, samples = slices.Max(set.Labels.Counts()), set.N()
		}
		set.Close()
		for v, place := range m.By {
			if most, ok := saturation[result.Variants[v].Name]; ok && place.Rank > 0 && place.Score >= most {
				m.Warnings = append(m.Warnings, fmt.Sprintf("%s is saturated at %.4g: it cannot tell this model from a better one", r.Metrics[v], place.Score))
			}
		}
	}
	r.CannotTell = r.noDifference()
	if r.CannotTell == "" && samples > 0 {
		r.CannotTell = r.nearChance(result, common, samples)
	}
	for _, m := range r.Models {
		if r.CannotTell != "" || m.reaches(r.Models[0]) {
			r.Candidates = append(r.Candidates, m.Model)
		}
	}
}

// saturation is the score from which a metric with an upper bound tells models no longer
// apart.
var saturation = map[string]float64{"sfda": 0.9995, "lda-cv": 100, "ncm": 100, "logistic": 100, "linear-svm": 100}

// reaches reports whether the range of m's ranks reaches that of the first model, or m is
// equal to it.
func (m Ranked) reaches(first Ranked) bool {
	return m.Rank == 1 || m.Lo > 0 && m.Lo <= first.Hi
}

// noDifference says why the samples cannot order the models; "" where they can.
func (r *Ranking) noDifference() string {
	if len(r.Models) < 2 {
		return ""
	}
	if r.Models[len(r.Models)-1].Rank == 1 {
		return "all models have the same scores"
	}
	lo, hi := 0, len(r.Models)
	for _, m := range r.Models {
		lo, hi = max(lo, m.Lo), min(hi, m.Hi)
	}
	if r.Subsets > 0 && lo <= hi {
		return "the ranges of all models overlap"
	}
	return ""
}

// nearChance says that no model's features predict the labels: that no cross-validated
// accuracy is above the share of the most frequent class, at the level of 0.05 by the
// binomial test, with Bonferroni's correction for the number of models.
func (r *Ranking) nearChance(result *Result, common, samples int) string {
	for v, variant := range result.Variants {
		if !slices.Contains(crossValidated, variant.Name) {
			continue
		}
		chance := distuv.Binomial{N: float64(samples), P: float64(common) / float64(samples)}
		best := 0.0
		for _, m := range r.Models {
			best = max(best, m.By[v].Score)
		}
		right := best / 100 * float64(samples)
		if chance.Survival(right-0.5) > 0.05/float64(len(r.Models)) {
			return fmt.Sprintf("no model's features predict the labels: %s is %.1f %% at best, and the most frequent class has %.1f %%", r.Metrics[v], best, 100*chance.P)
		}
	}
	return ""
}

// crossValidated are the metrics that are a classifier's cross-validated accuracy in percent.
var crossValidated = []string{"lda-cv", "ncm", "logistic", "linear-svm"}
