package extract

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/extract/datasets"
	"sfdalab/extract/transform"
)

// DefaultTransform is the transform of networks that none is described for.
const DefaultTransform = "sfda"

// besideFolder are the files that describe the transform of the only network in their
// folder: Hugging Face's and timm's.
var besideFolder = []string{"preprocessor_config.json", "config.json"}

// Transforms returns the transform for each network. The name is that of a published
// transform or a file. Where it is empty, the transform is read from a file beside the
// network, {model}.yaml or {model}.json, or, where the network is alone in its folder,
// preprocessor_config.json or config.json; and where there is none either, it is
// DefaultTransform.
func Transforms(name string) (func(network string) (transform.Transform, error), error) {
	if name == "" {
		return beside, nil
	}
	read := transform.Named
	if !slices.Contains(transform.Names, name) {
		if _, err := os.Stat(name); err == nil {
			read = transform.Read
		}
	}
	t, err := read(name)
	return func(string) (transform.Transform, error) { return t, err }, err
}

// beside reads the transform that is described beside a network.
func beside(network string) (transform.Transform, error) {
	base := strings.TrimSuffix(network, filepath.Ext(network))
	candidates := []string{base + ".yaml", base + ".json"}
	folder := filepath.Dir(network)
	if others, _ := filepath.Glob(filepath.Join(datasets.EscapeGlob(folder), "*.onnx")); len(others) == 1 {
		for _, file := range besideFolder {
			candidates = append(candidates, filepath.Join(folder, file))
		}
	}
	for _, file := range candidates {
		if _, err := os.Stat(file); err == nil {
			return transform.Read(file)
		}
	}
	return transform.Named(DefaultTransform)
}
