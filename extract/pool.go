package extract

import (
	"fmt"
	"slices"
)

// A Pool says how a layer with a position for each part of the image, N×C×H×W or
// N×T×D with tokens, becomes one row for each image.
type Pool string

// The pools.
const (
	NoPool   Pool = ""     // such layers are refused
	MeanPool Pool = "mean" // over all positions
	MaxPool  Pool = "max"  // over all positions
	ClsPool  Pool = "cls"  // the first token
)

// Pools lists them all.
var Pools = []Pool{NoPool, MeanPool, MaxPool, ClsPool}

// ParsePool reads the name of a pool.
func ParsePool(name string) (Pool, error) {
	if !slices.Contains(Pools, Pool(name)) {
		return NoPool, fmt.Errorf("unknown pool %q: want mean, max or cls", name)
	}
	return Pool(name), nil
}

// apply returns rows of width D: of values N×D or N×D×1×1 as they are, of others
// pooled. Four dimensions are N×C×H×W, or N×H×W×C where only so the image is square.
func (p Pool) apply(values []float32, dims []int64) (rows []float32, width int, err error) {
	n := int(dims[0])
	product := func(dims []int64) int {
		v := 1
		for _, d := range dims {
			v *= int(d)
		}
		return v
	}
	if len(dims) == 2 || len(dims) > 2 && product(dims[2:]) == 1 {
		return values, int(dims[1]), nil
	}
	switch {
	case len(dims) != 3 && len(dims) != 4:
		return nil, 0, fmt.Errorf("its shape %s is neither N×D, N×C×H×W nor N×T×D", shape(dims))
	case p == NoPool:
		return nil, 0, fmt.Errorf("its shape is %s, with %d positions in each image: --pool mean or max takes one row of them, or cls the first token", shape(dims), positions(dims))
	case len(dims) == 4 && p == ClsPool:
		return nil, 0, fmt.Errorf("its shape is %s: it has no tokens, --pool mean or max", shape(dims))
	}
	last := len(dims) == 3 || dims[1] == dims[2] && dims[2] != dims[3]
	count := positions(dims)
	width = product(dims) / max(n*count, 1)
	rows = make([]float32, n*width)
	at := func(i, position, c int) float32 {
		if last {
			return values[(i*count+position)*width+c]
		}
		return values[(i*width+c)*count+position]
	}
	for i := range n {
		for c := range width {
			var sum float64
			most := at(i, 0, c)
			for position := range count {
				v := at(i, position, c)
				sum += float64(v)
				most = max(most, v)
			}
			switch p {
			case MeanPool:
				rows[i*width+c] = float32(sum / float64(count))
			case MaxPool:
				rows[i*width+c] = most
			case ClsPool:
				rows[i*width+c] = at(i, 0, c)
			}
		}
	}
	return rows, width, nil
}

// positions counts the places or tokens of one image.
func positions(dims []int64) int {
	switch {
	case len(dims) == 3:
		return int(dims[1])
	case dims[1] == dims[2] && dims[2] != dims[3]: // channels last
		return int(dims[1] * dims[2])
	}
	return int(dims[2] * dims[3])
}
