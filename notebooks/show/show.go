// Package show displays tables, figures and progress in a GoNB notebook, so that cells
// stay short. Outside a notebook it displays nothing.
package show

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"log"
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
	gonbui.DisplayHtml(b.String())
}

// Figure displays a figure.
func Figure(f figures.Figure) {
	gonbui.SendData(&protocol.DisplayData{
		Data: map[protocol.MIMEType]any{protocol.MIMEImageSVG: string(drawn(f, "svg"))},
	})
}

// A Step is one figure of a Slider, and what is said of it.
type Step struct {
	Label  string
	Figure figures.Figure
}

// Slider displays a slider that moves through figures. The figures are in the page, so
// it works in a saved notebook too. Where a page may not run scripts, all figures are
// shown, one below the other.
func Slider(name string, steps []Step) {
	gonbui.DisplayHtml(slider(name, steps))
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
		picture := base64.StdEncoding.EncodeToString(drawn(s.Figure, "png"))
		fmt.Fprintf(&b, "<figure><figcaption>%s</figcaption><img alt=\"%s\" width=\"%.0f\" src=\"data:image/png;base64,%s\"></figure>\n", label, label, 96*s.Figure.Width/vg.Inch, picture)
	}
	b.WriteString(sliderScript + "</div>")
	return b.String()
}

// drawn returns a figure in a format.
func drawn(f figures.Figure, format string) []byte {
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		log.Fatal(err)
	}
	return b.Bytes()
}

// Progress returns a function that displays how much of a job is done, for the
// Progress of a run's options.
func Progress() func(done, total int) {
	id := gonbui.UniqueId()
	return func(done, total int) {
		gonbui.UpdateHtml(id, fmt.Sprintf(`<progress value="%d" max="%d"></progress> %d of %d`, done, total, done, total))
	}
}
