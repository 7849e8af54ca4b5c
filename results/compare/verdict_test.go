package compare

import (
	"math/rand/v2"
	"strings"
	"testing"

	"sfdalab/results"
)

func TestDecide(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	values := make([][]float64, 12)
	for i := range values {
		base := rng.NormFloat64()
		values[i] = []float64{base, base + 1 + rng.Float64()/10, base + rng.NormFloat64()/100}
	}
	v := Decide(matrix(values), 0.05, 0.01, 1)
	if v.Best != "m1" || len(v.Others) != 2 || v.Others[0].Adjusted > 0.01 || v.Others[0].Posterior.Better < 0.99 {
		t.Errorf("%+v", v)
	}
	said := strings.Join(v.Sentences, "\n")
	for _, want := range []string{"3 metrics on 12 datasets", "the metrics differ", "Worse than m1, the best by average rank, at the level of 0.05 (signed-rank test, as metrics are paired by dataset, n = 12 datasets; with Holm's correction, as there are 2 comparisons): m0, m2."} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}

	table := results.Table{Rows: []results.TableRow{{Label: "m0", Cells: make([]results.Cell, 2)}, {Label: "m1", Cells: make([]results.Cell, 2)}}}
	v.Mark(&table, 0.05)
	if table.Rows[0].Cells[1].Mark != "‡" || table.Rows[1].Cells[1].Mark != "" || len(table.Notes) != 1 {
		t.Errorf("%+v", table)
	}

	said = strings.Join(Decide(matrix(values[:4]), 0.05, 0.01, 1).Sentences, "\n")
	if want := "cannot reach the level of 0.05 after Holm's correction, whatever the values (least p = 0.250)"; !strings.Contains(said, want) {
		t.Errorf("no %q in\n%s", want, said)
	}
}
