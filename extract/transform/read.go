package transform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"sfdalab/internal/regular"
	"sfdalab/internal/strict"
)

// Read reads a transform from a file: timm's config.json, Hugging Face's preprocessor_config.json, or YAML with
//
//	resize: 256              # the shorter side; or [height, width], which changes the shape
//	interpolation: bicubic   # box, bilinear, bicubic or lanczos
//	crop: 224                # or [height, width]
//	mean: [0.485, 0.456, 0.406]
//	std: [0.229, 0.224, 0.225]
//	exif: true               # turn images upright as their EXIF data say; torchvision does not
//
// Samples are divided by 255 before mean and std. What a file asks for and this package does not do is an error.
func Read(path string) (Transform, error) {
	data, err := readFile(path)
	if err != nil {
		return Transform{}, err
	}
	t, err := parse(data, filepath.Ext(path))
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		return Transform{}, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// How many bytes a file may have. That of timm may list the names of many classes; YAML may
// nest so deep that it takes much more memory than its length.
const (
	mostJSON = 16 << 20
	mostYAML = 16 << 10
)

// readFile reads a file of a bounded length.
func readFile(path string) ([]byte, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	most := mostYAML
	if filepath.Ext(path) == ".json" {
		most = mostJSON
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(data) > most {
		err = fmt.Errorf("%s has more than %d KiB: want a file that describes a transform", path, most>>10)
	}
	return data, err
}

// parse tells the kinds of files apart, by extension and keys.
func parse(data []byte, extension string) (Transform, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if extension != ".json" {
		return parseYAML(data)
	}
	var keys map[string]json.RawMessage
	if err := strict.JSON(data, &keys); err != nil {
		return Transform{}, err
	}
	has := func(key string) bool { _, ok := keys[key]; return ok }
	switch {
	case has("pretrained_cfg"):
		return parseTimm(keys["pretrained_cfg"])
	case has("input_size") && has("crop_pct"):
		return parseTimm(data)
	case has("image_processor_type") || has("feature_extractor_type") || has("image_mean"):
		return parseHuggingFace(data, keys)
	}
	return Transform{}, errors.New("neither timm's config.json (pretrained_cfg) nor a preprocessor_config.json (image_mean)")
}

// parseYAML reads YAML as Read describes it.
func parseYAML(data []byte) (Transform, error) {
	var y struct {
		Resize        yamlSize      `yaml:"resize"`
		Interpolation Interpolation `yaml:"interpolation"`
		Crop          yamlSize      `yaml:"crop"`
		Mean          []float64     `yaml:"mean"`
		Std           []float64     `yaml:"std"`
		Exif          bool          `yaml:"exif"`
	}
	root, err := strict.YAML(string(data))
	if err != nil {
		return Transform{}, err
	}
	for _, n := range ast.Filter(ast.IntegerType, root) {
		if err := strict.NotOctal(n); err != nil {
			return Transform{}, strict.LineError{Line: n.GetToken().Position.Line, Err: err}
		}
	}
	if err := yaml.NodeToValue(root, &y, yaml.Strict()); err != nil {
		return Transform{}, err
	}
	t := Transform{Exif: y.Exif, Width: y.Resize.width, Height: y.Resize.height, Interpolation: y.Interpolation,
		CropWidth: y.Crop.width, CropHeight: y.Crop.height}
	switch {
	case y.Resize.pair:
		t.Fit = Exact
	case y.Resize.width != 0:
		t.Fit = Shorter
	}
	return t, t.normalize(y.Mean, y.Std)
}

// yamlSize is one number, or height and width.
type yamlSize struct {
	height, width int
	pair          bool
}

// UnmarshalYAML reads a number, or a list of two.
func (s *yamlSize) UnmarshalYAML(data []byte) error {
	if err := yaml.Unmarshal(data, &s.width); err == nil {
		s.height = s.width
		return nil
	}
	var pair []int
	if err := yaml.Unmarshal(data, &pair); err != nil || len(pair) != 2 {
		return fmt.Errorf("%q must be a number or [height, width]", bytes.TrimSpace(data))
	}
	s.height, s.width, s.pair = pair[0], pair[1], true
	return nil
}

// normalize sets mean and std, which need three values each.
func (t *Transform) normalize(mean, std []float64) error {
	if len(mean) != 3 || len(std) != 3 {
		return errors.New("mean and std need three values each: red, green and blue")
	}
	t.Mean, t.Std = [3]float64(mean), [3]float64(std)
	return nil
}

// parseTimm reads a pretrained_cfg as timm's create_transform(**resolve_data_config(...)) does: for the size of
// training, not test_input_size.
func parseTimm(data []byte) (Transform, error) {
	c := struct {
		InputSize     []int         `json:"input_size"`
		CropPct       float64       `json:"crop_pct"`
		CropMode      string        `json:"crop_mode"`
		Interpolation Interpolation `json:"interpolation"`
		Mean          []float64     `json:"mean"`
		Std           []float64     `json:"std"`
	}{[]int{3, 224, 224}, 0.875, "center", Bicubic, nil, nil}
	if err := json.Unmarshal(data, &c); err != nil {
		return Transform{}, err
	}
	if c.Mean == nil {
		c.Mean = imageNetMean[:]
	}
	if c.Std == nil {
		c.Std = imageNetStd[:]
	}
	if len(c.InputSize) != 3 || c.InputSize[0] != 3 {
		return Transform{}, fmt.Errorf("input_size %v: must be [3, height, width]", c.InputSize)
	}
	if !(c.CropPct > 0) {
		return Transform{}, fmt.Errorf("crop_pct %v: must be positive", c.CropPct)
	}
	scaled := func(side int) int { return int(min(math.Floor(float64(side)/c.CropPct), maxSide+1)) }
	height, width := c.InputSize[1], c.InputSize[2]
	t := Transform{Width: scaled(width), Height: scaled(height), Interpolation: c.Interpolation,
		CropWidth: width, CropHeight: height}
	if err := t.normalize(c.Mean, c.Std); err != nil {
		return Transform{}, err
	}
	switch c.CropMode {
	case "squash":
		t.Fit = Exact
	case "border":
		t.Fit = Contain
		for i, m := range t.Mean {
			t.Fill[i] = uint8(math.RoundToEven(min(max(255*m, 0), 255)))
		}
	case "center":
		t.Fit = Shorter
		if t.Width != t.Height {
			t.Fit, t.Interpolation = Cover, Bilinear // timm does not pass the interpolation on here
		}
	default:
		return Transform{}, fmt.Errorf("crop_mode %q is unknown: center, squash and border are known", c.CropMode)
	}
	return t, nil
}
