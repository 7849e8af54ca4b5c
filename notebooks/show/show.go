// Package show displays tables, figures and progress in a GoNB notebook, so that cells
// stay short. Outside a notebook it displays nothing.
package show

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"log"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot/vg"

	"sfdalab/results"
	"sfdalab/results/figures"
)

// Must returns v, or ends the cell with the error.
func Must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// Table displays a table under its caption.
func Table(t results.Table) {
	var b bytes.Buffer
	if err := t.Write(&b, results.HTML); err != nil {
		log.Fatal(err)
	}
	HTML(b.String())
}

// HTML displays a piece of HTML.
func HTML(text string) {
	display(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: text}})
}

// display sends what is to be displayed, and waits until GoNB has it: what is still under way
// at the end of a cell is lost.
func display(data *protocol.DisplayData) {
	gonbui.SendData(data)
	gonbui.Sync()
}

// Figure displays a figure, as PNG: all converters keep that, while nbconvert 6.5 leaves
// nothing of an SVG on a page and would take it before a PNG.
func Figure(f figures.Figure) { display(message(f)) }

// message is what displays a figure.
func message(f figures.Figure) *protocol.DisplayData {
	return &protocol.DisplayData{
		Data:     map[protocol.MIMEType]any{protocol.MIMEImagePNG: picture(f)},
		Metadata: map[string]any{string(protocol.MIMEImagePNG): map[string]int{"width": shownWidth(f)}}, // a type that GoNB can send
	}
}

// shownWidth is how many pixels wide a figure is shown, half of those that it has.
func shownWidth(f figures.Figure) int { return int(math.Round(float64(96 * f.Width / vg.Inch))) }

// A Step is one figure of a Slider, and what is said of it.
type Step struct {
	Label  string
	Figure figures.Figure
}

// Slider displays a slider that moves through figures. The figures are in the page, so
// it works in a saved notebook too. Where a page may not run scripts, all figures are
// shown, one below the other.
func Slider(name string, steps []Step) {
	HTML(slider(name, steps))
}

// The slider appears, and all figures but one vanish, only where the script runs.
const sliderScript = `<script>
(function (box) {
  const range = box.querySelector("input"), steps = box.querySelectorAll("figure");
  const move = () => steps.forEach((step, i) => step.hidden = i != range.value);
  range.parentNode.hidden = false;
  range.oninput = move;
  move();
})(document.currentScript.parentNode);
</script>`

func slider(name string, steps []Step) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<div><label hidden>%s <input type=\"range\" min=\"0\" max=\"%d\" value=\"0\"></label>\n", html.EscapeString(name), len(steps)-1)
	for _, s := range steps {
		label := html.EscapeString(s.Label)
		picture := base64.StdEncoding.EncodeToString(picture(s.Figure))
		fmt.Fprintf(&b, "<figure><figcaption>%s</figcaption><img alt=\"%s\" width=\"%d\" src=\"data:image/png;base64,%s\"></figure>\n", label, label, shownWidth(s.Figure), picture)
	}
	b.WriteString(sliderScript + "</div>")
	return b.String()
}

// drawn returns a figure as PNG.
func drawn(f figures.Figure) []byte {
	var b bytes.Buffer
	if err := f.Write(&b, "png"); err != nil {
		log.Fatal(err)
	}
	return b.Bytes()
}

// picture returns a figure as a PNG of few colours, as notebooks are kept with their pictures.
func picture(f figures.Figure) []byte { return compact(drawn(f)) }

// mostColours is how many colours a picture has at most, of which the most frequent are exact:
// those of lines, cells and most of the letters.
const mostColours, exactColours = 192, 128

// compact writes a PNG with few colours, each pixel nearly in its own.
func compact(picture []byte) []byte {
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		log.Fatal(err)
	}
	area := img.Bounds()
	count := make(map[color.RGBA]int)
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	palette := fewColours(count)
	index := make(map[color.RGBA]uint8)
	for c := range count {
		index[c] = uint8(palette.Index(c)) // the nearest
	}
	few := image.NewPaletted(area, palette)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			few.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, few); err != nil {
		log.Fatal(err)
	}
	return b.Bytes()
}

// fewColours returns the most frequent of some colours, and of the others those that are not
// near to one before. How near is as little as it can be.
func fewColours(count map[color.RGBA]int) color.Palette {
	order := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	for near := 4; ; near += 2 {
		var palette color.Palette
		for i, c := range order {
			if i < exactColours || !slices.ContainsFunc(palette, func(p color.Color) bool { return difference(c, p.(color.RGBA)) < near }) {
				palette = append(palette, c)
			}
		}
		if len(palette) <= mostColours {
			return palette
		}
	}
}

// difference is how far colours lie apart, from 0 to 255, in what they differ most in.
func difference(a, b color.RGBA) int {
	apart := func(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }
	return max(apart(a.R, b.R), apart(a.G, b.G), apart(a.B, b.B))
}

// Progress returns a function that displays how much of a job is done, for the
// Progress of a run's options.
func Progress() func(done, total int) {
	id := gonbui.UniqueId()
	return func(done, total int) {
		gonbui.UpdateHtml(id, fmt.Sprintf(`<progress value="%d" max="%d"></progress> %d of %d`, done, total, done, total))
		if done == total {
			gonbui.Sync()
		}
	}
}
