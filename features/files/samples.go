package files

import (
	"fmt"
	"slices"
)

// checkSamples compares the names of samples that the inputs have with each other, with
// those of the table of samples, and with those of other Sets of the same labels.
func (h *Hashes) checkSamples(p Paths, inputs []*opened) error {
	known := sampled{}
	if p.Samples != "" {
		o, err := open(role{name: "samples", path: p.Samples, usual: usualFeatures})
		if err != nil {
			return err
		}
		defer o.close()
		if err := known.compare(o); err != nil {
			return err
		}
		if known.names == nil {
			return fmt.Errorf("%s has no column of samples, such as sample or path", p.Samples)
		}
	}
	for _, in := range inputs {
		if in.role.name == "embeddings" {
			continue
		}
		if err := known.compare(in); err != nil {
			return err
		}
	}
	if known.names == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sampled == nil {
		h.sampled = make(map[string]sampled)
	}
	of := p.Dataset + "\n" + p.Labels
	if first, ok := h.sampled[of]; ok {
		return first.agree(known)
	}
	h.sampled[of] = known
	return nil
}

// sampled is the names of samples, as a file has them.
type sampled struct {
	path  string
	names []string
}

// compare takes the names of an input, or compares them with those that there are.
func (s *sampled) compare(o *opened) error {
	var names []string
	for _, c := range o.contents {
		more, err := c.samples()
		if err != nil {
			return err
		}
		names = append(names, more...)
	}
	if names == nil {
		return nil
	}
	found := sampled{o.path, names}
	if s.names == nil {
		*s = found
		return nil
	}
	return s.agree(found)
}

// agree reports names that differ from those of another file.
func (s sampled) agree(other sampled) error {
	if len(s.names) != len(other.names) {
		return fmt.Errorf("%s names %d samples, and %s %d", s.path, len(s.names), other.path, len(other.names))
	}
	for i, name := range s.names {
		if name == other.names[i] {
			continue
		}
		same := "they are other samples"
		if slices.Equal(slices.Sorted(slices.Values(s.names)), slices.Sorted(slices.Values(other.names))) {
			same = "they are the same samples in another order: bring them into one"
		}
		return fmt.Errorf("sample %d is %q in %s, but %q in %s; %s", i, clip(name), s.path, clip(other.names[i]), other.path, same)
	}
	return nil
}
