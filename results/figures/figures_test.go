package figures

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// samples returns one figure of each kind, of the published scores.
func samples(t *testing.T) map[string]Figure {
	t.Helper()
	scores, err := results.LoadScores("model-spider")
	if err != nil {
		t.Fatal(err)
	}
	truth, err := results.LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	tauw := results.Measures()[0]
	rows, err := results.Correlate(scores, truth, nil, results.Resampling{Resamples: -1})
	if err != nil {
		t.Fatal(err)
	}
	mx, err := compare.New(rows, tauw)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	models := truth.Models("pets")
	ranking := func(name, dataset string) Ranking {
		r := Ranking{Name: name}
		for _, m := range models {
			a, _ := truth.Accuracy(dataset, m)
			r.Values = append(r.Values, a)
		}
		return r
	}
	pets, cars := ranking("pets", "pets"), ranking("cars", "cars")
	var many []Line // more than colours
	crowd := Panel{Title: "crowded"}
	var crowded []Ranking
	for k := range 35 {
		v := math.Mod(0.618*float64(k), 1)
		many = append(many, Line{fmt.Sprint("metric ", k), []float64{10, 50, 100}, []float64{0.2 * v, 0.5 * v, v}, nil})
		crowd.Names = append(crowd.Names, fmt.Sprint("network_", k))
		crowd.Score, crowd.Accuracy = append(crowd.Score, v), append(crowd.Accuracy, 90+3*v*v)
	}
	for _, shift := range []float64{0, 0.1, 0.5} {
		r := Ranking{Name: fmt.Sprint("data ", shift)}
		for _, v := range crowd.Score {
			r.Values = append(r.Values, math.Mod(v+shift, 1))
		}
		crowded = append(crowded, r)
	}
	panels := []Panel{{"pets", pets.Values, cars.Values, models}, {"empty", nil, nil, nil}, {"cars", cars.Values, pets.Values, models}, {"one", []float64{1}, []float64{2}, nil}}
	strips := []Strip{
		{"supervised", []float64{0.1, 0.5, -0.2}, 0.6, 0.55, 0.4, []float64{0.7, 0.8}},
		{Label: "one metric", Metrics: []float64{0.3}, Combination: nan, OtherHubs: nan, Baseline: nan},
	}
	named := []Panel{{"pets", pets.Values, cars.Values, models}}
	return map[string]Figure{
		"cd":    CriticalDifference(mx, 0.05),
		"heat":  HeatMap("Weighted τ", results.NewTable(rows, tauw, "supervised")),
		"slope": SlopeChart("Models by accuracy", models, []Ranking{pets, cars, ranking("dtd", "dtd")}),
		"bars":  Bars("Ablation", "mean weighted τ", []Bar{{"sfda", 0.7, results.Interval{Lo: 0.5, Hi: 0.8, Kind: results.Confidence}}, {Label: "no challenge", Value: -0.2}, {Label: "missing", Value: nan}}),
		"cost": CostQuality("Cost against quality", "mean weighted τ", []compare.Cost{
			{Metric: "quick", Seconds: 0.01, Value: 0.2}, {Metric: "sfda", Seconds: 0.8, Value: 0.7},
			{Metric: "slow", Seconds: 30, Value: 0.5}, {Metric: "free", Value: 0.1}, {Metric: "none", Seconds: 1, Value: nan},
		}, 0),
		"extraction": CostQuality("Cost against quality", "mean weighted τ", []compare.Cost{
			{Metric: "quick", Seconds: 0.01, Value: 0.2}, {Metric: "sfda", Seconds: 0.8, Value: 0.7},
		}, 40),
		"curves": Curves("Time over samples", "samples", "seconds", []Curve{
			{Name: "sfda", Points: plotter.XYs{{X: 1000, Y: 0.02}, {X: 8000, Y: 0.2}}},
			{Name: "sfda, elsewhere", Points: plotter.XYs{{X: 1000, Y: 0.3}, {X: 8000, Y: 2}}, Dashed: true},
		}),
		"point":   Curves("Time over samples", "samples", "seconds", []Curve{{Name: "sfda", Points: plotter.XYs{{X: 1000, Y: 0.02}}}}),
		"empty":   Curves("Time over samples", "samples", "seconds", nil),
		"nothing": CostQuality("Nothing", "mean weighted τ", nil, 0),
		"scatter": ScatterGrid("Accuracy over score", "score", panels),
		"named":   ScatterGrid("Accuracy over score", "score", named),
		"lines": Lines("τ over samples", "share of samples (%)", "weighted τ", []Line{
			{"sfda", []float64{10, 50, 100}, []float64{0.2, 0.5, 0.6}, []results.Interval{{Lo: 0, Hi: 0.3, Kind: results.Range}, {}, {Lo: 0.5, Hi: 0.8, Kind: results.Range}}},
			{"logme", []float64{10, 50, 100}, []float64{0.1, 0.4, 0.7}, nil}, {Name: "none"},
		}),
		"dots": DotPlot("What predicts accuracy", "mean weighted τ", []DotGroup{
			{"metrics", []Dot{
				{"sfda", 0.7, results.Interval{Lo: 0.5, Hi: 0.8, Kind: results.Confidence}, []float64{0.5, 0.7, 0.9}, false},
				{Label: "logme", Value: -0.2, Parts: []float64{-0.3, -0.1, nan}}, {Label: "missing", Value: nan}}},
			{"baselines", []Dot{{Label: "GMACs", Value: 0.55, Line: true}}},
			{"ceilings", []Dot{{Label: "another seed", Value: 0.9}}},
		}),
		"strips":      Strips("What metrics add, hub by hub", "mean weighted τ", strips),
		"no-strips":   Strips("Nothing", "mean weighted τ", nil),
		"no-slopes":   SlopeChart("Nothing", nil, nil),
		"no-clouds":   Clouds("Nothing", "first", "second", nil),
		"no-dots":     DotPlot("Nothing", "mean weighted τ", nil),
		"crowd":       ScatterGrid("Accuracy over score", "score", []Panel{crowd}),
		"many-lines":  Lines("τ over samples", "share of samples (%)", "weighted τ", many),
		"many-slopes": SlopeChart("Models by accuracy", crowd.Names, crowded),
		"shares":      HeatMapAround("Share of wins", results.Table{Columns: []string{"a", "b"}, Rows: []results.TableRow{{Label: "a", Cells: []results.Cell{{Value: nan}, {Value: 0.9}}}, {Label: "longer", Cells: []results.Cell{{Value: 0.1}, {Value: nan}}}}}, 0.5),
		"clouds": Clouds("Fisher space", "first", "second", []Cloud{
			{"before", []float64{1, 2, 3, 4}, []float64{1, 0, 1, 2}, []int{0, 1, 2, 0}, []string{"a", "b", "c"}},
			{"after", []float64{1, 2, 3, 4}, []float64{2, 1, 0, 1}, []int{0, 1, 2, 0}, []string{"a", "b", "c"}},
		}),
	}
}

func TestFiguresAreWellFormed(t *testing.T) {
	for name, f := range samples(t) {
		var svg, raster, pdf bytes.Buffer
		for format, w := range map[string]io.Writer{"svg": &svg, "png": &raster, "pdf": &pdf} {
			if err := f.Write(w, format); err != nil {
				t.Fatal(name, format, err)
			}
		}
		if dir := os.Getenv("FIGURES"); dir != "" {
			os.WriteFile(filepath.Join(dir, name+".png"), raster.Bytes(), 0o644)
			os.WriteFile(filepath.Join(dir, name+".pdf"), pdf.Bytes(), 0o644)
		}
		for d := xml.NewDecoder(bytes.NewReader(svg.Bytes())); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: SVG: %v", name, err)
			}
		}
		if strings.Contains(svg.String(), "NaN") {
			t.Errorf("%s: NaN in the SVG", name)
		}
		img, err := png.Decode(&raster)
		if err != nil {
			t.Fatalf("%s: PNG: %v", name, err)
		}
		want := 1200
		if strings.HasSuffix(name, "strips") { // for a column of a paper
			want = 883
		}
		if got := img.Bounds().Dx(); got != want {
			t.Errorf("%s: PNG is %d pixels wide, want %d", name, got, want)
		}
		if !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) || bytes.Contains(pdf.Bytes(), []byte("Date")) {
			t.Errorf("%s: no PDF, or one that says when it was drawn", name)
		}
		var again bytes.Buffer
		if err := f.Write(&again, "svg"); err != nil || !bytes.Equal(svg.Bytes(), again.Bytes()) {
			t.Errorf("%s: drawn twice, the SVGs differ", name)
		}
	}
}

func TestFiguresSayWhatTheyShow(t *testing.T) {
	for name, want := range map[string][]string{
		"cd":    {"pactran-dirichlet", "CD = ", "8 datasets", "Liberation Sans, Arial"},
		"heat":  {"aircraft", "mean", "pactran-dirichlet"},
		"slope": {"resnet152", "dtd"},
		"cost":  {"seconds per model", "slow"},
		"bars":  {"no challenge", "mean weighted τ"},
		"dots":  {"sfda", "0.55", "another seed"},

		"strips":    {"supervised", "one metric", "best baseline"},
		"no-strips": {"ceiling: another fine-tuning"},

		"many-lines":  {"metric 0", "30 others"},
		"many-slopes": {"network_0", "network_34"},
		"crowd":       {"network_0", "network_17", "network_34"},
		"scatter":     {"1\u00a0densenet121"},
	} {
		var svg bytes.Buffer
		if err := samples(t)[name].Write(&svg, "svg"); err != nil {
			t.Fatal(err)
		}
		for _, s := range want {
			if !strings.Contains(svg.String(), s) {
				t.Errorf("%s does not show %q", name, s)
			}
		}
	}
}

// Long names leave room for what is drawn beside them.
func TestLongNamesLeaveRoom(t *testing.T) {
	name := strings.Repeat("a very long name ", 6)
	for what, f := range map[string]Figure{
		"dots": DotPlot("", "τ", []DotGroup{{Name: "metrics", Dots: []Dot{{Label: name, Value: 0.5}, {Label: "b", Value: 0.2}}}}),
		"bars": Bars("", "τ", []Bar{{Label: name, Value: 0.5}}),
	} {
		if room := f.Width - widest([]string{name}); room < leastPlot {
			t.Errorf("%s have %.0f points beside the name", what, room)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if err := Bars("", "", nil).Write(io.Discard, "gif"); err == nil || !strings.Contains(err.Error(), "want svg, pdf or png") {
		t.Errorf("gif: %v", err)
	}
}

// TestCliques joins metrics less than the critical difference apart, and no run that
// another holds.
func TestCliques(t *testing.T) {
	ranks := []float64{3.0, 1.0, 1.5, 4.9}
	got := cliques(ranks, []int{1, 2, 0, 3}, 2.0)
	want := [][2]int{{1, 2}, {2, 0}, {0, 3}}
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%v, want %v", got, want)
	}
}

// A heat map is read in grey too: on each side of zero colours darken, and what is written
// on them has a contrast of 4.5.
func TestColoursOfHeatMaps(t *testing.T) {
	for _, side := range []float64{-1, 1} {
		last := math.Inf(1)
		for at := 0.0; at <= 1; at += 0.01 {
			fill := diverging(side * at)
			light := luminance(fill)
			if light >= last {
				t.Errorf("at %v it is not darker", side*at)
			}
			last = light
			ink := luminance(inkOn(fill))
			if contrast := (max(ink, light) + 0.05) / (min(ink, light) + 0.05); contrast < 4.5 {
				t.Errorf("at %v the contrast is %.2f", side*at, contrast)
			}
		}
	}
}
