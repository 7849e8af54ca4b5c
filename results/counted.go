package results

import "math"

// lanes is how many resamples a measure counts side by side.
const lanes = 8

// An octet is eight resamples of models: byte l of word i says how often resample l holds
// model i.
type octet []uint64

// add has resample l hold model i once more.
func (o octet) add(i, l int) { o[i] += 1 << (8 * l) }

// lane writes how often resample l holds each model.
func (o octet) lane(counts []uint8, l int) {
	for i, w := range o {
		counts[i] = uint8(w >> (8 * l))
	}
}

// counted returns the measure of resamples of models, eight at a time. What it returns
// keeps its own memory: one goroutine may call it.
func (m Measure) counted(score, accuracy []float64) func(octet) [lanes]float64 {
	if m.resampler != nil && len(score) <= maxPacked {
		return m.resampler(score, accuracy)
	}
	var x, y []float64
	return oneByOne(func(counts []uint8) float64 {
		x, y = x[:0], y[:0]
		for i, c := range counts {
			for range c {
				x, y = append(x, score[i]), append(y, accuracy[i])
			}
		}
		return m.Func(x, y)
	})
}

// oneByOne counts eight resamples one after the other.
func oneByOne(at func(counts []uint8) float64) func(octet) [lanes]float64 {
	var counts []uint8
	return func(o octet) (values [lanes]float64) {
		if counts == nil {
			counts = make([]uint8, len(o))
		}
		for l := range values {
			o.lane(counts, l)
			values[l] = at(counts)
		}
		return values
	}
}

// undefined is NaN for each of eight resamples.
func undefined(octet) (values [lanes]float64) {
	for l := range values {
		values[l] = math.NaN()
	}
	return values
}

// once are resamples that hold each of n models once.
func once(n int) octet {
	o := make(octet, n)
	for i := range o {
		o[i] = 0x0101010101010101
	}
	return o
}

// A packed is a whole number below 65,536 for each of eight resamples, in two words of four.
// They are added and subtracted as they are: what comes out is right if it is such a number,
// whatever lies between.
type packed struct{ even, odd uint64 }

// maxPacked is the number of models up to which a packed number holds twice as many.
const maxPacked = 1<<15 - 1

// pack takes the bytes of a word apart.
func pack(word uint64) packed {
	const bytes = 0x00ff00ff00ff00ff
	return packed{word & bytes, word >> 8 & bytes}
}

// every is v for each resample.
func every(v int) packed {
	w := uint64(v) * 0x0001000100010001
	return packed{w, w}
}

func (p packed) plus(q packed) packed  { return packed{p.even + q.even, p.odd + q.odd} }
func (p packed) minus(q packed) packed { return packed{p.even - q.even, p.odd - q.odd} }

// of returns the number of resample l.
func (p packed) of(l int) int {
	w := p.even
	if l%2 == 1 {
		w = p.odd
	}
	return int(uint16(w >> (8 * (l &^ 1))))
}

// A fenwick adds up numbers of groups 0, 1, … (Fenwick, "A new data structure for cumulative
// frequency tables", 1994). Its length is one more than there are groups.
type fenwick []packed

// add adds to the number of a group.
func (f fenwick) add(group int, p packed) {
	for i := group + 1; i < len(f); i += i & -i {
		f[i] = f[i].plus(p)
	}
}

// before returns the sum over the groups before one.
func (f fenwick) before(group int) (sum packed) {
	for i := group; i > 0; i &= i - 1 {
		sum = sum.plus(f[i])
	}
	return sum
}

// concordances counts the pairs of resamples of x and y, in O(n log n) with nothing to sort.
// Models are numbered by falling x, those that tie in x by falling y.
type concordances struct {
	models         []int // in that order
	byY            []int // their numbers by falling y, and by falling x where y ties
	groupX, groupY []int // of equals, from 0 for the highest

	// Of the last octet counted.
	all          packed   // models in a resample
	counts       []packed // of each model
	sizeX, sizeY []packed // of groups
	sums         []packed // see count

	earlier fenwick  // models counted so far, by group of y
	seen    []packed // the same, of each group
	beforeY []packed // models in the groups before each
	less    []packed // models before each in both orders
}

func newConcordances(x, y []float64) *concordances {
	n := len(x)
	c := &concordances{models: descending(x, y), byY: make([]int, n), groupX: make([]int, n), groupY: make([]int, n)}
	byY := descending(y, x)
	groupX, groupY := groups(x, c.models), groups(y, byY)
	number := make([]int, n)
	for k, i := range c.models {
		number[i] = k
		c.groupX[k], c.groupY[k] = groupX[i], groupY[i]
	}
	for k, i := range byY {
		c.byY[k] = number[i]
	}
	groupsX, groupsY := c.groupX[n-1]+1, c.groupY[c.byY[n-1]]+1
	c.counts, c.sums, c.less = make([]packed, n), make([]packed, n), make([]packed, n)
	c.sizeX, c.sizeY = make([]packed, groupsX), make([]packed, groupsY)
	c.earlier, c.seen, c.beforeY = make(fenwick, groupsY+1), make([]packed, groupsY), make([]packed, groupsY)
	return c
}

// count counts an octet. The sum of model i, less n, is then Σⱼ gᵢⱼcⱼ: how many more models are
// concordant with it than discordant, gᵢⱼ being the product of the signs of xᵢ−xⱼ and
// yᵢ−yⱼ, and cⱼ how often the resample holds model j.
//
// Let [x<,y<] be how many models lie before i in both orders, and so on. The sum is
//
//	[x<,y<] − [x<,y>] + [x>,y>] − [x>,y<]
//	= [x<,y<] + [x<,y≤] − [x<] + [x≤,y<] + [x≤,y≤] + [x>] − [y<] − [y≤]
//
// of which those with x and y come from models counted in the order of x.
func (c *concordances) count(o octet) {
	clear(c.sizeX)
	clear(c.sizeY)
	clear(c.earlier)
	clear(c.seen)
	c.all = packed{}
	for k, i := range c.models {
		p := pack(o[i])
		c.counts[k] = p
		c.sizeX[c.groupX[k]] = c.sizeX[c.groupX[k]].plus(p)
		c.sizeY[c.groupY[k]] = c.sizeY[c.groupY[k]].plus(p)
		c.all = c.all.plus(p)
	}
	var before packed
	for g, size := range c.sizeY {
		c.beforeY[g] = before
		before = before.plus(size)
	}

	n := len(c.models)
	var beforeX packed
	for from, to := 0, 0; from < n; from = to {
		for to = from; to < n && c.groupX[to] == c.groupX[from]; to++ {
			c.less[to] = c.earlier.before(c.groupY[to])
			c.sums[to] = c.less[to].plus(c.less[to]).plus(c.seen[c.groupY[to]])
		}
		for k := from; k < to; k++ {
			c.earlier.add(c.groupY[k], c.counts[k])
			c.seen[c.groupY[k]] = c.seen[c.groupY[k]].plus(c.counts[k])
		}
		upToX := beforeX.plus(c.sizeX[c.groupX[from]])
		rest := c.all.minus(upToX).minus(beforeX).plus(every(n))
		for k := from; k < to; k++ {
			g, less := c.groupY[k], c.less[k]
			if to > from+1 {
				less = c.earlier.before(g)
			}
			upToY := c.beforeY[g].plus(c.sizeY[g])
			c.sums[k] = c.sums[k].plus(less).plus(less).plus(c.seen[g]).plus(rest).minus(c.beforeY[g]).minus(upToY)
		}
		beforeX = upToX
	}
}

// untied returns how many models differ from model k in x, and in y.
func (c *concordances) untied(k int) (inX, inY packed) {
	return c.all.minus(c.sizeX[c.groupX[k]]), c.all.minus(c.sizeY[c.groupY[k]])
}

// countedTau is WeightedTau of resamples.
//
// Of a resample that holds model i cᵢ times, the copies of i are neighbours in
// either ranking; let wᵢ be the sum of their weights. Summed over pairs, the weights of
// WeightedTau give
//
//	τ = Σᵢ wᵢ Σⱼ gᵢⱼcⱼ / √(Σᵢ wᵢ Σⱼ[xᵢ≠xⱼ]cⱼ · Σᵢ wᵢ Σⱼ[yᵢ≠yⱼ]cⱼ)
//
// in which only w depends on the ranking.
func countedTau(x, y []float64) func(octet) [lanes]float64 {
	n := len(x)
	if n < 2 || hasNaN(x) || hasNaN(y) {
		return undefined
	}
	c := newConcordances(x, y)
	harmonic := make([]float64, n+1) // weight of the first k ranks
	for r := range n {
		harmonic[r+1] = harmonic[r] + hyperbolic(r)
	}
	tied := len(c.sizeX) < n || len(c.sizeY) < n
	byX, byY := make([]counted, n), make([]counted, n)
	return func(o octet) (values [lanes]float64) {
		c.count(o)
		for k := range byX {
			untiedX, untiedY := c.untied(k)
			byX[k] = counted{c.counts[k], c.sums[k], untiedX, untiedY}
		}
		for k, i := range c.byY {
			byY[k] = byX[i]
		}
		for l := 0; l < lanes; l += 2 {
			evenX, oddX := ranked(byX, l, harmonic, tied)
			evenY, oddY := ranked(byY, l, harmonic, tied)
			values[l], values[l+1] = (evenX+evenY)/2, (oddX+oddY)/2
		}
		return values
	}
}

// counted is what countedTau knows of a model, in each of eight resamples.
type counted struct {
	count, sum       packed
	untiedX, untiedY packed // models that differ from it
}

// ranked returns the weighted τ of resamples l and l+1, l being even, with the models in the
// order of their ranks.
func ranked(models []counted, l int, harmonic []float64, tied bool) (even, odd float64) {
	n, shift := len(models), 8*l&63
	of := func(word uint64) int { return int(uint16(word >> shift)) }
	var top0, left0, right0, before0, top1, left1, right1, before1 float64
	rank0, rank1 := 0, 0
	for k := range models {
		m := &models[k]
		rank0 += of(m.count.even)
		rank1 += of(m.count.odd)
		upTo0, upTo1 := harmonic[rank0], harmonic[rank1]
		w0, w1 := upTo0-before0, upTo1-before1
		before0, before1 = upTo0, upTo1
		top0 += w0 * float64(of(m.sum.even)-n)
		top1 += w1 * float64(of(m.sum.odd)-n)
		left0 += w0 * float64(of(m.untiedX.even))
		left1 += w1 * float64(of(m.untiedX.odd))
		if tied {
			right0 += w0 * float64(of(m.untiedY.even))
			right1 += w1 * float64(of(m.untiedY.odd))
		}
	}
	if !tied {
		right0, right1 = left0, left1
	}
	return ratio(top0, left0, right0), ratio(top1, left1, right1)
}

// countedTauB is TauB of resamples: each model weighs as much as any other, and all sums are
// whole numbers.
func countedTauB(x, y []float64) func(octet) [lanes]float64 {
	n := len(x)
	if n < 2 || hasNaN(x) || hasNaN(y) {
		return undefined
	}
	c := newConcordances(x, y)
	return func(o octet) (values [lanes]float64) {
		c.count(o)
		var top, left, right [lanes]int
		for k, count := range c.counts {
			untiedX, untiedY := c.untied(k)
			for l := range values {
				of := count.of(l)
				top[l] += of * (c.sums[k].of(l) - n)
				left[l] += of * untiedX.of(l)
				right[l] += of * untiedY.of(l)
			}
		}
		for l := range values {
			values[l] = ratio(float64(top[l]), float64(left[l]), float64(right[l]))
		}
		return values
	}
}

// groups returns for each element the number of its group of equals in x, which
// order sorts.
func groups(x []float64, order []int) []int {
	group := make([]int, len(x))
	for k, i := range order[min(1, len(order)):] {
		before := order[k]
		group[i] = group[before]
		if x[i] != x[before] {
			group[i]++
		}
	}
	return group
}

// ratio returns top/√(left·right) in [−1, 1], and NaN when a factor is 0.
func ratio(top, left, right float64) float64 {
	if left == 0 || right == 0 {
		return math.NaN()
	}
	return max(-1, min(top/math.Sqrt(left*right), 1))
}
