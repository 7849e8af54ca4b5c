package files

import (
	"fmt"
	"slices"
	"strings"

	"sfdalab/internal/suggest"
)

// Reading says how to read what can be read in several ways. The zero value reads what
// has one meaning, and refuses the rest with an error that names the way to say which.
type Reading struct {
	// Labels is what the labels are; found out, and told, if empty.
	Labels Kind

	// Ignore are labels, as they are written ("" for empty ones), whose samples are left
	// out everywhere. "none" alone takes labels such as -1 for what they are.
	Ignore []string

	// Drop are columns of tables that are no features; * stands for any letters.
	Drop []string

	// Pool makes one row of the several that a sample has: PoolMean, PoolMax or PoolCLS.
	Pool string
}

// A Kind says what labels are.
type Kind string

// The kinds of labels.
const (
	KindClasses Kind = "classes"          // one class for each sample
	KindTargets Kind = "targets"          // of regression
	KindOneHot  Kind = "one-hot"          // a column for each class: 1 where a sample is of it
	KindMulti   Kind = "multi-label"      // a column for each label, of which a sample may have several
	KindFirst   Kind = "first-of-several" // multi-label, of which the first is taken for the class, as TencentARC/SFDA does
)

var kinds = []Kind{KindClasses, KindTargets, KindOneHot, KindMulti, KindFirst}

// kindNames lists the kinds of labels.
func kindNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return names
}

// Check reports a value that a Reading cannot have.
func (r Reading) Check() error {
	if r.Labels != "" && !slices.Contains(kinds, r.Labels) {
		return fmt.Errorf("labels are %q: use one of %s%s", clip(string(r.Labels)), strings.Join(kindNames(), ", "), suggest.Hint(string(r.Labels), kindNames()))
	}
	if pools := []string{"", PoolMean, PoolMax, PoolCLS}; !slices.Contains(pools, r.Pool) {
		return fmt.Errorf("pool %q: use mean, max or cls", clip(r.Pool))
	}
	return nil
}

// of returns what of the Reading changes how an input of that role is read, as a text
// that is part of the input's identity.
func (r Reading) of(role string) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	if role == "labels" {
		add("labels", string(r.Labels))
		add("ignore", quoted(r.Ignore))
	} else {
		add("drop", quoted(r.Drop))
		add("pool", r.Pool)
	}
	return strings.Join(parts, " ")
}

// quoted writes names as one text, "" for none.
func quoted(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%q", names)
}

// ignores reports whether samples with that label are left out.
func (r Reading) ignores(label string) bool {
	return slices.ContainsFunc(r.Ignore, func(i string) bool {
		return strings.EqualFold(i, label) || label == "" && strings.EqualFold(i, "empty")
	})
}

// all reports whether every label is taken for what it is.
func (r Reading) all() bool { return slices.Equal(r.Ignore, []string{"none"}) }
