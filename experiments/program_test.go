package experiments

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"sfdalab/baselines/template"
	"sfdalab/features"
)

// fourSamples are two classes of two samples and one feature.
func fourSamples(t *testing.T) *features.Set {
	t.Helper()
	s, err := features.New(features.Data{
		Model: "m", Dataset: "d",
		Features: features.Dense(mat.NewDense(4, 2, []float64{0, 1, 2, 5, 4, 1, 6, 3})),
		Labels:   features.Classes([]int64{3, 3, 9, 9}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The template of a metric in Python scores as the one in Go does.
func TestPythonProgram(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import numpy").CombinedOutput(); err != nil {
		t.Skipf("python3 with NumPy is needed for this test: %v\n%s", err, out)
	}
	script, err := filepath.Abs("../baselines/template/metric.py")
	if err != nil {
		t.Fatal(err)
	}
	s := fourSamples(t)
	p := Program{Command: []string{"python3", script}, Timeout: time.Minute, Options: map[string]any{"power": 0.5}}
	got, err := p.Score(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want, err := template.ScatterRatio{Power: 0.5}.Score(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Value-want.Value) > 1e-12*want.Value {
		t.Errorf("score %.17g, want %.17g", got.Value, want.Value)
	}
	if got.Details["within"] != want.Details["within"] {
		t.Errorf("details %v, want %v", got.Details, want.Details)
	}
}

func TestProgramAnswers(t *testing.T) {
	s := fourSamples(t)
	for _, c := range []struct {
		name, script string
		want         float64
		err          string // part of it; "" for none
	}{
		{"score", `echo '{"score": 0.25}'`, 0.25, ""},
		{"chatter on standard error", `echo loading >&2; echo '{"score": 1}'`, 1, ""},
		{"request on standard input", `grep -q '"labels":"/.*npy"' && echo '{"score": 2}'`, 2, ""},
		{"failure", `echo no such layer >&2; exit 3`, 0, "exit status 3; it wrote: no such layer"},
		{"nothing", `true`, 0, `want one JSON object such as {"score": 0.5}`},
		{"no JSON", `echo score: 3`, 0, "want one JSON object"},
		{"NaN", `echo '{"score": NaN}'`, 0, "want one JSON object"},
		{"no score", `echo '{"details": {"a": 1}}'`, 0, "it has no score"},
		{"unknown key", `echo '{"scores": 1}'`, 0, "scores: the key is unknown"},
		{"two answers", `echo '{"score": 1} {"score": 2}'`, 0, "nothing after it"},
		{"a score twice", `echo '{"score": 1, "score": 2}'`, 0, "score: the key comes twice"},
		{"a detail of nothing", `echo '{"score": 1, "details": {"a": null}}'`, 0, "details.a: want a number, not null"},
		{"many details", `echo '{"score": 1, "details": {'; seq -f '"a%.0f": 1,' 20000; echo '"b": 1}}'`, 0, "20001 details: want"},
		{"a long warning", `printf '{"score": 1, "warnings": ["'; head -c 2000000 /dev/zero | tr '\0' w; printf '"]}'`, 0, "bytes with 0 details: want"},
		{"too much", `yes`, 0, "more than 16 MiB"},
		{"too much on standard error", `head -c 100000000 /dev/zero >&2; echo the end >&2; exit 1`, 0, "the end"},
		{"a child holds standard output", `sleep 60 & echo '{"score": 4}'`, 4, ""},
		{"too slow", `sleep 60`, 0, "killed after 300ms"},
		{"too slow child", `sleep 60 & sleep 60`, 0, "killed after 300ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if strings.HasPrefix(c.name, "too slow") {
				timeout = 300 * time.Millisecond
			}
			score, err := Program{Command: []string{"sh", "-c", c.script}, Timeout: timeout}.Score(t.Context(), s)
			switch {
			case c.err == "" && err != nil:
				t.Fatal(err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("error %v, want one with %q", err, c.err)
			case score.Value != c.want:
				t.Errorf("score %v, want %v", score.Value, c.want)
			}
		})
	}
}

// processEnds reports whether a process ends within a minute.
func processEnds(t *testing.T, pid int) bool {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("skipped: processes are looked up as Linux shows them")
	}
	for range 1200 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(text), ") Z ") {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// TestProgramLeavesNothing: what a program has started ends with it, also after its
// time is over.
func TestProgramLeavesNothing(t *testing.T) {
	for name, script := range map[string]string{
		"answered": `echo '{"score": 1}'`,
		"too slow": "sleep 600",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			child := filepath.Join(t.TempDir(), "child")
			p := Program{Command: []string{"sh", "-c", "sleep 600 & echo $! >" + child + "; " + script}, Timeout: time.Minute}
			pid := 0
			if name == "too slow" {
				p.Timeout = 500 * time.Millisecond
			}
			for ; pid == 0; p.Timeout *= 2 { // a machine under load may not have started the child in time
				if _, err := p.Score(t.Context(), fourSamples(t)); (err == nil) != (name == "answered") {
					t.Fatal(err)
				}
				text, _ := os.ReadFile(child)
				pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
			}
			if !processEnds(t, pid) {
				t.Error("a child of the program is still at work")
			}
		})
	}
}

// TestKilledWithProgram kills a process that runs a program: that ends, and the next one
// removes the folder that it read.
func TestKilledWithProgram(t *testing.T) {
	if folder := os.Getenv("KILLED_WITH_PROGRAM"); folder != "" {
		p := Program{Command: []string{"sh", "-c", "echo $$ >" + folder + "/pid2; mv " + folder + "/pid2 " + folder + "/pid; exec sleep 60"}, Timeout: time.Minute}
		_, err := p.Score(t.Context(), fourSamples(t))
		t.Fatal("not killed", err)
	}
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only Linux ends a program with its parent")
	}
	folder := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run", "TestKilledWithProgram")
	cmd.Env = append(os.Environ(), "KILLED_WITH_PROGRAM="+folder, "TMPDIR="+folder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var program int
	for range 600 {
		if text, err := os.ReadFile(filepath.Join(folder, "pid")); err == nil {
			program, _ = strconv.Atoi(strings.TrimSpace(string(text)))
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if program == 0 || !processEnds(t, program) {
		t.Errorf("program %d is still there", program)
	}
}

// TestProgramChangesInRun lets a program change itself: what it answers then is no score of
// the one that the run began with.
func TestProgramChangesInRun(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a_d.csv": "0,1\n2,5\n4,1\n6,3\n", "b_d.csv": "0,1\n2,5\n4,1\n6,4\n", "d.csv": "0\n0\n1\n1\n",
		"metric.sh": "echo '# edited' >>metric.sh; echo '{\"score\": 1}'\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := Parse("features: '{model}_{dataset}.csv'\nlabels: '{dataset}.csv'\ndatasets: [d]\nmetrics: [{program: [sh, metric.sh]}]\n", filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), spec, Options{})
	if err != nil || len(r.Failed()) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, c := range r.Cells {
		if !strings.Contains(c.Error, "it has changed since the run began") {
			t.Error(c.Error)
		}
	}
}

func TestProgramNames(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"metric.py", "metric", "data.csv", "python"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	whole := func(name string) string { return filepath.Join(folder, name) }
	for _, c := range []struct {
		command []string
		want    string
	}{
		{[]string{"python3", "metric.py"}, "metric.py"},
		{[]string{"python3", whole("metric.py"), "data.csv"}, "metric.py"},
		{[]string{whole("python"), "-u", "metric.py"}, "metric.py"},
		{[]string{"./metric", "data.csv"}, "metric"},
		{[]string{whole("metric")}, "metric"},
		{[]string{"score"}, "score"},
	} {
		if got := (Program{Command: c.command, Folder: folder}).Info().Name; got != c.want {
			t.Errorf("%q is called %q, want %q", c.command, got, c.want)
		}
	}
}

func TestProgramInSpec(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a_d_feature.csv", "0,1\n2,5\n4,1\n6,3\n")
	write("d_label.csv", "0\n0\n1\n1\n")
	write("metric.sh", `cat >/dev/null; echo '{"score": 7, "warnings": ["rough"]}'`)
	path := filepath.Join(folder, "spec.yaml")
	parse := func() *Spec {
		t.Helper()
		spec, err := Parse("features: '{model}_{dataset}_feature.csv'\nlabels: '{dataset}_label.csv'\nmetrics:\n- program: [sh, metric.sh]\n  grid: {k: [1, 2]}\n", path)
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}

	result, err := Run(t.Context(), parse(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Cells) != 2 {
		t.Fatalf("%d cells, want one for each value of k", len(result.Cells))
	}
	for _, c := range result.Cells {
		if c.Error != "" || c.Score != 7 || c.Metric != "metric.sh" || len(c.Warnings) != 1 {
			t.Errorf("cell %+v", c)
		}
	}

	before := parse().variant(t)
	write("metric.sh", `cat >/dev/null; echo '{"score": 8}'`)
	if after := parse().variant(t); string(after.params) == string(before.params) {
		t.Error("a changed program has the same identity")
	}
}

// variant returns the first variant of the spec.
func (s *Spec) variant(t *testing.T) Variant {
	t.Helper()
	variants, err := s.Metrics[0].variants(s)
	if err != nil {
		t.Fatal(err)
	}
	return variants[0]
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"score": 0.5, "details": {"a": 1}, "warnings": ["b"]}`))
	f.Add([]byte(`{"score": 1e999}`))
	f.Add([]byte(`{"score": null} {}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		score, err := parseAnswer(text)
		if err == nil && (math.IsNaN(score.Value) || math.IsInf(score.Value, 0)) {
			t.Errorf("score %v", score.Value)
		}
	})
}
