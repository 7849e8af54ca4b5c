package web

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sfdalab/results"
	"sfdalab/results/figures"
)

// whole reports an element that does not end, or text that is not XML.
func whole(t *testing.T, element string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(element)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, element)
		}
	}
}

func TestTable(t *testing.T) {
	table := results.Table{
		Caption: "Of <b>.", Corner: "metric", Columns: []string{"pets & co", results.MeanColumn}, Digits: 2,
		Intervals: true, IntervalsAre: "the 95 % interval", Notes: []string{"* is a mark"},
		Rows: []results.TableRow{
			{Label: `a"<script>`, Cells: []results.Cell{{Value: 0.5, Interval: results.Interval{Lo: 0.25, Hi: 0.75, Kind: results.Confidence}}, {Value: 0.5, Mark: " *"}}},
			{Label: "b", Cells: []results.Cell{{Value: -0.96}, {Value: math.NaN()}}, Apart: true},
		},
	}
	html := string(HeatTable(table, 1))
	whole(t, html)
	for _, want := range []string{
		"Of &lt;b&gt;.", "pets &amp; co", `a&#34;&lt;script&gt;`, `<td class="number heat-p3"><strong>0.50</strong><small>[0.25, 0.75]</small></td>`,
		`<td class="number mean marked"><strong>0.50</strong><span class="mark">*</span></td>`, `<td class="number heat-n5">-0.96</td>`, `<td class="number mean marked">–</td>`,
		"</tbody>\n<tbody>", "Best in bold. Brackets hold the 95 % interval. * is a mark.", `<span class="heat-p5">1</span>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the table lacks %s:\n%s", want, html)
		}
	}
	if strings.Contains(html, " style=\"") || strings.Contains(string(Table(table)), "heat") {
		t.Errorf("the table is\n%s", html)
	}
}

// A long name is no high heading, which would cover the rows, and no name turns the direction
// of the text around it.
func TestHostileNames(t *testing.T) {
	long := strings.Repeat("n", 300)
	html := string(Table(results.Table{
		Columns: []string{long, "\u202egnp.exe"}, Rows: []results.TableRow{{Label: "\u2066a\nb", Cells: []results.Cell{{Value: 1}, {Value: 2}}}},
	}))
	whole(t, html)
	if strings.Count(html, long) != 1 || !strings.Contains(html, `title="`+long+`">`+long[:59]+"…</th>") {
		t.Errorf("the long name is not cut in\n%s", html)
	}
	if strings.ContainsAny(html, "\u202e\u2066") || !strings.Contains(html, "> gnp.exe<") || !strings.Contains(html, "> a b<") {
		t.Errorf("names are not plain in\n%s", html)
	}
}

func TestCharts(t *testing.T) {
	panels := []figures.Panel{
		{Title: "a & b", Score: []float64{1, 2, 3}, Accuracy: []float64{50, 60, 55}, Names: []string{"<one>", "two", "three"}},
		{Title: "all alike", Score: []float64{7, 7}, Accuracy: []float64{0, 0}, Names: []string{"x", "y"}},
		{Title: "none"},
	}
	html := string(Scatter("score of m", panels))
	whole(t, html)
	if n := strings.Count(html, `" tabindex="0" role="img"`); n != 5 {
		t.Errorf("%d points can be stepped to, want 5", n)
	}
	for _, want := range []string{"<title>&lt;one&gt;: score 1, accuracy 50 %</title>", "a &amp; b", ">score of m<"} {
		if !strings.Contains(html, want) {
			t.Errorf("the scatter lacks %s", want)
		}
	}
	if strings.Contains(html, "NaN") || strings.Contains(html, "Inf") || strings.Contains(html, " style=\"") {
		t.Errorf("the scatter is\n%s", html)
	}
	spark := string(Spark("runs", []float64{1, math.NaN(), 2}, []string{"a", "b", "<c>"}))
	whole(t, spark)
	if strings.Count(spark, "<circle") != 2 || !strings.Contains(spark, "&lt;c&gt;: 2.000") || strings.Contains(spark, "NaN") {
		t.Errorf("the spark line is %s", spark)
	}
	if Spark("one", []float64{1}, []string{"a"}) != "" {
		t.Error("one value makes a line")
	}
	curves := string(Curves("loss", "step", "loss", []Curve{{"a", "A", []float64{1, 2, 3}, []float64{3, 2, 1}}, {Name: "b"}}))
	whole(t, curves)
	if !strings.Contains(curves, "<title>a</title>") || strings.Contains(curves, "NaN") {
		t.Errorf("the curves are %s", curves)
	}
	// What stands out is drawn over the others; it is labelled where labels do not overlap.
	steps := []float64{1, 2}
	for end, labelled := range map[float64]int{0.5: 2, 0.99: 0} {
		curves = string(Curves("loss", "step", "loss", []Curve{{"a", "A", steps, []float64{3, 1}}, {"b", "", steps, []float64{3, 0}}, {"c", "<C>", steps, []float64{3, end}}}))
		whole(t, curves)
		if n := strings.Count(curves, `class="label"`); n != labelled || strings.Index(curves, "<title>b<") > strings.Index(curves, "<title>a<") {
			t.Errorf("%d labels at ends of 1 and %g, want %d: %s", n, end, labelled, curves)
		}
	}
}

func TestTicksAreRoundAndFew(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {-3.2e-7, 8e-7}, {71.3, 98.2}, {-1e6, 1e9}, {4, 4}} {
		s := newScale(c[:], 0, 100)
		ticks := s.ticks()
		if len(ticks) < 2 || len(ticks) > 7 {
			t.Errorf("from %g to %g: %v", c[0], c[1], ticks)
		}
	}
}

// Figures bring no style attributes, which a strict policy would leave out.
func TestFigureIsUnstyled(t *testing.T) {
	svg, err := Figure(figures.Bars("means", "τ", []figures.Bar{{Label: "<a>", Value: 0.5}}))
	if err != nil {
		t.Fatal(err)
	}
	whole(t, string(svg))
	if strings.Contains(string(svg), " style=\"") || !strings.Contains(string(svg), `fill="#`) || !strings.Contains(string(svg), `font-size="`) {
		t.Errorf("the figure is\n%s", svg)
	}
}

var heatRule = regexp.MustCompile(`\.(heat-\w+) \{ background: light-dark\((#\w+), (#\w+)\); color: light-dark\((#\w+), (#\w+)\); \}`)

// Text stands out from each colour of the scale as WCAG 2.1 asks (1.4.3), in light and dark.
func TestHeatHasContrast(t *testing.T) {
	rules := heatRule.FindAllStringSubmatch(Style, -1)
	if len(rules) != 11 {
		t.Fatalf("%d colours, want 11", len(rules))
	}
	for k := -5; k <= 5; k++ {
		if class := heat(float64(k) / 5); class != rules[k+5][1] {
			t.Errorf("%g is %s, not %s", float64(k)/5, class, rules[k+5][1])
		}
	}
	for _, r := range rules {
		for i, scheme := range []string{"light", "dark"} {
			if c := contrast(t, r[2+i], r[4+i]); c < 4.5 {
				t.Errorf("%s, %s: contrast %.2f", r[1], scheme, c)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance returns the relative luminance of a colour such as #1b1f24.
func luminance(t *testing.T, colour string) (l float64) {
	hex := colour[1:]
	if len(hex) == 3 {
		hex = fmt.Sprintf("%c%[1]c%c%[2]c%c%[3]c", hex[0], hex[1], hex[2])
	}
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		v := float64(n) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		l += weight * v
	}
	return l
}
