package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// A Headline is what a record comes to, in a line: its best metric by the first measure and
// the first ground truth.
type Headline struct {
	Metric   string // label of the variant
	Measure  results.Measure
	Truth    string
	Mean     float64          // over all datasets on which a metric has a value
	Interval results.Interval // of Mean, by the bootstrap over datasets; none with fewer than five
	Datasets int
	Gain     compare.Gain // over the best baseline; its Over is "" where none was recorded
	Ceiling  compare.Ceiling
}

// MarshalJSON writes the headline with the name of its measure; lo, hi, gain, baseline,
// ceiling and ceiling_of are null where there is no interval, no baseline to compare with, or no
// ceiling.
func (h Headline) MarshalJSON() ([]byte, error) {
	out := struct {
		Metric   string   `json:"metric"`
		Measure  string   `json:"measure"`
		Truth    string   `json:"truth"`
		Mean     float64  `json:"mean"`
		Lo       *float64 `json:"lo"`
		Hi       *float64 `json:"hi"`
		Datasets int      `json:"datasets"`
		Gain     *float64 `json:"gain"`
		Baseline *string  `json:"baseline"`

		Ceiling       *float64 `json:"ceiling"`
		CeilingOf     *string  `json:"ceiling_of"`
		CeilingPartly bool     `json:"ceiling_partly"`
	}{Metric: h.Metric, Measure: h.Measure.Name, Truth: h.Truth, Mean: h.Mean, Datasets: h.Datasets}
	if h.Interval.Exists() {
		out.Lo, out.Hi = &h.Interval.Lo, &h.Interval.Hi
	}
	if h.Rise() != "" {
		out.Gain, out.Baseline = &h.Gain.Mean, &h.Gain.Over
	}
	if h.Ceiling.Of != "" {
		out.Ceiling, out.CeilingOf, out.CeilingPartly = &h.Ceiling.Mean, &h.Ceiling.Of, h.Ceiling.Partly
	}
	return json.Marshal(out)
}

// Number is the mean.
func (h Headline) Number() string { return fmt.Sprintf("%.3f", h.Mean) }

// Range is the interval of the mean; "" where there is none.
func (h Headline) Range() string {
	if !h.Interval.Exists() {
		return ""
	}
	return fmt.Sprintf("[%.3f, %.3f]", h.Interval.Lo, h.Interval.Hi)
}

// Rise is the gain over the best baseline; "" where there is none to compare with.
func (h Headline) Rise() string {
	if h.Gain.Over == "" || math.IsNaN(h.Gain.Mean) {
		return ""
	}
	return strings.Replace(fmt.Sprintf("%+.3f", h.Gain.Mean), "-", "−", 1)
}

// Top is the ceiling, marked as in tables where it is not of all models and datasets; "" where
// none is known.
func (h Headline) Top() string {
	switch {
	case h.Ceiling.Of == "":
		return ""
	case h.Ceiling.Partly:
		return fmt.Sprintf("%.3f °", h.Ceiling.Mean)
	}
	return fmt.Sprintf("%.3f", h.Ceiling.Mean)
}

// Headline returns the headline; false where no score is correlated with a ground truth, or
// no metric has a value on each dataset: means over fewer do not rank, as in tables.
func (r *Record) Headline() (Headline, bool) {
	truths := r.truths()
	i := slices.IndexFunc(truths, func(sha string) bool { return sha != "" })
	if i < 0 {
		return Headline{}, false
	}
	truth := r.Truth(truths[i])
	h := Headline{Measure: r.TableMeasures()[0], Truth: truth.Name, Mean: math.NaN()}
	groups, err := r.Of(truth.SHA256, "").Groups(truth)
	if err != nil {
		return Headline{}, false
	}
	values := make(map[string][]float64) // of each metric
	var metrics, datasets []string
	for _, g := range groups {
		if v := h.Measure.Of(g.Scores, g.Accuracies).Value; !math.IsNaN(v) {
			metrics, datasets = append(metrics, g.Metric), append(datasets, g.Dataset)
			values[g.Metric] = append(values[g.Metric], v)
		}
	}
	metrics, h.Datasets = results.Distinct(metrics), len(results.Distinct(datasets))
	mean := func(metric string) float64 {
		var sum float64
		for _, v := range values[metric] {
			sum += v
		}
		return sum / float64(len(values[metric]))
	}
	for _, metric := range metrics {
		if len(values[metric]) < h.Datasets {
			continue
		}
		better := cmp.Compare(mean(metric), h.Mean)
		if h.Measure.Lower {
			better = -better
		}
		if h.Metric == "" || better > 0 {
			h.Metric, h.Mean = metric, mean(metric)
		}
	}
	if h.Metric == "" {
		return Headline{}, false
	}
	resampling := results.Resampling{Seed: r.Seed}
	h.Interval, _ = results.MeanInterval(h.Measure, values[h.Metric], resampling)
	of := slices.DeleteFunc(groups, func(g results.Group) bool { return g.Metric != h.Metric })
	resampling.Resamples = -1
	h.Gain = compare.GainOver(r.Baselines[truth.SHA256], of, h.Measure, resampling)
	h.Ceiling = r.References(truth.SHA256).Ceiling(of, h.Measure, r.Seed)
	return h, true
}
