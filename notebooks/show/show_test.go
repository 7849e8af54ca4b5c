package show

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"sfdalab/results/figures"
)

func TestSliderHoldsAllSteps(t *testing.T) {
	bars := figures.Bars("heading", "axis", []figures.Bar{{Label: "a", Value: 1}})
	page := slider("shrinkage", []Step{{"λ = 0.1", bars}, {"λ < 0.5", bars}})
	for _, want := range []string{`max="1"`, "λ = 0.1", "λ &lt; 0.5", "shrinkage"} {
		if !strings.Contains(page, want) {
			t.Errorf("the slider lacks %q", want)
		}
	}
	if n := strings.Count(page, "data:image/png;base64,"); n != 2 {
		t.Errorf("%d pictures, want 2", n)
	}
	// Without scripts nothing may be hidden but the slider itself.
	if n := strings.Count(strings.TrimSuffix(page, sliderScript+"</div>"), "hidden"); n != 1 {
		t.Errorf("%d elements are hidden without scripts, want the slider alone", n)
	}
}

// A picture has few colours and half the size, and each pixel nearly its colour.
func TestPicture(t *testing.T) {
	bars := figures.Bars("heading", "axis", []figures.Bar{{Label: "a", Value: 1}, {Label: "b", Value: 2}})
	var images []image.Image
	for _, data := range [][]byte{drawn(bars, "png"), picture(bars)} {
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, img)
	}
	whole, few := images[0], images[1]
	if w, h := whole.Bounds().Dx()/2, whole.Bounds().Dy()/2; few.Bounds() != image.Rect(0, 0, w, h) {
		t.Fatalf("%v, want %d×%d", few.Bounds(), w, h)
	}
	if p, ok := few.ColorModel().(color.Palette); !ok || len(p) > 256 {
		t.Errorf("%T of %d colours, want at most 256", few.ColorModel(), len(p))
	}
	red := func(img image.Image, x, y int) int {
		r, _, _, _ := img.At(x, y).RGBA()
		return int(r >> 8)
	}
	far := 0 // pixels that are not about the mean of the four that they stand for
	for y := range few.Bounds().Dy() {
		for x := range few.Bounds().Dx() {
			mean := (red(whole, 2*x, 2*y) + red(whole, 2*x+1, 2*y) + red(whole, 2*x, 2*y+1) + red(whole, 2*x+1, 2*y+1)) / 4
			if d := red(few, x, y) - mean; d < -40 || d > 40 {
				far++
			}
		}
	}
	if all := few.Bounds().Dx() * few.Bounds().Dy(); far > all/40 {
		t.Errorf("%d of %d pixels have another colour", far, all)
	}
	if a, b := len(drawn(bars, "png")), len(picture(bars)); 2*b > a {
		t.Errorf("%d bytes, and %d with all colours", b, a)
	}
}
