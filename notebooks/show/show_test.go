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

// A picture has few colours and the same size, and each pixel nearly its colour.
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
	if few.Bounds() != whole.Bounds() {
		t.Fatalf("%v, want %v", few.Bounds(), whole.Bounds())
	}
	if p, ok := few.ColorModel().(color.Palette); !ok || len(p) > 256 {
		t.Errorf("%T of %d colours, want at most 256", few.ColorModel(), len(p))
	}
	for y := range few.Bounds().Dy() {
		for x := range few.Bounds().Dx() {
			a, _, _, _ := whole.At(x, y).RGBA()
			b, _, _, _ := few.At(x, y).RGBA()
			if d := int(a>>8) - int(b>>8); d < -16 || d > 16 {
				t.Fatalf("at %d, %d red is %d, want %d", x, y, b>>8, a>>8)
			}
		}
	}
	if a, b := len(drawn(bars, "png")), len(picture(bars)); 2*b > a {
		t.Errorf("%d bytes, and %d with all colours", b, a)
	}
}
