package strict

import (
	"encoding/csv"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	for text, want := range map[string]string{
		"a,b\n1,2\n":         "",
		"a,b\n1,2\n1\n":      "line 3: it has more or fewer fields than the first line",
		"a,b\n1,x\"y\n":      "line 2: a quotation mark stands within a field",
		"a,b\n1,2\n\"x\ny\n": "line 3: a field in quotation marks does not end",
		"a,b\n\"x\"y,2\n":    "line 2: a field in quotation marks does not end",
	} {
		_, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		err = Table(err)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
