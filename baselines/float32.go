package baselines

// Released code that keeps a sum in PyTorch's default float32 has digits that
// depend on the order of its additions. sum32 repeats that order, so that those
// scores agree to the last digit.

const (
	lanes32   = 8 // float32 numbers in a vector register of PyTorch's CPU kernels
	columns32 = 4 // registers that are summed side by side
	levels32  = 4 // partial sums of growing length, against rounding
)

// sum32 returns at(0) + … + at(n−1) in the precision and order of PyTorch's sum
// of n contiguous float32 numbers on one thread: rows of 4×8 are summed in a
// cascade of four levels, the rest after them. Fewer numbers than a register
// holds are summed in four places, and what is over in the first.
func sum32(n int, at func(i int) float32) float32 {
	if n < lanes32 {
		var sums [columns32]float32
		for i := range n {
			k := i
			if i >= n/columns32*columns32 {
				k = 0
			}
			sums[k] += at(i)
		}
		return sums[0] + sums[1] + sums[2] + sums[3]
	}
	const width = lanes32 * columns32
	rows := n / width
	step := 1 << max(4, ceilLog2(rows)/levels32)

	var level [levels32][width]float32
	for r := 0; r < rows; r++ {
		for k := range width {
			level[0][k] += at(r*width + k)
		}
		// A full level is added to the next and starts again.
		for l, full := 1, step; l < levels32 && (r+1)%full == 0; l, full = l+1, full*step {
			for k := range width {
				level[l][k] += level[l-1][k]
				level[l-1][k] = 0
			}
		}
	}
	sums := level[0]
	for _, partial := range level[1:] {
		for k := range width {
			sums[k] += partial[k]
		}
	}
	i := rows * width
	for ; i+lanes32 <= n; i += lanes32 {
		for k := range lanes32 {
			sums[k] += at(i + k)
		}
	}
	for k := lanes32; k < width; k++ {
		sums[k%lanes32] += sums[k]
	}
	var sum float32
	for ; i < n; i++ {
		sum += at(i)
	}
	for k := range lanes32 {
		sum += sums[k]
	}
	return sum
}

func ceilLog2(n int) int {
	k := 0
	for 1<<k < n {
		k++
	}
	return k
}
