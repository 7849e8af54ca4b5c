package strict

import (
	"encoding/csv"
	"io"
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

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestLongRecord ends where a record has no end, and reads more than that of short ones.
func TestLongRecord(t *testing.T) {
	for name, start := range map[string]string{"one line": "a,b\n", "open quote": "a,b\n1,\"2\n3\n"} {
		in := NewRecords(io.MultiReader(strings.NewReader(start), zeros{}))
		if _, err := in.Read(); err != nil {
			t.Fatal(err)
		}
		if _, err := in.Read(); err == nil || !strings.Contains(err.Error(), "more than 16 MiB") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	in := NewRecords(strings.NewReader(strings.Repeat("0123456789,abcdef\n", 2<<20)))
	n := 0
	for ; ; n++ {
		if _, err := in.Read(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if n != 2<<20 {
		t.Errorf("%d records", n)
	}
}
