package results

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Spread returns the standard deviation of an accuracy on the dataset over seeds, in
// points: the root mean square of the column sd, where the file has one.
func (t *Truth) Spread(dataset string) (sd float64, ok bool) {
	sd, ok = t.SD[dataset]
	return sd, ok
}

// Noise returns the standard deviation of an accuracy on the dataset as it is stated, in
// points: the spread over seeds, divided by the root of their number where it is stated of
// how many the accuracies are means.
func (t *Truth) Noise(dataset string) (sd float64, ok bool) {
	sd, ok = t.SD[dataset]
	if n := t.Seeds[dataset]; n > 1 {
		sd /= math.Sqrt(float64(n))
	}
	return sd, ok
}

// setSpread fills in what its rows tell of seeds.
func (t *Truth) setSpread() {
	of := make(map[string][]float64)
	for _, a := range t.rows {
		if a.Seeds > 0 {
			t.setSeeds(a.Dataset, a.Seeds)
		}
		if a.Seeds > 1 {
			of[a.Dataset] = append(of[a.Dataset], a.SD)
		}
	}
	t.setSD(of)
}

// readSpread reads the column sd, whose rows are of the datasets given, and seeds where
// there is that: of one seed, sd tells nothing.
func (t *Truth) readSpread(datasets []string) error {
	of := make(map[string][]float64)
	var seeds []float64
	if slices.Contains(t.Frame.Names(), "seeds") {
		seeds = t.Frame.Col("seeds").Float()
	}
	for i, sd := range t.Frame.Col("sd").Float() {
		if !(sd >= 0) || math.IsInf(sd, 1) {
			return fmt.Errorf("row %d: sd %q is not a standard deviation of an accuracy, in points", i+1, t.Frame.Col("sd").Elem(i))
		}
		if seeds != nil {
			if !(seeds[i] >= 1) || seeds[i] != math.Trunc(seeds[i]) || seeds[i] > math.MaxInt32 {
				return fmt.Errorf("row %d: seeds %q: want the number of seeds that an accuracy is the mean of", i+1, t.Frame.Col("seeds").Elem(i))
			}
			t.setSeeds(datasets[i], int(seeds[i]))
			if seeds[i] == 1 {
				continue
			}
		}
		of[datasets[i]] = append(of[datasets[i]], sd)
	}
	t.setSD(of)
	return nil
}

// setSeeds notes of how many seeds an accuracy on a dataset is the mean; the least counts.
func (t *Truth) setSeeds(dataset string, n int) {
	if t.Seeds == nil {
		t.Seeds = make(map[string]int)
	}
	if least, ok := t.Seeds[dataset]; !ok || n < least {
		t.Seeds[dataset] = n
	}
}

// setSD sets the spread on each dataset to the root mean square of those of its models.
func (t *Truth) setSD(of map[string][]float64) {
	for dataset, all := range of {
		if t.SD == nil {
			t.SD = make(map[string]float64)
		}
		t.SD[dataset] = floats.Norm(all, 2) / math.Sqrt(float64(len(all)))
	}
}

// copySpread takes over what another truth knows of the spread on a dataset.
func (t *Truth) copySpread(dataset string, from *Truth) {
	if n, ok := from.Seeds[dataset]; ok {
		t.setSeeds(dataset, n)
	}
	if sd, ok := from.SD[dataset]; ok {
		if t.SD == nil {
			t.SD = make(map[string]float64)
		}
		t.SD[dataset] = sd
	}
}
