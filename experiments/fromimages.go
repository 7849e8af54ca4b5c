package experiments

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// FromImages returns the spec with its features extracted, in place of read from files. Its text says so, as a run
// records it: the keys of files leave, and extract comes.
func (s *Spec) FromImages(x Extraction) (*Spec, error) {
	section := yaml.MapSlice{}
	for _, key := range []yaml.MapItem{
		{Key: "networks", Value: x.Networks}, {Key: "images", Value: x.Images}, {Key: "root", Value: x.Root}, {Key: "split", Value: x.Split[""]},
		{Key: "transform", Value: x.Transform}, {Key: "layer", Value: x.Layer}, {Key: "pool", Value: x.Pool}, {Key: "device", Value: x.Device},
	} {
		if key.Value != "" {
			section = append(section, key)
		}
	}
	added, err := yaml.Marshal(yaml.MapSlice{{Key: "extract", Value: section}})
	if err != nil {
		return nil, err
	}
	text := withoutKeys(s.Text, "features", "labels", "outputs", "list", "extract")
	spec, err := Parse(fmt.Sprintf("%s\n%s", strings.TrimRight(text, "\n"), added), s.Path)
	if err == nil {
		spec.Told = s.Told
	}
	return spec, err
}

// withoutKeys returns YAML without keys of its outermost mapping, which may go on over several lines.
func withoutKeys(text string, keys ...string) string {
	var kept []string
	leaving := false
	for line := range strings.SplitSeq(text, "\n") {
		if key, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "#") {
			leaving = slices.Contains(keys, key)
		} else if line == "" || strings.HasPrefix(line, "#") {
			leaving = false
		}
		if !leaving {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
