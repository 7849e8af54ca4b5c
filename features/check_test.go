package features

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestNewFindsWhatIsWrong(t *testing.T) {
	labels := Classes([]string{"a", "b", "a"})
	good := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6})
	bad := mat.NewDense(3, 2, []float64{1, 2, 3, math.NaN(), math.Inf(1), 6})
	large := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, -1e80})
	small := mat.NewDense(3, 2, []float64{0, 0, 0, 1e-70, -2e-70, 0})
	alike := mat.NewDense(3, 2, []float64{1, 2, 1, 2, 1, 2})
	for want, data := range map[string]Data{
		"no features": {Labels: labels},
		"no labels":   {Features: Dense(good)},
		"labels: 4 labels, but 3 rows in features":                                   {Features: Dense(good), Labels: Classes([]int64{0, 1, 2, 3})},
		"labels: 1 class, but at least two":                                          {Features: Dense(good), Labels: Classes([]int64{1, 1, 1})},
		"labels: class b has no sample":                                              {Features: Dense(good), Labels: &Labels{Index: []int{0, 0, 2}, Names: []string{"a", "b", "c"}}},
		"labels: row 1 has class index 3, which is not in 0 to 1":                    {Features: Dense(good), Labels: &Labels{Index: []int{0, 3, 1}, Names: []string{"a", "b"}}},
		"features: 2 of 6 numbers are NaN or infinite, the first in row 1, column 1": {Features: Dense(bad), Labels: labels},
		"features: 1 of 6 numbers are 1.6e+60 or more in size and overflow when they are squared and added up, the first in row 2, column 1":   {Features: Dense(large), Labels: labels},
		"features: no number is more than 2e-70 in size, and numbers below 6.2e-61 vanish when they are squared and multiplied: scale them up": {Features: Dense(small), Labels: labels},
		"features: all samples are identical":         {Features: Dense(alike), Labels: labels},
		"labels: 2 of 6 numbers are NaN":              {Features: Dense(good), Labels: &Labels{Targets: bad}},
		"outputs: 2 of 6 numbers are NaN":             {Features: Dense(good), Outputs: Dense(bad), Labels: labels},
		"second: 2 rows, but 3 rows in features":      {Features: Dense(good), Second: Dense(mat.NewDense(2, 2, nil)), Labels: labels},
		"embeddings: 3 rows, but 2 classes in labels": {Features: Dense(good), Embeddings: Dense(good), Labels: labels},
	} {
		if _, err := New(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestDoubtfulOutputs(t *testing.T) {
	for _, c := range []struct {
		name    string
		outputs []float64
		warning string // part of it; "" for none
	}{
		{"logits", []float64{1, -2, 0.5, 0.5, 0, 1}, ""},
		{"probabilities", []float64{1, 0, 0.5, 0.5, 0.25, 0.75}, ""},
		{"one row is not", []float64{1, 0, 0.5, 0.5, 0.25, 0.5}, "row 2 sums to 0.75: they are taken for logits"},
		{"sigmoids", []float64{1, 1, 0, 0, 0.25, 0.5}, "row 0 sums to 2"},
	} {
		s, err := New(Data{Features: Dense(mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6})), Outputs: Dense(mat.NewDense(3, 2, c.outputs)), Labels: Classes([]int64{0, 1, 0})})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(s.Warnings())
		if found := strings.Contains(got, "source outputs"); found != (c.warning != "") || !strings.Contains(got, c.warning) {
			t.Errorf("%s: warnings %s, want %q", c.name, got, c.warning)
		}
	}
}

func TestFirstBadNumberOfManyBlocks(t *testing.T) {
	x := mat.NewDense(300000, 10, nil)
	for _, i := range []int{299999, 123456, 200000} {
		x.Set(i, 7, math.Inf(-1))
	}
	_, err := inspect(Dense(x))
	if err == nil || !strings.Contains(err.Error(), "3 of 3000000 numbers are NaN or infinite, the first in row 123456, column 7") {
		t.Error(err)
	}
}

func TestWarnings(t *testing.T) {
	x := mat.NewDense(5, 3, []float64{1, 7, 1, 2, 7, 2, 3, 7, 3, 4, 7, 4, 5, 7, 5})
	s, err := New(Data{Features: Dense(x), Labels: Classes([]string{"a", "b", "a", "c", "a"})})
	if err != nil {
		t.Fatal(err)
	}
	want := errors.Join(errors.New("2 of 3 classes have one sample only: b, c"), errors.New("1 of 3 features are constant, the first is column 1"))
	if got := errors.Join(s.Warnings()...); got.Error() != want.Error() {
		t.Errorf("warnings %v, want %v", got, want)
	}
	if clean := randomSet(t, 60, 7, 3); len(clean.Warnings()) > 0 {
		t.Errorf("warnings %v, want none", clean.Warnings())
	}
}
