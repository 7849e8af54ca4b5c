package files

import (
	"path/filepath"
	"slices"
	"strings"
)

// A Split is how many samples of a Set are of one split of its dataset.
type Split struct {
	Name string
	N    int
}

// Splits returns the splits that the samples of p are of, in the order of their first
// sample; nil where nothing tells them apart. Identify or Open must have read p.
func (h *Hashes) Splits(p Paths) []Split {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.checked[p.checkedKey()].splits
}

// countSplits counts the samples of each split.
func countSplits(names []string) []Split {
	var all []Split
	for _, name := range names {
		i := slices.IndexFunc(all, func(s Split) bool { return s.Name == name })
		if i < 0 {
			i, all = len(all), append(all, Split{Name: name})
		}
		all[i].N++
	}
	return all
}

// splitsOf returns the split of each of n samples: as the table of samples or that of
// labels has it in a column, or by the files of labels that are joined.
func splitsOf(p Paths, labels *opened, n int) ([]string, error) {
	var splits []string
	if p.Samples != "" {
		samples, err := open(role{name: "samples", path: p.Samples, usual: usualFeatures})
		if err != nil {
			return nil, err
		}
		defer samples.close()
		if splits, err = samples.splitColumn(); err != nil {
			return nil, err
		}
	}
	if splits == nil {
		var err error
		if splits, err = labels.splitColumn(); err != nil {
			return nil, err
		}
	}
	if splits == nil {
		splits = labels.joinedSplits()
	}
	if len(splits) != n {
		return nil, nil // which is another's error, if one it is
	}
	return splits, nil
}

// splitColumn returns the column of splits that each of the tables has; nil if one has none.
func (o *opened) splitColumn() ([]string, error) {
	var all []string
	for _, c := range o.contents {
		t, ok := c.(*table)
		if !ok {
			return nil, nil
		}
		k := slices.IndexFunc(t.columns, func(c column) bool { return c.text && c.width == 1 && c.called(splitNames) })
		if k < 0 || t.key != "" && like(t.key, t.columns[k].name) {
			return nil, nil
		}
		texts, err := t.texts(k)
		if err != nil {
			return nil, err
		}
		all = append(all, texts...)
	}
	if slices.Contains(all, "") {
		return nil, nil
	}
	return all, nil
}

// joinedSplits returns the split of each sample of files that are joined by a plus sign,
// which are named after what tells their paths apart.
func (o *opened) joinedSplits() []string {
	joined := Joined(o.role.path)
	if len(joined) < 2 {
		return nil
	}
	var all []string
	at := 0
	for i, name := range differing(joined) {
		files, err := matching(joined[i])
		if err != nil || at+len(files) > len(o.counts) {
			return nil
		}
		for range files {
			all = append(all, slices.Repeat([]string{name}, o.counts[at])...)
			at++
		}
	}
	return all
}

// differing returns what tells paths apart: such as "train" and "test", of x_train.npy and
// x_test.npy, or of train/x.npy and test/x.npy. Words are apart by _, -, . and /.
func differing(paths []string) []string {
	words := make([][]string, len(paths))
	for i, path := range paths {
		file, _ := SplitKey(path)
		stem := strings.TrimSuffix(filepath.ToSlash(file), Extension(file))
		words[i] = strings.FieldsFunc(stem, func(r rune) bool { return strings.ContainsRune("_-./", r) })
	}
	same := func(at func(words []string) string) bool {
		first := ""
		for i, w := range words {
			if len(w) < 2 || i > 0 && at(w) != first {
				return false
			}
			first = at(w)
		}
		return true
	}
	for same(func(w []string) string { return w[0] }) {
		for i := range words {
			words[i] = words[i][1:]
		}
	}
	for same(func(w []string) string { return w[len(w)-1] }) {
		for i := range words {
			words[i] = words[i][:len(words[i])-1]
		}
	}
	names := make([]string, len(paths))
	for i, w := range words {
		names[i] = strings.Join(w, "_")
	}
	return names
}
