// Package transform turns decoded images into the input of a network, as torchvision's, timm's and Hugging Face's
// evaluation transforms do: resize, crop from the centre, scale to float32 and normalize.
//
// Pixels after resizing are equal to Pillow's and the floats to PyTorch's (or NumPy's, for Hugging Face), bit for
// bit. Where Hugging Face's "fast" processors resize tensors instead of Pillow images, results follow the ordinary
// processor.
package transform

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"sfdalab/extract/imageio"
)

// Transform is a preprocessing as data. Steps come in the order of the fields.
type Transform struct {
	// Exif turns the image upright as its EXIF data say. torchvision does not.
	Exif bool

	// Fit, Width and Height say what to resize to; no Fit, no resizing.
	Fit           Fit
	Width, Height int
	Interpolation Interpolation

	// CropWidth and CropHeight are the size of the part that is cut from the centre; 0 for the whole. An image
	// that is smaller gets a border of the colour Fill.
	CropWidth, CropHeight int
	// CropDown rounds half a pixel in the crop's place down, and in the border's up, as Hugging Face does.
	// torchvision rounds the first to even and the second down.
	CropDown bool
	Fill     [3]uint8

	// Scale multiplies a sample in float64, as Hugging Face does. 0 divides it by 255 in float32, as torchvision
	// does; 1 keeps 0 to 255.
	Scale float64
	// Mean is subtracted from red, green and blue in float32, and then Std divides them.
	Mean, Std [3]float64
}

// ImageNet's mean and standard deviation, which nearly all networks of torchvision and timm use.
var (
	imageNetMean = [3]float64{0.485, 0.456, 0.406}
	imageNetStd  = [3]float64{0.229, 0.224, 0.225}
)

// Names lists the transforms of Named.
var Names = []string{"sfda", "torchvision", "logme"}

// Named gives a published transform:
//
//   - sfda: Resize(224, bicubic) and CenterCrop(224), as in SFDA's code (Shao et al., 2022);
//   - torchvision: Resize(256, bilinear) and CenterCrop(224), as torchvision's V1 weights were tested;
//   - logme: Resize((224, 224), bilinear), as in LogME's code (You et al., 2021; there 299 for inception_v3).
func Named(name string) (Transform, error) {
	t := Transform{Fit: Shorter, Width: 224, Height: 224, CropWidth: 224, CropHeight: 224,
		Interpolation: Bilinear, Mean: imageNetMean, Std: imageNetStd}
	switch name {
	case "sfda":
		t.Interpolation = Bicubic
	case "torchvision":
		t.Width, t.Height = 256, 256
	case "logme":
		t.Fit, t.CropWidth, t.CropHeight = Exact, 0, 0
	default:
		return Transform{}, fmt.Errorf("unknown transform %q: want a file, or one of %s", name, strings.Join(Names, ", "))
	}
	return t, nil
}

// maxSide bounds the sizes of a transform, so that a slip in a file does not take all memory.
const maxSide = 8192

// Check tells what is wrong with a transform.
func (t Transform) Check() error {
	switch t.Fit {
	case Shorter, Exact, Cover, Contain:
		if t.Width < 1 || t.Height < 1 || t.Width > maxSide || t.Height > maxSide {
			return fmt.Errorf("resize to %d×%d: must be 1 to %d", t.Height, t.Width, maxSide)
		}
		if t.Fit == Shorter && t.Width != t.Height {
			return fmt.Errorf("one number is needed to resize the shorter side, not %d×%d", t.Height, t.Width)
		}
		if filter, _ := t.Interpolation.filter(); filter == nil {
			return fmt.Errorf("interpolation %q is not supported: use box, bilinear, bicubic or lanczos", t.Interpolation)
		}
	case "":
	default:
		return fmt.Errorf("fit %q is unknown", t.Fit)
	}
	if t.CropWidth < 0 || t.CropHeight < 0 || t.CropWidth > maxSide || t.CropHeight > maxSide {
		return fmt.Errorf("crop to %d×%d: must be 1 to %d", t.CropHeight, t.CropWidth, maxSide)
	}
	if t.CropWidth == 0 || t.CropHeight == 0 {
		if t.CropWidth != t.CropHeight {
			return errors.New("a crop needs both width and height")
		}
		if t.Fit != Exact {
			return errors.New("images would have different sizes: a crop is needed")
		}
	}
	for _, std := range t.Std {
		if !(std > 0) {
			return errors.New("std must be positive")
		}
	}
	return nil
}

// Size is the height and width of the network's input.
func (t Transform) Size() (height, width int) {
	if t.CropWidth > 0 {
		return t.CropHeight, t.CropWidth
	}
	return t.Height, t.Width
}

// String describes all of the transform on one line. Equal transforms, and no others, have equal descriptions.
func (t Transform) String() string {
	var parts []string
	add := func(format string, a ...any) { parts = append(parts, fmt.Sprintf(format, a...)) }
	if t.Exif {
		add("turn upright by EXIF")
	}
	switch t.Fit {
	case Shorter:
		add("resize the shorter side to %d (%s)", t.Width, t.Interpolation)
	case Exact:
		add("resize to %d×%d (%s)", t.Height, t.Width, t.Interpolation)
	case Cover, Contain:
		add("resize to %s %d×%d (%s)", t.Fit, t.Height, t.Width, t.Interpolation)
	}
	if t.CropWidth > 0 {
		add("crop %d×%d", t.CropHeight, t.CropWidth)
		if t.CropDown {
			parts[len(parts)-1] += " rounding down"
		}
		if t.Fill != [3]uint8{} {
			parts[len(parts)-1] += fmt.Sprintf(" filling with %v", t.Fill)
		}
	}
	switch t.Scale {
	case 0:
		add("divide by 255")
	case 1:
	default:
		add("multiply by %v", t.Scale)
	}
	add("mean %v", t.Mean)
	add("std %v", t.Std)
	return strings.Join(parts, ", ")
}

// scratches keeps memory of images that are done, for others.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// grow gives a slice of length n with any contents.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Apply writes the transformed image to dst: three planes, red, green and blue, of height·width floats each (see
// Size). The transform must be sound (see Check). It is safe for concurrent use.
func (t Transform) Apply(img *imageio.RGB, dst []float32) error {
	height, width := t.Size()
	plane := height * width
	if len(dst) != 3*plane {
		return fmt.Errorf("%d floats for an input of 3×%d×%d", len(dst), height, width)
	}
	w, h := t.resized(img.Width, img.Height)
	win := window{width: w, height: h}
	left, top := 0, 0
	if t.CropWidth > 0 {
		win.x, win.width, left = t.cropped(w, width)
		win.y, win.height, top = t.cropped(h, height)
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	pix := resample(img, w, h, t.Interpolation, win, s)

	values := t.values()
	if win.width < width || win.height < height {
		for c := range 3 {
			for i := range plane {
				dst[c*plane+i] = values[c][t.Fill[c]]
			}
		}
	}
	reds, greens, blues := &values[0], &values[1], &values[2]
	for y := range win.height {
		at := (top+y)*width + left
		r, g, b := dst[at:][:win.width], dst[plane+at:][:win.width], dst[2*plane+at:][:win.width]
		row := pix.row(y)[:3*win.width]
		for x := range win.width {
			p := row[3*x : 3*x+3 : 3*x+3]
			r[x], g[x], b[x] = reds[p[0]], greens[p[1]], blues[p[2]]
		}
	}
	return nil
}

// values gives the float of every sample.
func (t Transform) values() (values [3][256]float32) {
	for c := range 3 {
		mean, std := float32(t.Mean[c]), float32(t.Std[c])
		for v := range 256 {
			x := float32(v) / 255
			if t.Scale != 0 {
				x = float32(float64(v) * t.Scale)
			}
			values[c][v] = float32(x-mean) / std
		}
	}
	return values
}
