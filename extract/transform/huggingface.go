package transform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// processor is a preprocessor_config.json. Pointers tell what is left out.
type processor struct {
	Type          string          `json:"image_processor_type"`
	ExtractorType string          `json:"feature_extractor_type"` // its name until 2022
	DoResize      *bool           `json:"do_resize"`
	Size          json.RawMessage `json:"size"`
	Resample      *int            `json:"resample"`
	CropPct       *float64        `json:"crop_pct"`
	DoCenterCrop  *bool           `json:"do_center_crop"`
	CropSize      json.RawMessage `json:"crop_size"`
	DoRescale     *bool           `json:"do_rescale"`
	RescaleFactor *float64        `json:"rescale_factor"`
	DoNormalize   *bool           `json:"do_normalize"`
	Mean          []float64       `json:"image_mean"`
	Std           []float64       `json:"image_std"`
}

// without lists keys that do not change pixels here: images are RGB, planes come first.
var without = []string{"do_convert_rgb", "data_format", "input_data_format", "return_tensors", "device",
	"processor_class", "_valid_processor_keys", "auto_map", "num_channels", "disable_grouping"}

// resamples are the numbers of Pillow's filters.
var resamples = map[int]Interpolation{1: Lanczos, 2: Bilinear, 3: Bicubic, 4: Box}

// parseHuggingFace reads what a Hugging Face image processor for classification does.
func parseHuggingFace(data []byte, keys map[string]json.RawMessage) (Transform, error) {
	var p processor
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&p); err != nil {
		return Transform{}, err
	}
	if err := unknownKeys(keys); err != nil {
		return Transform{}, err
	}
	if p.Type == "" {
		p.Type = p.ExtractorType
	}
	t := Transform{CropDown: true, Scale: 1.0 / 255, Std: [3]float64{1, 1, 1}}
	if isTrue(p.DoResize, true) {
		if err := p.resize(&t); err != nil {
			return Transform{}, err
		}
	}
	if t.CropWidth == 0 && isTrue(p.DoCenterCrop, p.CropSize != nil) {
		height, width, _, err := p.size(p.CropSize, true)
		if err != nil {
			return Transform{}, fmt.Errorf("crop_size: %w", err)
		}
		t.CropHeight, t.CropWidth = height, width
	}
	if !isTrue(p.DoRescale, true) {
		t.Scale = 1
	} else if p.RescaleFactor != nil {
		t.Scale = *p.RescaleFactor
	}
	if isTrue(p.DoNormalize, true) {
		return t, t.normalize(p.Mean, p.Std)
	}
	return t, nil
}

// resize sets what a processor's size means.
func (p *processor) resize(t *Transform) error {
	if p.Resample == nil {
		return errors.New("resample is missing: add 2 for bilinear or 3 for bicubic")
	}
	if t.Interpolation = resamples[*p.Resample]; t.Interpolation == "" {
		return fmt.Errorf("resample %d is not supported: 1 (lanczos), 2 (bilinear), 3 (bicubic) and 4 (box) are", *p.Resample)
	}
	height, width, shorter, err := p.size(p.Size, false)
	if err != nil {
		return fmt.Errorf("size: %w", err)
	}
	t.Fit, t.Height, t.Width = Exact, height, width
	if shorter {
		t.Fit = Shorter
	}
	if strings.HasPrefix(p.Type, "ConvNext") && shorter {
		const limit = 384 // from here on all of the image is used
		if t.CropHeight, t.CropWidth = height, width; width >= limit {
			t.Fit = Exact
			return nil
		}
		fraction := 224.0 / 256
		if p.CropPct != nil {
			fraction = *p.CropPct
		}
		if !(fraction > 0 && fraction <= 1) {
			return fmt.Errorf("crop_pct %v: must be above 0 and at most 1", fraction)
		}
		t.Width = int(min(float64(width)/fraction, maxSide+1))
		t.Height = t.Width
	} else if p.CropPct != nil {
		return fmt.Errorf("crop_pct is only known with ConvNext's processor, not with %q", p.Type)
	}
	return nil
}

// size reads a number, {"shortest_edge": n} or {"height": h, "width": w}.
func (p *processor) size(data json.RawMessage, square bool) (height, width int, shorter bool, err error) {
	var s struct {
		Height   int `json:"height"`
		Width    int `json:"width"`
		Shortest int `json:"shortest_edge"`
	}
	if json.Unmarshal(data, &s.Shortest) == nil {
		shorter, err = p.numberIsShorter(s.Shortest, square)
		return s.Shortest, s.Shortest, shorter, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return 0, 0, false, errors.New(`must be a number, {"shortest_edge": n} or {"height": h, "width": w}`)
	}
	if s.Shortest > 0 && s.Height == 0 && s.Width == 0 {
		return s.Shortest, s.Shortest, true, nil
	}
	if s.Shortest > 0 || s.Height <= 0 || s.Width <= 0 {
		return 0, 0, false, errors.New("needs either shortest_edge, or height and width")
	}
	return s.Height, s.Width, false, nil
}

// numberIsShorter tells what a size of one number means: it depends on the processor.
func (p *processor) numberIsShorter(n int, square bool) (bool, error) {
	if square {
		return false, nil
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(p.Type, name) })
	}
	switch {
	case has("CLIP", "ConvNext", "Bit", "MobileNet", "MobileViT"):
		return true, nil
	case has("ViT", "DeiT", "Beit"):
		return false, nil
	}
	return false, fmt.Errorf(`%d can be the shorter side or both: write {"shortest_edge": %[1]d} or {"height": %[1]d, "width": %[1]d}`, n)
}

// unknownKeys refuses what would change pixels in a way not known here. A key that is null or false asks for nothing.
func unknownKeys(keys map[string]json.RawMessage) error {
	known := []string{"image_processor_type", "feature_extractor_type", "do_resize", "size", "resample", "crop_pct",
		"do_center_crop", "crop_size", "do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std"}
	var unknown []string
	for key, value := range keys {
		if v := string(value); v != "null" && v != "false" && !slices.Contains(known, key) && !slices.Contains(without, key) {
			unknown = append(unknown, key)
		}
	}
	if unknown == nil {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("not supported: %s", strings.Join(unknown, ", "))
}

// isTrue reads a truth value, which may be missing.
func isTrue(b *bool, missing bool) bool {
	if b == nil {
		return missing
	}
	return *b
}
