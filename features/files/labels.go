package files

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/strict"
)

// values are labels as a file holds them, before it is decided what they are. One of
// ints, huge, texts and numbers is there.
type values struct {
	path   string
	stored string // the type of numbers, such as "float32"

	ints    []int64    // a column of whole numbers
	huge    []uint64   // the same, where int64 does not hold them
	texts   []string   // a column of text
	numbers *mat.Dense // N×K, of several columns or numbers that are not whole
	whole   bool       // the type of numbers is one of whole numbers
	columns []string   // K names
	parsed  bool       // text that is a number is one
}

// n returns how many samples there are.
func (v *values) n() int {
	if v.numbers != nil {
		return v.numbers.RawMatrix().Rows
	}
	return len(v.ints) + len(v.huge) + len(v.texts)
}

// written is label i as the file has it; of several columns, "nan" if one is.
func (v *values) written(i int) string {
	switch {
	case v.ints != nil:
		return strconv.FormatInt(v.ints[i], 10)
	case v.huge != nil:
		return strconv.FormatUint(v.huge[i], 10)
	case v.texts != nil:
		return v.texts[i]
	}
	row := v.numbers.RawRowView(i)
	if slices.ContainsFunc(row, math.IsNaN) {
		return "nan"
	}
	if len(row) > 1 {
		return fmt.Sprint(row)
	}
	return strconv.FormatFloat(row[0], 'g', -1, 64)
}

// keep returns the values of the samples that index lists.
func (v *values) keep(index []int) *values {
	kept := *v
	kept.ints, kept.huge, kept.texts = pick(v.ints, index), pick(v.huge, index), pick(v.texts, index)
	if v.numbers != nil {
		kept.numbers = features.Matrix(features.Select(features.Dense(v.numbers), index))
	}
	return &kept
}

// pick returns the elements that index lists; nil of nil.
func pick[T any](all []T, index []int) []T {
	if all == nil {
		return nil
	}
	picked := make([]T, len(index))
	for i, n := range index {
		picked[i] = all[n]
	}
	return picked
}

// decide says what the labels are. Samples that are to be left out are not among the
// labels; then index lists those that are.
func (v *values) decide(r Reading, told *notes) (labels *features.Labels, index []int, err error) {
	fail := func(err error) (*features.Labels, []int, error) {
		return nil, nil, fmt.Errorf("%s: %w", v.path, err)
	}
	if err := r.Check(); err != nil {
		return fail(err)
	}
	if len(r.Ignore) > 0 && !r.all() {
		n := v.n()
		for i := range n {
			if !r.ignores(v.written(i)) {
				index = append(index, i)
			}
		}
		if len(index) == 0 {
			return fail(errors.New("no sample is left: all labels are ignored"))
		}
		if len(index) == n {
			index = nil
		} else {
			told.add("%s: %d of %d samples are left out, whose label is %s", v.path, n-len(index), n, strings.Join(r.Ignore, " or "))
			v = v.keep(index)
		}
	}
	v = v.parse()
	if v.numbers != nil {
		if _, k := v.numbers.Dims(); k > 1 {
			labels, err = v.several(r, told)
		} else {
			labels, err = v.real(r, told)
		}
	} else {
		labels, err = v.one(r, told)
	}
	if err != nil {
		return fail(err)
	}
	return labels, index, nil
}

// parse turns text into numbers where all of it is, and may be.
func (v *values) parse() *values {
	if !v.parsed {
		return v
	}
	whole, numbers := make([]int64, len(v.texts)), make([]float64, len(v.texts))
	allWhole := true
	for i, text := range v.texts {
		var err error
		if numbers[i], err = strict.Number(text); err != nil {
			return v
		}
		if allWhole {
			whole[i], err = strconv.ParseInt(text, 10, 64)
			allWhole = err == nil
		}
	}
	if allWhole {
		return &values{path: v.path, stored: v.stored, ints: whole}
	}
	return &values{path: v.path, stored: "numbers with decimals", numbers: mat.NewDense(len(numbers), 1, numbers)}
}

// one decides on a column of text or whole numbers.
func (v *values) one(r Reading, told *notes) (*features.Labels, error) {
	if r.Labels == KindOneHot || r.Labels == KindMulti || r.Labels == KindFirst {
		return nil, fmt.Errorf("one column, but %s labels have a column for each", r.Labels)
	}
	if r.Labels == KindTargets {
		return v.targets(told)
	}
	labels := v.classes()
	if !r.all() {
		if err := unlabelled(labels); err != nil {
			return nil, err
		}
	}
	if v.texts == nil && r.Labels == "" {
		if err := doubtful(labels); err != nil {
			return nil, err
		}
		if c := labels.C(); c > 2 {
			told.add("%s: taken for %d classes, the whole numbers %s to %s (for regression, say --labels-are targets)", v.path, c, labels.Names[0], labels.Names[c-1])
			return labels, nil
		}
	}
	if v.texts != nil && r.Labels == "" {
		if err := doubtfulText(labels); err != nil {
			return nil, err
		}
	}
	told.add("%s: %d classes", v.path, labels.C())
	return labels, nil
}

// classes takes each different value for a class.
func (v *values) classes() *features.Labels {
	switch {
	case v.ints != nil:
		return features.Classes(v.ints)
	case v.huge != nil:
		return features.Classes(v.huge)
	}
	return features.Classes(v.texts)
}

// targets takes one column of numbers for targets of regression.
func (v *values) targets(told *notes) (*features.Labels, error) {
	if v.texts != nil {
		return nil, fmt.Errorf("text such as %q cannot be targets of regression", clip(v.texts[0]))
	}
	n := v.n()
	targets := mat.NewDense(n, 1, nil)
	for i := range n {
		if v.ints != nil {
			targets.Set(i, 0, float64(v.ints[i]))
		} else {
			targets.Set(i, 0, float64(v.huge[i]))
		}
	}
	told.add("%s: targets of regression, %g to %g", v.path, mat.Min(targets), mat.Max(targets))
	return &features.Labels{Targets: targets}, nil
}

// real decides on a column of numbers of a type that is not of whole numbers.
func (v *values) real(r Reading, told *notes) (*features.Labels, error) {
	n := v.n()
	missing, whole := 0, true
	ints := make([]int64, n)
	for i := range n {
		x := v.numbers.At(i, 0)
		if math.IsNaN(x) {
			missing++
		}
		const exact = 1 << 53 // above it, float64 cannot tell whole numbers apart
		whole = whole && x == math.Trunc(x) && math.Abs(x) <= exact
		ints[i] = int64(x)
	}
	switch {
	case missing > 0:
		return nil, fmt.Errorf("%d of %d samples have the label nan, which is not a label: leave such samples out with --ignore-label nan (in a spec, ignore_label)", missing, n)
	case r.Labels == KindOneHot || r.Labels == KindMulti || r.Labels == KindFirst:
		return nil, fmt.Errorf("one column, but %s labels have a column for each", r.Labels)
	case r.Labels == KindClasses && !whole:
		return nil, errors.New("numbers that are not whole cannot be classes")
	case r.Labels == KindClasses:
		rest := values{path: v.path, ints: ints}
		return rest.one(r, told)
	case r.Labels == "" && whole:
		c := len(slices.Compact(slices.Sorted(slices.Values(ints))))
		return nil, fmt.Errorf("%d different whole numbers, %d to %d, stored as %s; are they classes or targets of regression? %s", c, slices.Min(ints), slices.Max(ints), v.stored, askKind("classes or --labels-are targets"))
	}
	told.add("%s: targets of regression, %g to %g", v.path, mat.Min(v.numbers), mat.Max(v.numbers))
	return &features.Labels{Targets: v.numbers}, nil
}

// several decides on several columns of numbers.
func (v *values) several(r Reading, told *notes) (*features.Labels, error) {
	kind, err := v.kindOfSeveral(r.Labels)
	if err != nil {
		return nil, err
	}
	_, k := v.numbers.Dims()
	switch kind {
	case KindTargets:
		told.add("%s: %d targets of regression for each sample", v.path, k)
		return &features.Labels{Targets: v.numbers}, nil
	case KindMulti:
		told.add("%s: %d labels, of which a sample may have several (multi-label)", v.path, k)
		return &features.Labels{Targets: v.numbers, Multi: true}, nil
	}
	labels := v.first()
	if kind == KindFirst {
		told.add("%s: of several labels of a sample, the first is taken for its class, as the released code of SFDA does: %d classes", v.path, labels.C())
	} else {
		told.add("%s: one-hot, taken for %d classes", v.path, labels.C())
	}
	return labels, nil
}

// kindOfSeveral returns what several columns of numbers are: what is said, if they can be
// that, or else what they can only be.
func (v *values) kindOfSeveral(said Kind) (Kind, error) {
	n, k := v.numbers.Dims()
	missing, signs, zeroOne := 0, true, true
	least, most := k, 0 // ones in a row
	for i := range n {
		row := v.numbers.RawRowView(i)
		ones := 0
		for _, x := range row {
			if x == 1 {
				ones++
			}
			zeroOne = zeroOne && (x == 0 || x == 1)
			signs = signs && (x == 0 || x == 1 || x == -1)
		}
		if slices.ContainsFunc(row, math.IsNaN) {
			missing++
		}
		least, most = min(least, ones), max(most, ones)
	}
	switch {
	case missing > 0:
		return "", fmt.Errorf("%d of %d samples have a label that is nan: leave such samples out with --ignore-label nan (in a spec, ignore_label)", missing, n)
	case said == KindTargets:
		return said, nil
	case n == 1:
		return "", fmt.Errorf("one row of %d columns, and so one sample: if they are %d samples, save it with .ravel() in NumPy", k, k)
	case !zeroOne && signs:
		return "", fmt.Errorf("%d columns of -1, 0 and 1: write 1 for a label that a sample has and 0 for one that it has not, in NumPy by (labels > 0).astype('uint8')", k)
	case !zeroOne && counts(v.numbers):
		return "", fmt.Errorf("%d columns, of which the first counts the samples: name the one that holds the labels, such as labels.csv:label", k)
	case !zeroOne && said == "":
		return "", fmt.Errorf("%d columns of numbers that are not 0 and 1; are they targets of regression? Say --labels-are targets (in a spec, labels_are), or name the column that holds the labels, such as labels.csv:label", k)
	case !zeroOne:
		return "", fmt.Errorf("%d columns of numbers that are not 0 and 1 cannot be %s", k, said)
	case said == "" && least == 1 && most == 1:
		return KindOneHot, nil
	case said == "" && least == 0 && most == 1:
		return "", fmt.Errorf("%d columns of 0 and 1, of which no sample has two and some have none; are they classes of which some samples have none, or several labels at once? %s", k, askKind("multi-label"))
	case said == "" || said == KindMulti:
		return KindMulti, nil
	case said == KindFirst && least == 0:
		return "", errors.New("some samples have none of the labels, and so no first one")
	case said != KindFirst && (least != 1 || most != 1):
		return "", fmt.Errorf("samples have %d to %d of the labels, and so not one class each: they are multi-label", least, most)
	}
	return said, nil
}

// first returns the first label of each sample as its class. Labels that are the first
// of no sample are no classes.
func (v *values) first() *features.Labels {
	n, _ := v.numbers.Dims()
	index := make([]int64, n)
	for i := range n {
		index[i] = int64(slices.Index(v.numbers.RawRowView(i), 1))
	}
	labels := features.Classes(index)
	if v.columns != nil {
		for c, name := range labels.Names {
			column, _ := strconv.Atoi(name)
			labels.Names[c] = v.columns[column]
		}
	}
	return labels
}
