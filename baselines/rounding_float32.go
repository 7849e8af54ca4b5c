package baselines

// Released code that keeps a sum in PyTorch's default float32 has digits that
// depend on the order of its additions. sum32 repeats that order, so that those
// scores agree to the last digit.

const (
	lanes32   = 8 // float32 numbers in a vector register of PyTorch's CPU kernels
	columns32 = 4 // registers that are summed side by side
	levels32  = 4 // partial sums of growing length, against rounding
)

// sum32 returns the sum of n float32 numbers in the precision and order of PyTorch's
// sum of contiguous numbers on one thread: rows of 4×8 are summed in a cascade of four
// levels, the rest after them. Fewer numbers than a register holds are summed in four
// places, and what is over in the first. read sets dst to the numbers from the given
// one on; it is asked for all in turn.
func sum32(n int, read func(dst []float32, from int)) float32 {
	const width = lanes32 * columns32
	if n < lanes32 {
		var few [lanes32]float32
		read(few[:n], 0)
		var sums [columns32]float32
		for i, v := range few[:n] {
			if i >= n/columns32*columns32 {
				i = 0
			}
			sums[i%columns32] += v
		}
		return sums[0] + sums[1] + sums[2] + sums[3]
	}
	rows := n / width
	step := 1 << max(4, ceilLog2(rows)/levels32)

	var row [width]float32
	var level [levels32][width]float32
	for r := 0; r < rows; r++ {
		read(row[:], r*width)
		for k, v := range row {
			level[0][k] += v
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
	rest := row[:n%width]
	read(rest, rows*width)
	for ; len(rest) >= lanes32; rest = rest[lanes32:] {
		for k := range lanes32 {
			sums[k] += rest[k]
		}
	}
	for k := lanes32; k < width; k++ {
		sums[k%lanes32] += sums[k]
	}
	var sum float32
	for _, v := range rest {
		sum += v
	}
	for k := range lanes32 {
		sum += sums[k]
	}
	return sum
}

// ceilLog2 returns the least k with 2ᵏ ≥ n.
func ceilLog2(n int) int {
	k := 0
	for 1<<k < n {
		k++
	}
	return k
}
