package web

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/floats"

	"sfdalab/results/figures"
)

// heat returns the class of a cell by its value, "" for none.
func heat(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	switch k := int(math.Round(5 * max(-1, min(v, 1)))); {
	case k < 0:
		return fmt.Sprintf("heat-n%d", -k)
	case k > 0:
		return fmt.Sprintf("heat-p%d", k)
	}
	return "heat-0"
}

// The frame of a chart, in its own units, which are pixels where it is shown as it is.
const (
	chartWidth, chartHeight          = 300, 220
	chartLeft, chartTop, chartBottom = 44, 26, 34
	chartRight                       = 10
)

// A scale puts values into a chart.
type scale struct{ lo, hi, from, to float64 }

// newScale returns a scale for all values that are numbers, with room around them.
func newScale(values []float64, from, to float64) scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	switch room := 0.06 * (hi - lo); {
	case lo > hi:
		lo, hi = 0, 1
	case lo == hi:
		lo, hi = lo-0.5, hi+0.5
	default:
		lo, hi = lo-room, hi+room
	}
	return scale{lo, hi, from, to}
}

func (s scale) at(v float64) float64 { return s.from + (v-s.lo)/(s.hi-s.lo)*(s.to-s.from) }

// ticks returns three to six round numbers.
func (s scale) ticks() []float64 {
	step := math.Pow(10, math.Floor(math.Log10((s.hi-s.lo)/2)))
	for _, f := range []float64{1, 2, 5} {
		if (s.hi-s.lo)/(f*step) <= 5 {
			step *= f
			break
		}
	}
	first, last := math.Ceil(s.lo/step), math.Floor(s.hi/step)
	ticks := floats.Span(make([]float64, max(2, int(last-first)+1)), first, last)
	floats.Scale(step, ticks)
	return ticks
}

// num writes a coordinate.
func num(v float64) string { return strconv.FormatFloat(math.Round(10*v)/10, 'f', -1, 64) }

// value writes a value for people.
func value(v float64) string { return strconv.FormatFloat(v+0, 'g', 4, 64) }

// cut returns a text of at most so many characters, the last of which tells that more
// follow.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// How many characters fit into a chart above it, along an axis, and beside a point.
const (
	mostHeading = 34
	mostAxis    = 44
	mostName    = 32
)

// axes draws the frame of a chart with its ticks and what its axes are.
func axes(b *strings.Builder, title, x, y string, xs, ys scale) {
	short := func(text string, most int) string { return escape(cut(text, most)) }
	fmt.Fprintf(b, `<text class="heading" x="%d" y="14">%s</text>`, chartLeft, short(title, mostHeading))
	for _, v := range ys.ticks() {
		fmt.Fprintf(b, `<path class="grid" d="M%d %sH%d"/><text class="tick" x="%d" y="%s" text-anchor="end">%s</text>`, chartLeft, num(ys.at(v)), chartWidth-chartRight, chartLeft-5, num(ys.at(v)+3.5), value(v))
	}
	for _, v := range xs.ticks() {
		fmt.Fprintf(b, `<path class="grid" d="M%s %dV%d"/><text class="tick" x="%s" y="%d" text-anchor="middle">%s</text>`, num(xs.at(v)), chartTop, chartHeight-chartBottom, num(xs.at(v)), chartHeight-chartBottom+13, value(v))
	}
	fmt.Fprintf(b, `<path class="axis" d="M%d %dV%dH%d"/>`, chartLeft, chartTop, chartHeight-chartBottom, chartWidth-chartRight)
	fmt.Fprintf(b, `<text class="tick" x="%d" y="%d" text-anchor="middle">%s</text>`, (chartLeft+chartWidth-chartRight)/2, chartHeight-5, short(x, mostAxis))
	fmt.Fprintf(b, `<text class="tick" x="10" y="%d" text-anchor="middle" transform="rotate(-90 10 %d)">%s</text>`, (chartTop+chartHeight-chartBottom)/2, (chartTop+chartHeight-chartBottom)/2, short(y, mostAxis/2))
}

// A box is where something is written in a chart.
type box struct{ x0, y0, x1, y1 float64 }

func (a box) covers(b box) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

// letterWidth is about how wide a letter of a name is, nameHeight how high a name.
const (
	letterWidth = 6.2
	nameHeight  = 11
)

// A place is where the name of a point may stand: at its left or right, so much lower.
type place struct {
	left bool
	down float64 // of the line that it is written on
}

// places are tried in this order.
var places = []place{{false, -4}, {true, -4}, {false, 4}, {true, 4}, {false, 13}, {true, 13}}

// box is what a name of a width takes beside a point.
func (p place) box(x, y, width float64) box {
	b := box{x + 6, y + p.down - nameHeight + 1, x + 7 + width, y + p.down + 2}
	if p.left {
		b.x0, b.x1 = x-7-width, x-6
	}
	return b
}

// point draws a point that tells its name and values when pointed at or focused. Its name
// stands beside it always where it covers nothing that is taken.
func point(b *strings.Builder, x, y float64, name, values string, taken *[]box) {
	short := escape(cut(name, mostName))
	width := letterWidth * float64(min(mostName, utf8.RuneCountInString(name)))
	inside := func(at box) bool {
		return at.x0 > chartLeft && at.x1 <= chartWidth && at.y0 > chartTop-nameHeight && at.y1 < chartHeight-chartBottom
	}
	class, where := "point", places[0]
	if !inside(where.box(x, y, width)) {
		where = places[1]
	}
	for _, p := range places {
		if at := p.box(x, y, width); inside(at) && !slices.ContainsFunc(*taken, at.covers) {
			class, where, *taken = "point named", p, append(*taken, at)
			break
		}
	}
	anchor, aside := "start", 7.0
	if where.left {
		anchor, aside = "end", -7
	}
	name, values = escape(name), escape(values)
	fmt.Fprintf(b, `<g class="%s" tabindex="0" role="img" aria-label="%s: %s"><title>%s: %s</title><circle class="reach" cx="%s" cy="%s" r="9"/><circle cx="%s" cy="%s" r="3.6"/><text x="%s" y="%s" text-anchor="%s">%s</text></g>`,
		class, name, values, name, values, num(x), num(y), num(x), num(y), num(x+aside), num(y+where.down), anchor, short)
}

func openChart(b *strings.Builder, label string) {
	fmt.Fprintf(b, `<svg class="chart" viewBox="0 0 %d %d" role="group" aria-label="%s">`, chartWidth, chartHeight, escape(label))
}

// Scatter returns accuracies, in percent, over scores, a chart for each dataset. Points
// name their models.
func Scatter(score string, panels []figures.Panel) template.HTML {
	var b strings.Builder
	b.WriteString(`<div class="panels">`)
	for _, p := range panels {
		xs := newScale(p.Score, chartLeft, chartWidth-chartRight)
		ys := newScale(p.Accuracy, chartHeight-chartBottom, chartTop)
		openChart(&b, "Accuracy over score on "+p.Title)
		axes(&b, p.Title, score, "accuracy (%)", xs, ys)
		var taken []box
		for i, s := range p.Score {
			x, y := xs.at(s), ys.at(p.Accuracy[i])
			taken = append(taken, box{x - 4, y - 4, x + 4, y + 4})
		}
		for i, s := range p.Score {
			name := ""
			if p.Names != nil {
				name = p.Names[i]
			}
			point(&b, xs.at(s), ys.at(p.Accuracy[i]), name, fmt.Sprintf("score %s, accuracy %s %%", value(s), value(p.Accuracy[i])), &taken)
		}
		b.WriteString("</svg>")
	}
	b.WriteString("</div>")
	return template.HTML(b.String())
}

// A Curve is a value that changes by steps, such as the loss of a training.
type Curve struct {
	Name  string
	Label string // short, of a curve that stands out; "" for one of the many behind
	X, Y  []float64
}

// Curves returns curves over a common axis. Each tells its name when it is pointed at or
// focused. The labels stand at the ends of the curves if there is room for all.
func Curves(title, x, y string, curves []Curve) template.HTML {
	var allX, allY []float64
	for _, c := range curves {
		allX, allY = append(allX, c.X...), append(allY, c.Y...)
	}
	xs := newScale(allX, chartLeft, chartWidth-chartRight)
	ys := newScale(allY, chartHeight-chartBottom, chartTop)
	var b strings.Builder
	openChart(&b, title)
	axes(&b, title, x, y, xs, ys)
	behindFirst := func(a, c Curve) int { return cmp.Compare(min(1, len(a.Label)), min(1, len(c.Label))) }
	var labels []box
	for _, c := range slices.SortedStableFunc(slices.Values(curves), behindFirst) {
		name, class := escape(c.Name), "curve"
		if c.Label != "" && len(c.X) > 0 {
			class += " main"
			labels = append(labels, endLabel(c, xs, ys))
		}
		fmt.Fprintf(&b, `<g class="%s" tabindex="0" role="img" aria-label="%s"><title>%s</title><path d="`, class, name, name)
		path(&b, c.Y, func(i int) float64 { return xs.at(c.X[i]) }, ys)
		fmt.Fprintf(&b, `"/><text x="%d" y="%d" text-anchor="end">%s</text></g>`, chartWidth-chartRight-2, chartTop+10, escape(cut(c.Name, mostAxis)))
	}
	if apart(labels) {
		for _, c := range curves {
			if c.Label != "" && len(c.X) > 0 {
				at := endLabel(c, xs, ys)
				fmt.Fprintf(&b, `<text class="label" x="%s" y="%s" text-anchor="end">%s</text>`, num(at.x1), num(at.y1), escape(cut(c.Label, mostName)))
			}
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// endLabel returns where the label of a curve stands: above its end.
func endLabel(c Curve, xs, ys scale) box {
	x, y := xs.at(c.X[len(c.X)-1]), ys.at(c.Y[len(c.Y)-1])-3
	return box{x - letterWidth*float64(utf8.RuneCountInString(cut(c.Label, mostName))), y - nameHeight, x, y}
}

// apart reports whether no two of the boxes overlap, and all begin within a chart.
func apart(all []box) bool {
	for i, b := range all {
		if b.x0 < chartLeft || slices.ContainsFunc(all[:i], b.covers) {
			return false
		}
	}
	return true
}

// path writes a line through the values that are numbers.
func path(b *strings.Builder, values []float64, x func(int) float64, ys scale) {
	pen := "M"
	for i, v := range values {
		if math.IsNaN(v) {
			pen = "M"
			continue
		}
		b.WriteString(pen + num(x(i)) + " " + num(ys.at(v)))
		pen = "L"
	}
}

// Spark returns a line of a word's size through values, oldest first, each with what it is
// of; NaN for none. With fewer than two values there is no line.
func Spark(label string, values []float64, names []string) template.HTML {
	const width, height = 96, 24
	ys := newScale(values, height-4, 4)
	x := func(i int) float64 { return 4 + float64(i)*(width-8)/float64(max(1, len(values)-1)) }
	var b strings.Builder
	known := 0
	fmt.Fprintf(&b, `<svg class="spark" viewBox="0 0 %d %d" role="img" aria-label="%s"><path d="`, width, height, escape(label))
	path(&b, values, x, ys)
	b.WriteString(`"/>`)
	for i, v := range values {
		if !math.IsNaN(v) {
			known++
			fmt.Fprintf(&b, `<circle cx="%s" cy="%s" r="2"><title>%s: %.3f</title></circle>`, num(x(i)), num(ys.at(v)), escape(names[i]), v)
		}
	}
	b.WriteString("</svg>")
	if known < 2 {
		return ""
	}
	return template.HTML(b.String())
}
