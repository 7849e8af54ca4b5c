package record

import (
	"encoding/json"
	"strings"
	"testing"

	"sfdalab/results"
)

// TestHeadlineHasACeiling makes sure that the best metric stands beside how well another
// fine-tuning, or another seed, ranks the same models.
func TestHeadlineHasACeiling(t *testing.T) {
	r := newRecord(t, "1", "one", 3)
	if h, ok := r.Headline(); !ok || h.Top() != "" {
		t.Errorf("%+v has a ceiling that nobody knows", h)
	}
	other := func(name string, accuracies ...results.Accuracy) *results.Truth {
		truth, err := results.NewTruth(name, accuracies...)
		if err != nil {
			t.Fatal(err)
		}
		return truth
	}
	part := other("part", results.Accuracy{Dataset: "pets", Model: `a"b`, Percent: 5}, results.Accuracy{Dataset: "pets", Model: "c", Percent: 6})
	r.Protocols = []*results.Truth{part}
	h, _ := r.Headline()
	text, err := json.Marshal(h)
	if err != nil || h.Top() != "1.000 °" || !strings.HasSuffix(string(text), `"ceiling":1,"ceiling_of":"part","ceiling_partly":true}`) {
		t.Errorf("%s, %v, want that of two of three models", text, err)
	}
	worse := other("worse", results.Accuracy{Dataset: "pets", Model: `a"b`, Percent: 5}, results.Accuracy{Dataset: "pets", Model: "c", Percent: 7}, results.Accuracy{Dataset: "pets", Model: "d,e", Percent: 6})
	doubted := other("doubted", results.Accuracy{Dataset: "pets", Model: `a"b`, Percent: 5}, results.Accuracy{Dataset: "pets", Model: "c", Percent: 6})
	doubted.Doubts = map[string]string{"pets": "not plausible"}
	r.Protocols = []*results.Truth{part, worse, doubted}
	h, _ = r.Headline()
	if text, err = json.Marshal(h); err != nil || h.Top() != "0.182" || !strings.Contains(string(text), `"ceiling":0.1818`) || !strings.Contains(string(text), `"ceiling_of":"worse","ceiling_partly":false`) {
		t.Errorf("%+v, %s, %v", h.Ceiling, text, err)
	}
	r.Truths[0].SD = map[string]float64{"pets": 1e-6}
	if h, _ := r.Headline(); h.Ceiling.Of != "another seed" || h.Top() != "1.000" {
		t.Errorf("%+v, want that of another seed", h.Ceiling)
	}
}
