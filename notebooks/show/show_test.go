package show

import (
	"bytes"
	"encoding/gob"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"

	"sfdalab/results"
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

// GoNB sends by gob, which knows few types.
func TestFigureCanBeSent(t *testing.T) {
	if err := gob.NewEncoder(io.Discard).Encode(message(figures.Bars("heading", "axis", nil))); err != nil {
		t.Error(err)
	}
}

// A picture has few colours, and each pixel nearly its own: of a heat map, too, whose bar has
// rare ones.
func TestPicture(t *testing.T) {
	heat := figures.HeatMap("heading", results.Table{Columns: []string{"a", "b"}, Rows: []results.TableRow{{Label: "m", Cells: []results.Cell{{Value: 0.3}, {Value: 0.8}}}}})
	for _, f := range []figures.Figure{heat, figures.Bars("heading", "axis", []figures.Bar{{Label: "a", Value: 1}, {Label: "b", Value: 2}})} {
		var images []image.Image
		for _, data := range [][]byte{drawn(f), picture(f)} {
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
		if p, ok := few.ColorModel().(color.Palette); !ok || len(p) > mostColours {
			t.Errorf("%T of %d colours, want at most %d", few.ColorModel(), len(p), mostColours)
		}
		rgba := func(img image.Image, x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
		most := 0
		for y := range few.Bounds().Dy() {
			for x := range few.Bounds().Dx() {
				most = max(most, difference(rgba(few, x, y), rgba(whole, x, y)))
			}
		}
		if most > 24 {
			t.Errorf("a pixel has another colour, by %d", most)
		}
	}
}
