package tracking

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sfdalab/internal/memory"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"
)

// awkward is a selection with all that is hard to write down.
func awkward(t testing.TB) []Selection {
	t.Helper()
	c := cell("a", 1)
	c.Dataset, c.Model = `CUB "200", birds`, "ViT-B/16\n<script>"
	c.Warnings = []string{"one", "two"}
	c.Details["condition"] = math.Inf(1)
	c.Seed = math.MaxUint64
	c.Params, _ = Canonical(map[string]any{"k": 5, "text": "5", "flag": true, "empty": "", "list": []int{1, 2}, "eps": 1e-10})
	c.ID = c.Identify()
	failed := cell("a", 2)
	failed.Model, failed.Subset = "=cmd|' /C calc'!A0", "'=1"
	failed.ID = failed.Identify()
	failed.Score, failed.Error, failed.Details = 0, "one class", nil
	return []Selection{{Run: Run{ID: "20260101-aaaaaaaa", Experiment: "zoo"}, Cells: []Cell{c, failed}}}
}

// What is exported can be imported, to the last bit.
func TestExportImport(t *testing.T) {
	for _, format := range []struct {
		name   string
		export func(io.Writer, Rows) error
		read   func(io.Reader) ([]Cell, error)
	}{{"CSV", ExportCSV, ReadCSV}, {"JSON Lines", ExportJSONL, ReadJSONL}} {
		t.Run(format.name, func(t *testing.T) {
			want := awkward(t)
			var b bytes.Buffer
			if err := format.export(&b, RowsOf(want...)); err != nil {
				t.Fatal(err)
			}
			got, err := format.read(&b)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want[0].Cells, got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("(-exported +imported)\n%s", d)
			}
			s := newStore(t)
			id, err := s.Import(Run{}, "9f86d081", got)
			if err != nil {
				t.Fatal(err)
			}
			if r, err := s.Run(id); err != nil || r.Outcome != Done || r.Cells != 2 {
				t.Errorf("imported run: %+v, %v", r, err)
			}
		})
	}
}

func TestReadCSVErrors(t *testing.T) {
	for input, want := range map[string]string{
		"":                                             "empty",
		"dataset,model,metric\n":                       `"score" is missing`,
		"dataset,model,metric,score\n":                 "no scores",
		"dataset,model,metric,score,k\n":               `param.k`,
		"dataset,model,metric,score,score\n":           "two columns",
		"dataset,model,metric,score\na,b,c,high\n":     `line 2: score "high"`,
		"dataset,model,metric,score\na,b,c,Inf\n":      "line 2",
		"dataset,model,metric,score\na,b,c,5_3\n":      `line 2: score "5_3" is not a number`,
		"dataset,model,metric,score\na,b,c,1\na,b,c\n": "more or fewer fields than the first line",
		"dataset,model,metric,score\na,,c,1\n":         "line 2: cell needs",
		"dataset,model,metric,score\na,b ,c,1\n":       `line 2: model "b " has blanks before or behind it`,
		"dataset,model,metric,score\n\" \",b,c,1\n":    `line 2: dataset " " has blanks`,
	} {
		if _, err := ReadCSV(strings.NewReader(input)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", input, err, want)
		}
	}
	for input, want := range map[string]string{
		"seconds\na,b,c,1,NaN\n":       "line 2: cell a b c: took NaN",
		"cpu_seconds\na,b,c,1,-1\n":    "line 2: cell a b c: took",
		"peak_bytes\na,b,c,1,-1\n":     "line 2: cell a b c: took",
		"error\na,b,c,1,broken\n":      "line 2: want a score or an error, not both",
		"seed\na,b,c,1,0\na,b,c,2,0\n": "line 3: a b c is already in line 2, with another score",
	} {
		if _, err := ReadCSV(strings.NewReader("dataset,model,metric,score," + input)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", input, err, want)
		}
	}
	for input, want := range map[string]string{
		`"score":1,"seconds":"NaN"`:  "took NaN",
		`"scores":1`:                 "scores: the key is unknown",
		`"score":1,"error":"broken"`: "want a score or an error",
	} {
		if _, err := ReadJSONL(strings.NewReader(`{"dataset":"a","model":"b","metric":"c",` + input + "}")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", input, err, want)
		}
	}
	if _, err := ReadJSONL(strings.NewReader("{\"dataset\":\"a\",\"model\":\"b\",\"metric\":\"c\",\"score\":1}\n\nnull\n")); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("JSON Lines: %v, want an error of line 3", err)
	}
}

// Models of which a table names the same files are others, and a byte order mark is no part of
// the first line.
func TestImportNames(t *testing.T) {
	for name, cells := range map[string]func() ([]Cell, error){
		"CSV": func() ([]Cell, error) {
			return ReadCSV(strings.NewReader("\ufeffdataset,model,metric,score,file.labels\nd,a,m,1,ab\nd,b,m,2,ab\n"))
		},
		"JSON Lines": func() ([]Cell, error) {
			const end = `","dataset":"d","metric":"m","files":{"labels":"ab"},"score":`
			return ReadJSONL(strings.NewReader("\ufeff" + `{"model":"a` + end + "1}\n" + `{"model":"b` + end + "2}\n"))
		},
	} {
		all, err := cells()
		if err != nil || len(all) != 2 {
			t.Errorf("%s: %d cells, %v", name, len(all), err)
			continue
		}
		s := newStore(t)
		id, err := s.Import(Run{}, "9f86d081", all)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := s.Cells(id)
		if err != nil || len(stored) != 2 || stored[0].Model+stored[1].Model != "ab" || stored[0].Score+stored[1].Score != 3 {
			t.Errorf("%s: stored %+v, %v", name, stored, err)
		}
	}
}

// A score that is not in a table is no score of 0.
func TestImportMissing(t *testing.T) {
	for name, cells := range map[string]func() ([]Cell, error){
		"CSV": func() ([]Cell, error) {
			return ReadCSV(strings.NewReader("dataset,model,metric,score\nd,a,m,\nd,b,m, \nd,c,m,NaN\nd,d,m, 0 \n"))
		},
		"JSON Lines": func() ([]Cell, error) {
			const begin = `{"dataset":"d","metric":"m","model":`
			return ReadJSONL(strings.NewReader(begin + `"a"}` + "\n" + begin + `"b","score":null}` + "\n" +
				begin + `"c","score":"NaN"}` + "\n" + begin + `"d","score":0}` + "\n"))
		},
	} {
		all, err := cells()
		if err != nil || len(all) != 4 {
			t.Fatalf("%s: %d cells, %v", name, len(all), err)
		}
		for i, c := range all {
			if want := i < 3; (c.Error == noScore) != want || c.Score != 0 {
				t.Errorf("%s: model %s has score %v and error %q", name, c.Model, c.Score, c.Error)
			}
		}
	}
}

// Imported cells are stored as what they are: nothing that asks for the score of the same
// files finds them, and a computed score lies beside them.
func TestImportedStayApart(t *testing.T) {
	s := newStore(t)
	computed := cell("a", 1)
	imported := computed
	imported.Score = 5
	id, err := s.Import(Run{}, "9f86d081", []Cell{imported})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := s.Lookup([]Identity{computed.ID}); len(found) != 0 || err != nil {
		t.Errorf("an imported score is found: %v, %v", found, err)
	}
	if r, err := s.Run(logRun(t, s, Run{}, computed)); err != nil || len(r.Warnings) > 0 {
		t.Errorf("the computed score is held against the imported one: %v, %v", r.Warnings, err)
	}
	cells, err := s.Cells(id)
	if err != nil || len(cells) != 1 || cells[0].Score != 5 || cells[0].Files[ImportRole] != "9f86d081" {
		t.Errorf("imported: %+v, %v", cells, err)
	}
	if again, err := s.Import(Run{}, "9f86d081", []Cell{imported}); err != nil {
		t.Error(err)
	} else if twice, err := s.Cells(again); err != nil || len(twice) != 1 || twice[0].ID != cells[0].ID {
		t.Errorf("imported again: %+v, %v", twice, err)
	}
}

// What earlier programs imported, under the identities of computed scores, is not taken for
// computed, and makes room in the index when the store is next written. A score that was
// computed before it was imported stays known.
func TestOldImportsStandApart(t *testing.T) {
	s := newStore(t)
	computed, imported := cell("computed", 1), cell("imported", 2)
	logRun(t, s, Run{Spec: "metrics: [sfda]"}, computed)
	old := logRun(t, s, Run{Environment: Environment{Go: "go1.26", Command: []string{"sfdalab", "import", "scores.csv"}}}, computed, imported)
	logRun(t, s, Run{Spec: "metrics: [sfda]"}, imported) // which reused it
	wanted := []Identity{computed.ID, imported.ID}
	if found, err := s.Lookup(wanted); err != nil || len(found) != 1 || found[computed.ID].Score != computed.Score {
		t.Errorf("found %v, %v", found, err)
	}
	s, err := Create(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if found := Glance(s.Path(), wanted); !slices.Equal(found, wanted[:1]) {
		t.Errorf("a shard finds %v", found)
	}
	again := imported
	again.Score++
	if r, err := s.Run(logRun(t, s, Run{Spec: "metrics: [sfda]"}, again)); err != nil || len(r.Warnings) > 0 {
		t.Errorf("%v, %v", r.Warnings, err)
	}
	if found, err := s.Lookup(wanted); err != nil || len(found) != 2 || found[imported.ID].Score != again.Score {
		t.Errorf("computed: %v, %v", found, err)
	}
	if cells, err := s.Cells(old); err != nil || len(cells) != 2 {
		t.Errorf("the import has %v, %v", cells, err)
	}
	if rep, err := Check(s.Path()); err != nil || len(rep.Damage) > 0 {
		t.Error(rep.Damage, err)
	}
}

// One cell whose numbers no JSON has does not keep the others from being exported.
func TestExportNaN(t *testing.T) {
	c := cell("a", 1)
	c.Seconds, c.CPUSeconds = math.NaN(), math.Inf(1)
	var b bytes.Buffer
	if err := ExportJSONL(&b, RowsOf(Selection{Cells: []Cell{c, cell("a", 2)}})); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); lines != 2 || !strings.Contains(b.String(), `"seconds":"NaN","cpu_seconds":"+Inf"`) {
		t.Errorf("exported %s", &b)
	}
}

func TestExportParquet(t *testing.T) {
	all := awkward(t)
	var b bytes.Buffer
	if err := ExportParquet(&b, RowsOf(all...)); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Root().Columns() {
		names = append(names, c.Name())
	}
	var want []string
	cols, err := columns(RowsOf(all...))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cols {
		want = append(want, c.name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("columns %q, want %q", names, want)
	}
	column := func(name string) [2]parquet.Value {
		var values [2]parquet.Value
		pages := f.RowGroups()[0].ColumnChunks()[slices.Index(names, name)].Pages()
		defer pages.Close()
		page, err := pages.ReadPage()
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := page.Values().ReadValues(values[:]); n != 2 {
			t.Fatalf("column %s has %d values, want 2", name, n)
		}
		return values
	}
	if score := column("score"); score[0].Double() != all[0].Cells[0].Score || !score[1].IsNull() {
		t.Errorf("scores %v, want %v and null", score, all[0].Cells[0].Score)
	}
	if x := column("detail.condition"); !math.IsInf(x[0].Double(), 1) || !x[1].IsNull() {
		t.Errorf("conditions %v, want +Inf and null", x)
	}
	if x := column("model"); x[0].String() != all[0].Cells[0].Model || x[1].String() != all[0].Cells[1].Model {
		t.Errorf("models %v, want %q and %q", x, all[0].Cells[0].Model, all[0].Cells[1].Model)
	}
}

// What is streamed from a store is what is selected from it, to the last byte, and a query
// selects the same cells.
func TestStream(t *testing.T) {
	s := newStore(t)
	for _, seed := range []uint64{1, 2} {
		cells := slices.Clone(awkward(t)[0].Cells)
		for i := range cells {
			cells[i].Seed = seed
			cells[i].ID = cells[i].Identify()
		}
		logRun(t, s, Run{Experiment: "zoo"}, cells...)
	}
	logRun(t, s, Run{})
	for _, text := range []string{"", "error:no", "seed:2 metric:" + awkward(t)[0].Cells[0].Metric, "run:latest", "metric:none"} {
		q, err := ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Select(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Formats {
			if f.Cells == nil || f.Name == "truth" {
				continue
			}
			var want, got bytes.Buffer
			if err := f.Cells(&want, RowsOf(all...)); err != nil {
				t.Fatal(err)
			}
			if err := s.Stream(q, func(rows Rows) error { return f.Cells(&got, rows) }); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want.Bytes(), got.Bytes()) {
				t.Errorf("%s of %q: streamed\n%q\nwant\n%q", f.Name, text, &got, &want)
			}
		}
	}
}

// Cells that were streamed take no memory any more.
func TestStreamMemory(t *testing.T) {
	s := newStore(t)
	const n = 20_000
	cells := make([]Cell, n)
	for i := range cells {
		cells[i] = cell("a", i)
		cells[i].Params, _ = Canonical(map[string]any{"k": i})
		cells[i].Warnings = []string{strings.Repeat(fmt.Sprint(i), 100)}
		cells[i].ID = cells[i].Identify()
	}
	logRun(t, s, Run{}, cells...)
	cells = nil
	for _, f := range Formats[:2] {
		t.Run(f.Name, func(t *testing.T) {
			held := func() uint64 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return m.HeapAlloc
			}
			err := s.Stream(Query{}, func(rows Rows) error {
				var early, late uint64
				err := f.Cells(io.Discard, func(row func(*Run, *Cell) error) error {
					seen := 0
					return rows(func(r *Run, c *Cell) error {
						switch seen++; seen {
						case n / 10:
							early = held()
						case n:
							late = held()
						}
						return row(r, c)
					})
				})
				if late > early+2<<20 {
					t.Errorf("after %d cells %d bytes are held, after a tenth %d", n, late, early)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	s := newStore(t)
	env := Environment{Go: "go1.26.0", Revision: "abc"}
	newer := env
	newer.Revision = "def"
	changed, failed := cell("a", 2), cell("a", 3)
	changed.Score *= 1 + 1e-9
	failed.Score, failed.Error = 0, "out of memory"
	a := logRun(t, s, Run{Spec: "a\nb\nc\n", Inputs: map[string]string{"x.npy": "11", "y.npy": "22"}, Environment: env},
		cell("a", 1), cell("a", 2), cell("a", 3), cell("a", 4))
	b := logRun(t, s, Run{Spec: "a\nB\nc\n", Inputs: map[string]string{"x.npy": "11", "y.npy": "33"}, Environment: newer},
		cell("a", 1), changed, failed, cell("a", 5))
	d, err := s.Diff(a, b, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Change{{"line 2", "b", "B"}}; !cmp.Equal(d.Spec, want) {
		t.Errorf("spec: %v, want %v", d.Spec, want)
	}
	if want := []Change{{"y.npy", "22", "33"}}; !cmp.Equal(d.Inputs, want) {
		t.Errorf("inputs: %v, want %v", d.Inputs, want)
	}
	if want := []Change{{"git revision", "abc", "def"}}; !cmp.Equal(d.Environment, want) {
		t.Errorf("environment: %v, want %v", d.Environment, want)
	}
	if len(d.Scores) != 4 || d.Same != 1 || d.Equal() {
		t.Errorf("scores: %v, %d same; want 4 changes and 1 the same", d.Scores, d.Same)
	}
	if d, _ := s.Diff(a, b, 1e-6); len(d.Scores) != 3 || d.Same != 2 {
		t.Errorf("with a tolerance: %v, %d same; want 3 changes and 2 the same", d.Scores, d.Same)
	}
	if d, _ := s.Diff(a, a, 0); !d.Equal() || d.Spec != nil || d.Inputs != nil || d.Environment != nil {
		t.Errorf("a run differs from itself: %+v", d)
	}
	var text strings.Builder
	d.WriteTo(&text)
	for _, want := range []string{"y.npy", "git revision", "error: out of memory", "1 cells agree, 4 differ"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("text lacks %q:\n%s", want, &text)
		}
	}
}

// Files are known by their place beside the spec, or by their bytes.
func TestDiffInputs(t *testing.T) {
	run := func(folder string, inputs map[string]string) Run {
		r := Run{SpecPath: folder + "/specs/zoo.yaml", Inputs: map[string]string{}}
		for path, hash := range inputs {
			r.Inputs[folder+path] = hash
		}
		return r
	}
	a := run("/lab", map[string]string{"/zoo/x.npy": "11", "/zoo/y.npy": "22", "/zoo/z.npy": "33", "/zoo/only.npy": "44"})
	b := run("/home/me", map[string]string{"/zoo/x.npy": "11", "/zoo/y.npy": "23", "/moved.npy": "33"})
	earlier := Run{SpecPath: "/lab/specs/zoo.yaml", Environment: Environment{Dir: "/lab"}, Inputs: map[string]string{"zoo/x.npy": "11"}}
	for name, test := range map[string]struct {
		a, b Run
		want []Change
	}{
		"another machine":  {a, b, []Change{{"../zoo/only.npy", "44", ""}, {"../zoo/y.npy", "22", "23"}}},
		"earlier program":  {earlier, run("/lab", map[string]string{"/zoo/x.npy": "12"}), []Change{{"../zoo/x.npy", "11", "12"}}},
		"names exchanged":  {run("", map[string]string{"/x": "1", "/y": "2"}), run("", map[string]string{"/x": "2", "/y": "1"}), []Change{{"../x", "1", "2"}, {"../y", "2", "1"}}},
		"without a spec":   {Run{Inputs: map[string]string{"x": "1"}}, Run{Inputs: map[string]string{"x": "2"}}, []Change{{"x", "1", "2"}}},
		"nothing recorded": {Run{}, Run{}, nil},
	} {
		if got := diffInputs(test.a.inputs(), test.b.inputs()); !cmp.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestDiffLines(t *testing.T) {
	for name, test := range map[string]struct {
		a, b string
		want []Change
	}{
		"a line more":       {"a\nc", "a\nb\nc", []Change{{"line 2", "", "b"}}},
		"a line less":       {"a\nb\nc", "a\nc", []Change{{"line 2", "b", ""}}},
		"two lines for one": {"a\nb\nc", "a\nx\ny\nc", []Change{{"line 2", "b", "x"}, {"line 3", "", "y"}}},
		"at the end":        {"a", "b", []Change{{"line 1", "a", "b"}}},
		"the same":          {"a\nb", "a\nb", nil},
	} {
		if got := diffLines(test.a, test.b); !cmp.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// rereads fails the test unless cells that were read come back as they are from an
// export.
func rereads(t *testing.T, cells []Cell, export func(io.Writer, Rows) error, read func(io.Reader) ([]Cell, error)) {
	t.Helper()
	var out bytes.Buffer
	if err := export(&out, RowsOf(Selection{Cells: cells})); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	again, err := read(&out)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	want, err := toCBOR.Marshal(cells) // equal cells are equal bytes
	got, err2 := toCBOR.Marshal(again)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Fatalf("read %+v\nread again %+v\nfrom\n%s", cells, again, text)
	}
}

func FuzzReadCSV(f *testing.F) {
	var b bytes.Buffer
	if err := ExportCSV(&b, RowsOf(awkward(f)...)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("dataset,model,metric,score,param.k\na,b,c,1,5\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if cells, err := ReadCSV(bytes.NewReader(text)); err == nil {
			rereads(t, cells, ExportCSV, ReadCSV)
		}
	})
}

func FuzzReadJSONL(f *testing.F) {
	var b bytes.Buffer
	if err := ExportJSONL(&b, RowsOf(awkward(f)...)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		if cells, err := ReadJSONL(bytes.NewReader(text)); err == nil {
			rereads(t, cells, ExportJSONL, ReadJSONL)
		}
	})
}

func TestReadReleased(t *testing.T) {
	cells, err := ReadReleased(strings.NewReader(`{"b": 0.5, "a": -1}`), "results_metrics/sfda/cifar10_metrics.json")
	if err != nil || len(cells) != 2 || cells[0].Model != "a" || cells[0].Score != -1 || cells[0].Metric != "sfda" || cells[0].Dataset != "cifar10" {
		t.Errorf("%+v, %v", cells, err)
	}
	for _, test := range [][3]string{{"scores.json", `{"a": 1}`, "METRIC/DATASET_metrics.json"}, {"m/d_metrics.json", `[1]`, "not an object"}, {"m/d_metrics.json", `{}`, "no scores"}} {
		if _, err := ReadReleased(strings.NewReader(test[1]), test[0]); err == nil || !strings.Contains(err.Error(), test[2]) {
			t.Errorf("%s: %v, want an error with %q", test[0], err, test[2])
		}
	}
}

func TestFormatOf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "v1.0")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"x.csv": "csv", "x.table.csv": "table", "mlruns": "mlflow", "mlruns/": "mlflow", dir: "mlflow", "x.pdf": ""} {
		if f, _ := FormatOf(path); f.Name != want {
			t.Errorf("%s is taken for %q, want %q", path, f.Name, want)
		}
	}
}

// TestImportAmbiguous refuses lines that can be read in two ways: of two scores neither is
// taken, and null is no number.
func TestImportAmbiguous(t *testing.T) {
	const cell = `"dataset": "d", "model": "m", "metric": "x"`
	for text, want := range map[string]string{
		`{` + cell + `, "score": 1, "score": 2}`:                 "score: the key comes twice",
		`{` + cell + `, "score": 1, "Score": 2}`:                 "Score: the key is unknown",
		`{` + cell + `, "score": 1, "params": {"k": 1, "k": 2}}`: "params.k: the key comes twice",
		`{` + cell + `, "score": 1, "details": {"a": null}}`:     "want a number, not null",
		`{` + cell + `, "score": 1} {"dataset": "e"}`:            "want nothing after it",
		`{` + cell + `, "score": "high"}`:                        "score",
	} {
		if cells, err := ReadJSONL(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %s", text, cells, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"m0": null}`:       "m0: want a number, not null",
		`{"m0": 1, "m0": 2}`: "m0: the key comes twice",
	} {
		if cells, err := ReadReleased(strings.NewReader(text), "sfda/cifar10_metrics.json"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %s", text, cells, err, want)
		}
	}
}

// TestImportLongLine says which line is too long to be an object.
func TestImportLongLine(t *testing.T) {
	text := "{\"dataset\": \"d\", \"model\": \"m\", \"metric\": \"x\", \"score\": 1}\n{\"dataset\": \"" + strings.Repeat("x", maxLine)
	if _, err := ReadJSONL(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "line 2 has more than 16 MiB") {
		t.Errorf("%.200v", err)
	}
}

// TestImportMemory refuses what does not fit into memory before it is taken.
func TestImportMemory(t *testing.T) {
	defer func(usual func() int64) { memory.Free = usual }(memory.Free)
	memory.Free = func() int64 { return 3 << 20 }
	var table, lines strings.Builder
	table.WriteString("dataset,model,metric,score\n")
	for i := range 2 * partSize {
		fmt.Fprintf(&table, "d,m%d,x,1\n", i)
		fmt.Fprintf(&lines, `{"dataset":"d","model":"m%d","metric":"x","score":1}`+"\n", i)
	}
	const want = "and 3 are left: import the file in parts"
	if _, err := ReadCSV(strings.NewReader(table.String())); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("CSV: %v", err)
	}
	if _, err := ReadJSONL(strings.NewReader(lines.String())); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("JSON Lines: %v", err)
	}
}

// TestImportTableAmbiguous refuses tables that say two things of one score.
func TestImportTableAmbiguous(t *testing.T) {
	const head = "dataset,model,metric,score"
	for text, want := range map[string]string{
		head + "\nd\xe9,m,x,1\n":                          "line 2 is not text in UTF-8",
		head + ",detail.\xe9\nd,m,x,1,1\n":                "line 1 is not text in UTF-8",
		head + ",split,subset\nd,m,x,1,a,b\n":             "name the same",
		head + ",detail.a\nd,m,x,1,1\nd,m,x,1,2\n":        "already in line 2, with another score, details",
		head + ",warnings\nd,m,x,1,a\nd,m,x,1,\n":         "already in line 2, with another score, details",
		head + ",seconds\nd,m,x,1,1\nd,m,x,1,2\n":         "", // of two runs
		"\ufeff\"dataset\",model,metric,score\nd,m,x,1\n": "", // as spreadsheets write it
	} {
		_, err := ReadCSV(strings.NewReader(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
