package tracking

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestVariants(t *testing.T) {
	for name, test := range map[string]struct{ params, want string }{
		"alone":                 {`{"k":5}`, ``},
		"none":                  {``, ``},
		"two":                   {`{"k":5} {"k":50}`, `k=5, k=50`},
		"the usual goes unsaid": {`{"k":5,"c":"raw"} {"k":5,"c":"soft"} {"k":50,"c":"soft"}`, `c=raw, , k=50`},
		"a grid":                {`{"k":5,"c":1} {"k":5,"c":2} {"k":6,"c":1} {"k":6,"c":2}`, `c=1 k=5, c=2 k=5, c=1 k=6, c=2 k=6`},
		"one lacks it":          {`{"k":5} {} {"k":5,"c":1}`, `k=5, , c=1 k=5`},
		"of the same twice":     {`{"k":5} {"k":5} {"k":50}`, `k=5, k=5, k=50`},
	} {
		var cells []Cell
		for _, p := range strings.Fields(test.params) {
			cells = append(cells, Cell{Metric: "knn", Params: json.RawMessage(p)})
		}
		cells = append(cells, Cell{Metric: "other", Params: json.RawMessage(`{"k":7}`)})
		variant := Variants(cells)
		var got []string
		for i := range cells[:len(cells)-1] {
			got = append(got, variant(&cells[i]))
		}
		if g := strings.Join(got, ", "); g != test.want {
			t.Errorf("%s: %q, want %q", name, g, test.want)
		}
		if g := variant(&cells[len(cells)-1]); g != "" {
			t.Errorf("%s: the other metric is %q", name, g)
		}
	}
}
