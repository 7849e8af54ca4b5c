package ui

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"
)

// The size of a plot and of the room for its axes.
const (
	width, height = 340, 260
	left, bottom  = 56, 40
	top, right    = 26, 12
)

// svg writes one drawing. Colours are those of the text around it.
type svg struct{ strings.Builder }

func (s *svg) begin(w, h int, title string) {
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="group" aria-label="%s" fill="none" stroke="currentColor" font-family="sans-serif" font-size="11">`,
		w, h, w, h, html.EscapeString(title))
}

func (s *svg) text(x, y float64, anchor, text string) {
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="currentColor" stroke="none">%s</text>`, x, y, anchor, html.EscapeString(text))
}

func (s *svg) line(x1, y1, x2, y2 float64, attributes string) {
	fmt.Fprintf(s, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`, x1, y1, x2, y2, attributes)
}

// turned writes text upwards, centred at a place.
func (s *svg) turned(x, y, degrees float64, anchor, text string) {
	fmt.Fprintf(s, `<g transform="translate(%.1f %.1f) rotate(%.0f)">`, x, y, degrees)
	s.text(0, 0, anchor, text)
	s.WriteString("</g>")
}

// mark begins what tells its title when pointed at and can be moved to by key; "</g>"
// ends it.
func (s *svg) mark(title string) {
	fmt.Fprintf(s, `<g class="mark" tabindex="0" role="img" aria-label="%s"><title>%[1]s</title>`, html.EscapeString(title))
}

// dot draws a point, whose name is seen when it is pointed at or moved to.
func (s *svg) dot(x, y float64, name, title string) {
	s.mark(title)
	fmt.Fprintf(s, `<circle cx="%.1f" cy="%.1f" r="4" fill="#3b7dd8" stroke="none"/><g class="name" visibility="hidden">`, x, y)
	if x < (left+width-right)/2 {
		s.text(x+8, y-6, "start", name)
	} else {
		s.text(x-8, y-6, "end", name)
	}
	s.WriteString("</g></g>")
}

func (s *svg) end() string {
	s.WriteString("</svg>")
	return s.String()
}

// scatter draws accuracy over score, with the Theil–Sen line (Sen 1968): its
// slope, the median of those of all pairs, depends on outliers as little as
// Kendall's τ does.
func scatter(title string, points []point) string {
	var s svg
	s.begin(width, height, title+": accuracy over score")
	caption := title
	if of := agreement(points); !math.IsNaN(of.Value) {
		caption += fmt.Sprintf(": τw = %.3f", of.Value)
	}
	s.text(left, 16, "start", caption)
	if len(points) == 0 {
		s.text(width/2, height/2, "middle", "no model has both a score and an accuracy")
		return s.end()
	}
	xs, ys := make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		xs[i], ys[i] = p.score, p.accuracy
	}
	x := scale(xs, left, width-right)
	y := scale(ys, height-bottom, top)
	s.line(left, height-bottom, width-right, height-bottom, `opacity="0.5"`)
	s.line(left, height-bottom, left, top, `opacity="0.5"`)
	for _, m := range marks(xs) {
		s.line(x(m.Value), height-bottom, x(m.Value), height-bottom+4, `opacity="0.5"`)
		s.text(x(m.Value), height-bottom+15, "middle", m.Label)
	}
	for _, m := range marks(ys) {
		s.line(left-4, y(m.Value), left, y(m.Value), `opacity="0.5"`)
		s.text(left-7, y(m.Value)+4, "end", m.Label)
	}
	s.text((left+width-right)/2, height-6, "middle", "score")
	s.turned(12, (top+height-bottom)/2, -90, "middle", "accuracy, %")
	if slope, at, ok := theilSen(xs, ys); ok {
		lo, hi := slices.Min(xs), slices.Max(xs)
		s.line(x(lo), y(at+slope*lo), x(hi), y(at+slope*hi), `stroke-dasharray="4 3" opacity="0.7"`)
	}
	for _, p := range points {
		s.dot(x(p.score), y(p.accuracy), p.model, fmt.Sprintf("%s: score %.6g, accuracy %.4g", p.model, p.score, p.accuracy))
	}
	return s.end()
}

// scale maps the range of values to that from a to b, within a margin.
func scale(values []float64, a, b float64) func(float64) float64 {
	lo, hi := slices.Min(values), slices.Max(values)
	if lo == hi {
		return func(float64) float64 { return (a + b) / 2 }
	}
	const margin = 0.06
	return func(v float64) float64 { return a + (b-a)*(margin+(1-2*margin)*(v-lo)/(hi-lo)) }
}

// marks returns the ticks of an axis on which values are.
func marks(values []float64) []plot.Tick {
	lo, hi := slices.Min(values), slices.Max(values)
	if lo == hi {
		return []plot.Tick{{Value: lo, Label: fmt.Sprintf("%.4g", lo)}}
	}
	return slices.DeleteFunc(plot.DefaultTicks{}.Ticks(lo, hi), plot.Tick.IsMinor)
}

// theilSen returns slope and intercept; ok is false without two different x.
func theilSen(x, y []float64) (slope, intercept float64, ok bool) {
	var slopes []float64
	for i := range x {
		for j := range i {
			if x[i] != x[j] {
				slopes = append(slopes, (y[i]-y[j])/(x[i]-x[j]))
			}
		}
	}
	if len(slopes) == 0 {
		return 0, 0, false
	}
	slope = median(slopes)
	offsets := make([]float64, len(x))
	for i := range x {
		offsets[i] = y[i] - slope*x[i]
	}
	return slope, median(offsets), true
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// parallel draws, for one dataset, the rank that each line gives each model, the
// best at the top, and the rank by accuracy at the right.
func parallel(dataset string, lines []*line) string {
	type axis struct {
		label string
		ranks map[string]float64
	}
	var axes []axis
	accuracy := make(map[string]float64)
	for _, l := range lines {
		values := make(map[string]float64)
		for _, p := range l.points[dataset] {
			values[p.model] = p.score
			accuracy[p.model] = p.accuracy
		}
		if len(values) > 0 {
			axes = append(axes, axis{l.Label, ranks(values)})
		}
	}
	axes = append(axes, axis{"accuracy", ranks(accuracy)})
	models := make([]string, 0, len(accuracy))
	for m := range accuracy {
		models = append(models, m)
	}
	slices.Sort(models)

	const step, row = 64, 20 // between axes and between ranks
	longest := 0
	for _, m := range models {
		longest = max(longest, utf8.RuneCountInString(m))
	}
	names := float64(20 + 6*longest) // room for the models
	highest := 0
	for i := range axes {
		axes[i].label = shorten(axes[i].label, 40)
		highest = max(highest, utf8.RuneCountInString(axes[i].label))
	}
	head := float64(30 + 4*highest) // room for labels, which go up and to the right
	w := int(2*names+head) + step*(len(axes)-1)
	h := int(head) + row*(len(models)+1)
	x := func(i int) float64 { return names + step*float64(i) }
	y := func(rank float64) float64 { return head + row*(rank-0.5) }

	var s svg
	s.begin(w, h, dataset+": ranks of the models by each variant")
	for i, a := range axes {
		s.line(x(i), head, x(i), y(float64(len(models))+0.5), `opacity="0.3"`)
		s.turned(x(i), head-8, -40, "start", a.label)
	}
	for _, m := range models {
		var path strings.Builder
		first, last := -1, 0
		for i, a := range axes {
			if r, ok := a.ranks[m]; ok {
				fmt.Fprintf(&path, "%.1f,%.1f ", x(i), y(r))
				if last = i; first < 0 {
					first = i
				}
			}
		}
		s.mark(fmt.Sprintf("%s: accuracy %.4g", m, accuracy[m]))
		fmt.Fprintf(&s, `<polyline points="%s" stroke="%s" stroke-width="2" stroke-linejoin="round"/>`, path.String(), shade(accuracy[m], accuracy))
		s.text(x(first)-8, y(axes[first].ranks[m])+4, "end", m)
		s.text(x(last)+8, y(axes[last].ranks[m])+4, "start", m)
		s.WriteString("</g>")
	}
	return s.end()
}

// ranks returns the rank of each name by falling value, from 1, the mean one for
// ties.
func ranks(values map[string]float64) map[string]float64 {
	out := make(map[string]float64, len(values))
	for a, va := range values {
		r := 1.0
		for b, vb := range values {
			switch cmp.Compare(vb, va) {
			case 1:
				r++
			case 0:
				if a != b {
					r += 0.5
				}
			}
		}
		out[a] = r
	}
	return out
}

// shades go from the least value to the greatest. They are told apart without seeing
// red or green, on light and on dark.
var shades = [3][3]float64{{213, 94, 0}, {140, 140, 140}, {43, 138, 214}}

// shade returns the colour of a value, one of several.
func shade(v float64, of map[string]float64) string {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range of {
		lo, hi = min(lo, x), max(hi, x)
	}
	at := 2.0
	if lo < hi {
		at = 2 * (v - lo) / (hi - lo)
	}
	i := min(int(at), 1)
	var rgb [3]int
	for j := range rgb {
		rgb[j] = int(math.Round(shades[i][j] + (at-float64(i))*(shades[i+1][j]-shades[i][j])))
	}
	return fmt.Sprintf("rgb(%d,%d,%d)", rgb[0], rgb[1], rgb[2])
}

func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}
