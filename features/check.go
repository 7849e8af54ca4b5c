package features

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"sfdalab/internal/par"
)

// namedRows is an input that is a matrix.
type namedRows struct {
	role string
	Rows
}

// matrices returns the matrices that the Set has.
func (s *Set) matrices() []namedRows {
	all := []namedRows{{"features", s.Features}, {"outputs", s.Outputs}, {"second", s.Second}, {"embeddings", s.Embeddings}}
	return slices.DeleteFunc(all, func(m namedRows) bool { return m.Rows == nil })
}

// where names an input in errors: its role and, if it was a file, its path.
func (s *Set) where(role string) string {
	for _, f := range s.Files {
		if f.Role == role {
			return fmt.Sprintf("%s (%s)", role, f.Path)
		}
	}
	return role
}

// checkShapes reports inputs of other numbers of samples or classes than the features have.
func (s *Set) checkShapes() error {
	for _, m := range s.matrices() {
		n, d := m.Dims()
		want := s.n
		if m.role == "embeddings" {
			want = s.C()
		}
		if n == 0 || d == 0 {
			return fmt.Errorf("%s: %d×%d, no numbers to score", s.where(m.role), n, d)
		}
		if n != want && m.role == "embeddings" {
			return fmt.Errorf("%s: %d rows, but %d classes in %s", s.where(m.role), n, want, s.where("labels"))
		}
		if n != want {
			return fmt.Errorf("%s: %d rows, but %d rows in %s", s.where(m.role), n, want, s.where("features"))
		}
	}
	if n := s.Labels.N(); n != s.n {
		hint := ""
		if n == s.d {
			hint = "; it has as many columns: is it transposed?"
		}
		return fmt.Errorf("%s: %d labels, but %d rows in %s%s", s.where("labels"), n, s.n, s.where("features"), hint)
	}
	return nil
}

// checkLabels reports fewer than two classes, classes without a sample, and targets that are
// not finite.
func (s *Set) checkLabels() error {
	if t := s.Labels.Targets; t != nil {
		if _, err := inspect(Dense(t)); err != nil {
			return fmt.Errorf("%s: %w", s.where("labels"), err)
		}
		return nil
	}
	if c := s.C(); c < 2 {
		return fmt.Errorf("%s: %d class, but at least two are needed", s.where("labels"), c)
	}
	for i, c := range s.Labels.Index {
		if c < 0 || c >= s.C() {
			return fmt.Errorf("%s: row %d has class index %d, which is not in 0 to %d", s.where("labels"), i, c, s.C()-1)
		}
	}
	if c := slices.Index(s.Labels.Counts(), 0); c >= 0 {
		return fmt.Errorf("%s: class %s has no sample", s.where("labels"), s.Labels.Names[c])
	}
	return nil
}

// checkNumbers reports numbers that are not finite, and notes which features are constant.
func (s *Set) checkNumbers() error {
	for _, m := range s.matrices() {
		constant, err := inspect(m)
		if err != nil {
			return fmt.Errorf("%s: %w", s.where(m.role), err)
		}
		if m.role == "features" {
			s.constant = constant
		}
	}
	return s.checkSpread()
}

// checkSpread reports features that are all constant.
func (s *Set) checkSpread() error {
	if len(s.constant) == s.d {
		return fmt.Errorf("%s: all samples are identical: there is nothing to score", s.where("features"))
	}
	return nil
}

// constantAmong returns, in ascending order, the columns that hold one value only: those
// that list names as such, and others that are found. It reads rows until no other is left.
func constantAmong(rows Rows, list []int) []int {
	n, d := rows.Dims()
	found := make([]int, 0, d)
	for j := range d {
		if _, known := slices.BinarySearch(list, j); !known {
			found = append(found, j)
		}
	}
	piece := min(max(partSize/d, 1), n)
	first, buffer := make([]float64, d), make([]float64, piece*d)
	rows.Read(first, 0, 1)
	for lo := 0; lo < n && len(found) > 0; lo += piece {
		hi := min(lo+piece, n)
		x := buffer[:(hi-lo)*d]
		rows.Read(x, lo, hi)
		found = alike(found, x, first)
	}
	found = append(found, list...)
	slices.Sort(found)
	return found
}

// alike returns those of columns in which each row of x has the value of first. It
// overwrites columns.
func alike(columns []int, x, first []float64) []int {
	for ; len(x) > 0 && len(columns) > 0; x = x[len(first):] {
		columns = slices.DeleteFunc(columns, func(j int) bool { return x[j] != first[j] })
	}
	return columns
}

// overflowing is the size of numbers, 1.6e60, from which what metrics compute of them
// may overflow: LFC adds up their fourth powers. float32 ends at 3e38.
const overflowing = 0x1p200

// vanishing is the size of numbers, 6.2e-61, below which their fourth powers lose their digits.
const vanishing = 1 / overflowing

// inspect reads a matrix once. It returns the columns that hold one value only,
// and an error that says how many numbers are NaN, infinite or too large, and where
// the first is, or that all are too small.
func inspect(rows Rows) (constant []int, err error) {
	n, d := rows.Dims()
	first := make([]float64, d)
	rows.Read(first, 0, 1)
	all := make([]int, d)
	for j := range all {
		all[j] = j
	}

	var (
		mutex    sync.Mutex
		bad      int
		firstBad = math.MaxInt
		blocks   = make([]int, d) // in how many blocks a column is constant
	)
	size := BlockRows(d)
	count := (n + size - 1) / size
	par.For(count, func(b int) {
		piece := max(partSize/d, 1)
		buffer := make([]float64, piece*d)
		same := slices.Clone(all)
		blockBad, blockFirst := 0, math.MaxInt
		end := min((b+1)*size, n)
		for lo := b * size; lo < end; lo += piece {
			hi := min(lo+piece, end)
			x := buffer[:(hi-lo)*d]
			rows.Read(x, lo, hi)
			if !allModerate(x) {
				for i, v := range x {
					if !(math.Abs(v) < overflowing) {
						blockBad++
						blockFirst = min(blockFirst, lo*d+i)
					}
				}
			}
			same = alike(same, x, first)
		}
		mutex.Lock()
		defer mutex.Unlock()
		bad += blockBad
		firstBad = min(firstBad, blockFirst)
		for _, j := range same {
			blocks[j]++
		}
	})
	if bad > 0 {
		i, j := firstBad/d, firstBad%d
		row := make([]float64, d)
		rows.Read(row, i, i+1)
		what := "NaN or infinite"
		if v := row[j]; v-v == 0 {
			what = fmt.Sprintf("%.2g or more in size and overflow when they are squared and added up", overflowing)
		}
		return nil, fmt.Errorf("%d of %d numbers are %s, the first in row %d, column %d (counted from 0)", bad, n*d, what, i, j)
	}
	if largest := largestOf(rows, first); 0 < largest && largest < vanishing {
		return nil, fmt.Errorf("no number is more than %.2g in size, and numbers below %.2g vanish when they are squared and multiplied: scale them up", largest, vanishing)
	}
	return slices.DeleteFunc(all, func(j int) bool { return blocks[j] < count }), nil
}

// largestOf returns the size of the largest number of rows, or of one that does not vanish; the
// first row mostly has one.
func largestOf(rows Rows, first []float64) (largest float64) {
	reaches := func(x []float64) bool {
		for _, v := range x {
			largest = max(largest, math.Abs(v))
		}
		return largest >= vanishing
	}
	n, _ := rows.Dims()
	row := slices.Clone(first)
	for i := 1; !reaches(row) && i < n; i++ {
		rows.Read(row, i, i+1)
	}
	return largest
}

// allModerate reports whether x has no NaN and nothing of the size overflowing, which
// is made infinite: zero times either is NaN, and NaN survives in a sum.
func allModerate(x []float64) bool {
	const overflow = 0x1p1023 / overflowing * 2
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += x[0] * overflow * 0
		b += x[1] * overflow * 0
		c += x[2] * overflow * 0
		d += x[3] * overflow * 0
	}
	for _, v := range x {
		a += v * overflow * 0
	}
	return a+b+c+d == 0
}

// Warnings returns what is unusual in the data, but no error: classes with one
// sample, constant features, outputs that are nearly probabilities.
func (s *Set) Warnings() []error {
	var warnings []error
	var single []string
	for c, n := range s.Labels.Counts() {
		if n == 1 {
			single = append(single, s.Labels.Names[c])
		}
	}
	if len(single) > 0 {
		warnings = append(warnings, fmt.Errorf("%d of %d classes have one sample only: %s", len(single), s.C(), some(single)))
	}
	if k := len(s.constant); k > 0 {
		warnings = append(warnings, fmt.Errorf("%d of %d features are constant, the first is column %d", k, s.d, s.constant[0]))
	}
	return append(warnings, s.doubtfulOutputs()...)
}

// some lists names, but not very many.
func some(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
