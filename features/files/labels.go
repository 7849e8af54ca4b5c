package files

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// fromNumbers makes Labels of N×K numbers: classes of one column of whole
// numbers, targets of others.
func fromNumbers(targets *mat.Dense) *features.Labels {
	const exact = 1 << 53 // above it, float64 cannot tell whole numbers apart
	n, k := targets.Dims()
	classes := make([]int64, n)
	for i := range classes {
		v := targets.At(i, 0)
		classes[i] = int64(v)
		if k != 1 || v != math.Trunc(v) || math.Abs(v) > exact {
			return &features.Labels{Targets: targets}
		}
	}
	return features.Classes(classes)
}
