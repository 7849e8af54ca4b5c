package transform

import "math"

// Fit tells how an image's own size and the size asked for give the size to resize to.
type Fit string

// The fits.
const (
	// Shorter makes the shorter side Width (= Height) pixels and the longer int(Width·longer/shorter), as
	// torchvision's Resize with one number.
	Shorter Fit = "shorter"
	// Exact makes Width×Height pixels, whatever the image's shape.
	Exact Fit = "exact"
	// Cover keeps the shape and covers Width×Height, as timm's ResizeKeepRatio(longest=0).
	Cover Fit = "cover"
	// Contain keeps the shape within Width×Height, as timm's ResizeKeepRatio(longest=1).
	Contain Fit = "contain"
)

// resized gives the size to which an image of width×height pixels is resized.
func (t Transform) resized(width, height int) (int, int) {
	switch t.Fit {
	case Shorter:
		long := func(long, short int) int { return int(float64(t.Width*long) / float64(short)) }
		if width <= height {
			return t.Width, long(height, width)
		}
		return long(width, height), t.Width
	case Exact:
		return t.Width, t.Height
	case Cover, Contain:
		across, down := float64(width)/float64(t.Width), float64(height)/float64(t.Height)
		ratio := min(across, down)
		if t.Fit == Contain {
			ratio = max(across, down)
		}
		round := func(side int) int { return max(int(math.RoundToEven(float64(side)/ratio)), 1) }
		return round(width), round(height)
	}
	return width, height
}

// cropped gives the part of a side of length pixels that a crop to size keeps, from start on, and the padding
// before it.
func (t Transform) cropped(length, size int) (start, kept, padding int) {
	if length <= size {
		padding = (size - length) / 2
		if t.CropDown {
			padding = (size - length + 1) / 2
		}
		return 0, length, padding
	}
	start = (length - size) / 2
	if !t.CropDown {
		start = int(math.RoundToEven(float64(length-size) / 2))
	}
	return start, size, 0
}
