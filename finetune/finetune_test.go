package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// TestSweep holds the built-in sweep to the released code of Ericsson et al.: in it, the
// grid is lr = torch.logspace(-4, -1, 4).flip(0) by
// wd = cat([0, torch.logspace(-6, -3, 4)]), as (lr, wd/lr).
func TestSweep(t *testing.T) {
	all := BuiltIn()[0].Sweep
	if len(all) != 20 {
		t.Fatalf("%d settings, want 20", len(all))
	}
	for i, want := range map[int][2]float64{0: {0.1, 0}, 1: {0.1, 1e-5}, 4: {0.1, 1e-2}, 5: {0.01, 0}, 16: {1e-4, 1e-2}, 19: {1e-4, 10}} {
		if got := [2]any{all[i]["learning_rate"], all[i]["weight_decay"]}; got != [2]any{want[0], want[1]} {
			t.Errorf("settings %d are %v, want %v", i, got, want)
		}
	}
	if got, want := BuiltIn()[0].Labels()[1], "learning_rate 0.1, weight_decay 1e-05"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, s := range all {
		if s["steps"] != 5000 || s["batch"] != 64 || s["layers"] != "all" {
			t.Errorf("settings %v", s)
		}
	}
}

func TestCustomProtocols(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       string // settings as JSON, or part of the error
	}{
		{"grid", "{settings: {steps: 10}, grid: {wd: [0], lr: [1, 0.1]}}", `[{"lr":1,"steps":10,"wd":0},{"lr":0.1,"steps":10,"wd":0}]`},
		{"sweep", "{name: x, sweep: [{a: 1}, {a: 2, b: c}, {a: 1}]}", `[{"a":1},{"a":2,"b":"c"}]`},
		{"both", "{grid: {a: [1]}, sweep: [{a: 1}]}", "not both"},
		{"nothing", "{name: x}", "needs settings"},
		{"empty grid", "{grid: {a: []}}", "a has no values"},
		{"too many", "{grid: {a: [1,2,3,4,5,6,7,8,9,0], b: [1,2,3,4,5,6,7,8,9,0], c: [1,2,3,4,5,6,7,8,9,0], d: [1,2,3,4,5,6,7,8,9,0], e: [1,2]}}", "more than 10000"},
		{"unknown", "{like: sfad}", `unknown protocol "sfad": want one of sfda, last-block, linear`},
		{"not finite", "{settings: {lr: .nan}}", "settings: lr: json: unsupported value: NaN"},
		{"blank name", "{settings: {' lr': 1}}", "is not a name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var custom Custom
			if err := yaml.UnmarshalWithOptions([]byte(c.text), &custom, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			p, err := custom.Protocol()
			if err != nil {
				if !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want one with %q", err, c.want)
				}
				return
			}
			if got, _ := json.Marshal(p.Sweep); string(got) != c.want {
				t.Errorf("settings %s, want %s", got, c.want)
			}
		})
	}
	short, err := Custom{Like: "sfda", Settings: map[string]any{"steps": 10}}.Protocol()
	if err != nil || len(short.Sweep) != 20 || short.Sweep[19]["steps"] != 10 || short.Sweep[19]["batch"] != 64 || short.Source != "" {
		t.Errorf("%+v, %v", short, err)
	}
	own, err := Custom{Name: "short", Settings: map[string]any{"steps": 1000, "batch": 8}, Grid: map[string][]any{"lr": {1, 0.1}}}.Protocol()
	if want := "short: batch 8, steps 1000; the best of 2 settings (lr) on validation, trained once more on train and validation"; err != nil || own.Title != want {
		t.Errorf("title %q, %v, want %q", own.Title, err, want)
	}
	if BuiltIn()[0].Sweep[19]["steps"] != 5000 {
		t.Error("a custom protocol changes the built-in one")
	}
}

func TestBest(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		accuracies []float64
		want       int
	}{{nil, -1}, {[]float64{nan, nan}, -1}, {[]float64{nan, 0, 5, 5}, 2}} {
		if got := Best(c.accuracies); got != c.want {
			t.Errorf("the best of %v is %d, want %d", c.accuracies, got, c.want)
		}
	}
}

// TestTrain has programs answer well and badly.
func TestTrain(t *testing.T) {
	const result = `echo '{"result": {"accuracy": 91.25, "samples": 8, "versions": {"sh": "1"}}}'`
	for _, c := range []struct {
		name, script string
		want         string // part of the error; "" for none
	}{
		{"result", result, ""},
		{"without an end of line", `printf '{"result": {"accuracy": 91.25}}'`, ""},
		{"request", `grep -q '"settings":{"learning_rate":0.1}.*"checkpoint":"/.*checkpoint"' && ` + result, ""},
		{"progress", `echo '{"progress": {"step": 1, "steps": 2, "loss": 0.5}}'; ` + result, ""},
		{"its own error", `echo '{"error": "CUDA out of memory at batch 64"}'; exit 1`, "CUDA out of memory at batch 64"},
		{"exit status", `echo no such network >&2; exit 3`, "exit status 3; it wrote: no such network"},
		{"exit status after the result", result + `; exit 1`, "exit status 1"},
		{"out of memory", `kill -9 $$`, "as where memory runs out"},
		{"nothing", `true`, "it ended without a result"},
		{"garbage", `echo epoch 1`, `line 1 of its answer, "epoch 1": want a JSON object such as`},
		{"NaN", `echo '{"progress": {"step": 1, "loss": NaN}}'; ` + result, "training has diverged"},
		{"infinite accuracy", `echo '{"result": {"accuracy": Infinity}}'`, "training has diverged"},
		{"a share", `echo '{"result": {"accuracy": -0.5}}'`, "want percent, from 0 to 100"},
		{"too accurate", `echo '{"result": {"accuracy": 101}}'`, "want percent, from 0 to 100"},
		{"no accuracy", `echo '{"result": {"loss": 1}}'`, "the result has no accuracy"},
		{"two results", result + "; " + result, "want nothing after the result"},
		{"two in a line", `echo '{"result": {"accuracy": 1}} {}'`, "want nothing after it"},
		{"two kinds", `echo '{"progress": {"step": 1}, "error": "x"}'`, "want one of progress, result and error"},
		{"unknown key", `echo '{"results": 1}'`, "results: the key is unknown"},
		{"an accuracy twice", `echo '{"result": {"accuracy": 1, "accuracy": 99}}'`, "result.accuracy: the key comes twice"},
		{"a step too far", `echo '{"progress": {"step": 3, "steps": 2}}'`, "step 3 of 2"},
		{"a long line", `head -c 2000000 /dev/zero | tr '\0' x`, "more than 1048576 bytes"},
		{"too much", `while printf '%100000s\n' ''; do :; done`, "more than 64 MiB"},
		{"silent", `sleep 60`, "it wrote nothing for 500ms"},
		{"slow", `while true; do echo '{"progress": {"step": 1}}'; sleep 0.1; done`, "killed after 1.5s"},
		{"a child holds standard output", `sleep 60 & ` + result, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := Program{Command: []string{"sh", "-c", c.script}, Timeout: time.Minute}
			switch c.name {
			case "silent":
				p.Silence = 500 * time.Millisecond
			case "slow":
				p.Timeout = 1500 * time.Millisecond
			}
			folder := t.TempDir()
			r, _, err := p.Train(t.Context(), folder, Request{Network: "n", Settings: Settings{"learning_rate": 0.1}}, nil)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want == "" && r.Accuracy != 91.25:
				t.Errorf("result %+v", r)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if log, _ := os.ReadFile(filepath.Join(folder, logFile)); c.name == "exit status" && string(log) != "no such network\n" {
				t.Errorf("log %q", log)
			}
		})
	}
}

// TestTrainAgain kills a program and starts it again: it finds its checkpoint, and the
// curve goes on without the steps that are done again.
func TestTrainAgain(t *testing.T) {
	const script = `folder=$(sed 's/.*"checkpoint":"\([^"]*\)".*/\1/')
step=$(cat "$folder/step" 2>/dev/null || echo 0)
[ "$step" = 0 ] && kill=yes
while [ "$step" -lt 10 ]; do
	step=$((step + 1))
	echo '{"progress": {"step": '$step', "steps": 10, "loss": '$((20 - step))'}}'
	[ "$step" = 4 ] && echo "$step" >"$folder/step"
	[ "$step$kill" = 6yes ] && kill -9 $$
done
echo '{"result": {"accuracy": 50}}'`
	p := Program{Command: []string{"sh", "-c", script}}
	folder := t.TempDir()
	_, first, err := p.Train(t.Context(), folder, Request{}, nil)
	if err == nil || len(first) != 6 {
		t.Fatalf("%d points and error %v, want 6 and that it was killed", len(first), err)
	}
	var steps []int
	_, curve, err := p.Train(t.Context(), folder, Request{}, func(p Progress) { steps = append(steps, p.Step) })
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(steps) != "[5 6 7 8 9 10]" {
		t.Errorf("the second attempt did the steps %v", steps)
	}
	for i, p := range curve {
		if p.Step != i+1 || *p.Loss != float64(19-i) {
			t.Errorf("point %d is %+v", i, p)
		}
	}
	if len(curve) != 10 {
		t.Errorf("%d points, want 10", len(curve))
	}
}

// TestBusy: one process at a time trains a trial.
func TestBusy(t *testing.T) {
	folder := t.TempDir()
	begun, done := make(chan bool), make(chan error)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		p := Program{Command: []string{"sh", "-c", `echo '{"progress": {"step": 1}}'; sleep 600`}}
		_, _, err := p.Train(ctx, folder, Request{}, func(Progress) { close(begun) })
		done <- err
	}()
	<-begun
	p := Program{Command: []string{"true"}}
	if _, _, err := p.Train(t.Context(), folder, Request{}, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("error %v, want %v", err, ErrBusy)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the first ends with %v", err)
	}
}

// TestCurveIsBounded keeps the first and the last of many points, and few between.
func TestCurveIsBounded(t *testing.T) {
	c, err := openCurve(filepath.Join(t.TempDir(), curveFile))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for step := range 12_345 {
		c.add(Progress{Step: step + 1})
	}
	all := c.all()
	if n := len(all); n > mostPoints+1 || n < mostPoints/2 || all[0].Step != 1 || all[n-1].Step != 12_345 {
		t.Errorf("%d points from %d to %d", n, all[0].Step, all[n-1].Step)
	}
	for i := 2; i < len(all)-1; i++ {
		if all[i].Step-all[i-1].Step != all[1].Step-all[0].Step {
			t.Fatalf("steps %d and %d follow each other", all[i-1].Step, all[i].Step)
		}
	}
}

// TestCurveIsKept has each point in the file before it is passed on: no kill costs a point
// that somebody has seen.
func TestCurveIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), curveFile)
	c, err := openCurve(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	lines := func() int {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "\n")
	}
	to := &told{curve: c, progress: func(p Progress) {
		if n := lines(); n < p.Step {
			t.Errorf("step %d is told when the file has %d lines", p.Step, n)
		}
	}}
	to.answers.progress = to.point
	for piece, want := range []int{2, 2, 3} {
		text := []string{
			`{"progress": {"step": 1}}` + "\n" + `{"progress": {"step": 2}}` + "\n" + `{"prog`,
			`ress": {"step"`, `: 3}}` + "\n",
		}[piece]
		if _, err := to.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if n := lines(); n != want {
			t.Errorf("%d lines after piece %d, want %d", n, piece, want)
		}
	}
}

// FuzzAnswers cuts what a program writes in two places: the outcome is the same as of one
// piece, and what is taken is in range.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"progress": {"step": 1, "steps": 2, "loss": 0.5, "accuracy": 3}}`+"\n\n"+`{"result": {"accuracy": 91.25, "samples": 8, "loss": 1, "versions": {"a": "b"}}}`), 3, 70)
	f.Add([]byte("{\"error\": \"no\"}\n{\"result\": {\"accuracy\": NaN}}\r\n"), 1, 20)
	f.Fuzz(func(t *testing.T, text []byte, one, two int) {
		feed := func(pieces ...[]byte) (a *answers, steps int, err error) {
			a = &answers{}
			a.progress = func(p Progress) {
				steps++
				if err := p.check(); err != nil {
					t.Error(err)
				}
			}
			for _, p := range pieces {
				if _, err := a.Write(p); err != nil {
					return a, steps, err
				}
			}
			return a, steps, a.end()
		}
		at := func(n int) int { return max(0, min(n, len(text))) }
		from, to := min(at(one), at(two)), max(at(one), at(two))
		whole, steps, err := feed(text)
		cut, cutSteps, cutErr := feed(text[:from], text[from:to], text[to:])
		if fmt.Sprint(err) != fmt.Sprint(cutErr) || steps != cutSteps || whole.failed != cut.failed {
			t.Errorf("%v after %d steps, and in pieces %v after %d", err, steps, cutErr, cutSteps)
		}
		if err == nil && whole.result != nil && whole.result.check() != nil {
			t.Errorf("result %+v", whole.result)
		}
	})
}

// TestLargeSweep combines and names as many settings as are allowed, at once.
func TestLargeSweep(t *testing.T) {
	values := make([]any, 100)
	for i := range values {
		values[i] = i
	}
	start := time.Now()
	p, err := Custom{Grid: map[string][]any{"a": values, "b": values}}.Protocol()
	if err != nil || len(p.Sweep) != mostSettings || p.Labels()[mostSettings-1] != "a 99, b 99" {
		t.Errorf("%d settings, %v", len(p.Sweep), err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// TestNoFile refuses a folder of a trial with something else in place of a file, which
// would be waited for if it were a pipe.
func TestNoFile(t *testing.T) {
	for _, name := range []string{lockFile, logFile, curveFile} {
		folder := t.TempDir()
		if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
		_, _, err := Program{Command: []string{"true"}}.Train(t.Context(), folder, Request{}, nil)
		if err == nil || !strings.Contains(err.Error(), name+" is not a file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
