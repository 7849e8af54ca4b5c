package files

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/strict"
)

// askKind asks which of several kinds labels are, and says by which switch to answer.
func askKind(choices string) string {
	return fmt.Sprintf("Say which by --labels-are %s (in a spec, labels_are)", choices)
}

// askIgnore asks whether samples with a label are to be left out, and says by which switch to
// answer.
func askIgnore(written string) string {
	return fmt.Sprintf("leave such samples out by --ignore-label %s (in a spec, ignore_label), or take all labels for what they are by --ignore-label none", written)
}

// doubtfulText reports names that may be other than those of classes: a different one
// for each sample, or lists of others among them, such as "cat|dog" beside "cat" and
// "dog".
func doubtfulText(labels *features.Labels) error {
	if c := labels.C(); c == labels.N() && c > 2 {
		return fmt.Errorf("%d different names, one for each sample, such as %q: these seem to be names of samples; name the column of labels, or say --labels-are classes (in a spec, labels_are)", c, clip(labels.Names[0]))
	}
	known := make(map[string]bool)
	for _, name := range labels.Names {
		known[name] = true
	}
	for _, name := range labels.Names {
		for _, separator := range []string{"|", ";", ",", " "} {
			parts := strings.Split(name, separator)
			if len(parts) > 1 && !slices.ContainsFunc(parts, func(part string) bool { return !known[strings.TrimSpace(part)] }) {
				return fmt.Errorf("the label %q seems to be several, of which each is a label, too: write a column of 0 and 1 for each label, in Python by pandas.read_csv(…)[\"labels\"].str.get_dummies(%q).to_csv(\"labels.csv\", index=False), or say --labels-are classes (in a spec, labels_are)", clip(name), separator)
			}
		}
	}
	return nil
}

// blanks are what stands where there is no label.
var blanks = []string{"", "nan", "na", "n/a", "<na>", "null", "none", "?"}

// ends are whole numbers that stand for "no label" where other classes are much smaller.
var ends = []float64{255, 999, 9999, 65535, math.MaxInt32, math.MaxUint32, math.MaxInt64, math.MaxUint64}

// unlabelled reports classes that look like "no label": blank names, negative numbers
// beside others (but -1 beside 1 alone), and the largest numbers of a type.
func unlabelled(labels *features.Labels) error {
	counts := labels.Counts()
	report := func(c int) error {
		name := labels.Names[c]
		what := name
		if name == "" {
			what, name = "empty", "empty"
		}
		return fmt.Errorf("%d of %d samples have the label %s, which does not look like a label: %s", counts[c], labels.N(), what, askIgnore(name))
	}
	var numbers []float64
	var smallest, largest, second = math.Inf(1), math.Inf(-1), math.Inf(-1)
	for c, name := range labels.Names {
		if slices.Contains(blanks, strings.ToLower(strings.TrimSpace(name))) {
			return report(c)
		}
		if x, err := strict.Number(name); err == nil {
			numbers = append(numbers, x)
			smallest = min(smallest, x)
			if x > largest {
				largest, second = x, largest
			} else {
				second = max(second, x)
			}
		}
	}
	if len(numbers) != labels.C() || len(numbers) < 2 {
		return nil
	}
	find := func(x float64) int { return slices.Index(numbers, x) }
	if signs := len(numbers) == 2 && smallest == -1 && largest == 1; smallest < 0 && !signs {
		return report(find(smallest))
	}
	if slices.Contains(ends, largest) && second < largest/2 {
		return report(find(largest))
	}
	return nil
}

// doubtful reports whole numbers that may be other than class numbers: each its own,
// with gaps, not from 0 or 1 on, or as often as a measured quantity is.
func doubtful(labels *features.Labels) error {
	c := labels.C()
	ask := func(what string) error {
		return fmt.Errorf("%d different whole numbers, %s to %s, %s %s", c, labels.Names[0], labels.Names[c-1], what, askKind("classes or --labels-are targets"))
	}
	if c < 2 {
		return nil // which is an error elsewhere
	}
	first, err := strconv.ParseInt(labels.Names[0], 10, 64)
	last, err2 := strconv.ParseInt(labels.Names[c-1], 10, 64)
	switch {
	case c == labels.N() && c > 2:
		return ask("a different one for each sample; are they identifiers, targets of regression or classes?")
	case c == 2 && first == -1 && last == 1:
		return nil
	case err != nil || err2 != nil || last-first != int64(c-1):
		return ask("with gaps between them; are they classes or targets of regression?")
	case first != 0 && first != 1:
		return ask("which do not begin at 0 or 1; are they classes or targets of regression?")
	case c >= 10 && smooth(labels.Counts()):
		return ask("whose counts rise and fall as those of a measured quantity do; are they classes or targets of regression?")
	}
	return nil
}

// smooth reports whether counts differ by more than chance, but little from one to the
// next: by von Neumann's ratio (1941), which is 2 in expectation for counts in an order
// that means nothing.
func smooth(counts []int) bool {
	n, sum := float64(len(counts)), 0
	for _, c := range counts {
		sum += c
	}
	mean, squares, steps := float64(sum)/n, 0., 0.
	for i, c := range counts {
		squares += (float64(c) - mean) * (float64(c) - mean)
		if i > 0 {
			step := float64(c - counts[i-1])
			steps += step * step
		}
	}
	return squares > n*mean && steps < squares
}

// counts reports whether the first column is 0, 1, 2 and so on, or 1, 2, 3.
func counts(m *mat.Dense) bool {
	n, _ := m.Dims()
	for i := range n {
		if m.At(i, 0) != m.At(0, 0)+float64(i) {
			return false
		}
	}
	return n > 1 && (m.At(0, 0) == 0 || m.At(0, 0) == 1)
}
