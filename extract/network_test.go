package extract

import (
	"errors"
	"strings"
	"testing"
)

// TestSizesAreToldOnce has networks fail for two reasons by their sizes and for another: one
// error tells of all that take the same.
func TestSizesAreToldOnce(t *testing.T) {
	other := errors.New("broken")
	fails := func(path, takes string) Extracted {
		return Extracted{Err: &sizeError{[]string{path}, takes, "160×160"}}
	}
	all := []Extracted{fails("a", "224×224"), fails("b", "299×299"), {}, fails("c", "224×224"), fails("d", "224×224"), {Err: other}, fails("e", "224×224")}
	joinSizeErrors(all)
	for i, want := range map[int]string{
		0: "a, c, d and 1 more take images of 224×224 pixels and the transform makes 160×160: ",
		1: "b takes images of 299×299 pixels",
		3: "a, c, d and 1 more take",
	} {
		if !strings.HasPrefix(all[i].Err.Error(), want) {
			t.Errorf("%d: %v, want %s", i, all[i].Err, want)
		}
	}
	if all[2].Err != nil || all[5].Err != other || all[6].Err != all[0].Err {
		t.Error(all[2].Err, all[5].Err, all[6].Err)
	}
}
