package notebooks

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/extract/onnx/onnxtest"
	"sfdalab/internal/onnxruntime"

	// What notebooks use, so that a change of it makes the go command run this test again.
	_ "sfdalab/experiments"
	_ "sfdalab/notebooks/show"
	_ "sfdalab/results/compare"
	_ "sfdalab/results/hubs"
)

type notebook struct {
	Cells []cell `json:"cells"`
}

type cell struct {
	Type     string `json:"cell_type"`
	Source   lines  `json:"source"`
	Metadata struct {
		Tags      []string       `json:"tags"`
		Execution map[string]any `json:"execution"`
	} `json:"metadata"`
	Outputs []struct {
		Name string                     `json:"name"`
		Type string                     `json:"output_type"`
		Text lines                      `json:"text"`
		Data map[string]json.RawMessage `json:"data"`
	} `json:"outputs"`
}

// lines is a text, which a notebook may hold as a list of lines.
type lines string

func (l *lines) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return json.Unmarshal(b, (*string)(l))
	}
	*l = lines(strings.Join(list, ""))
	return nil
}

// text returns what a cell printed.
func (c cell) text() string {
	var b strings.Builder
	for _, o := range c.Outputs {
		b.WriteString(string(o.Text))
	}
	return b.String()
}

// displays returns the kinds of data of each figure, table or page that a cell displayed.
func (c cell) displays() (kinds []string) {
	for _, o := range c.Outputs {
		if o.Data != nil {
			kinds = append(kinds, strings.Join(slices.Sorted(maps.Keys(o.Data)), " "))
		}
	}
	return kinds
}

func (c cell) tagged(tag string) bool { return slices.Contains(c.Metadata.Tags, tag) }

func read(t *testing.T, path string) notebook {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var nb notebook
	if err := json.Unmarshal(text, &nb); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return nb
}

func all(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.ipynb")
	if err != nil || len(names) == 0 {
		t.Fatal("no notebooks", err)
	}
	return names
}

// Every notebook runs, prints the numbers that it was committed with, bit for bit, and displays
// as much.
func TestNotebooksRun(t *testing.T) {
	if testing.Short() {
		t.Skip("notebooks take minutes; -short leaves them out")
	}
	jupyter, err := exec.LookPath("jupyter-nbconvert")
	if err != nil {
		const missing = "notebooks are not executed: install Jupyter (apt install jupyter-nbconvert jupyter-client)"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	environment := append(kernel(t), "PYTHONPATH="+absolute(t, "../python"), "SFDALAB_PROGRAM="+program(t))
	for _, name := range all(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environment := environment
			if strings.Contains(name, "photographs") {
				environment = append(slices.Clip(environment), onnxruntime.Variable+"="+onnxtest.Library(t).Path)
			}
			dir := t.TempDir()
			cmd := exec.Command(jupyter, "--to", "notebook", "--execute", "--output-dir", dir, name,
				"--ExecutePreprocessor.timeout=600", "--ExecutePreprocessor.startup_timeout=300",
				"--ExecutePreprocessor.iopub_timeout=120", "--ExecutePreprocessor.raise_on_iopub_timeout=True") // else it passes over what is late
			cmd.Env = environment
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			committed, executed := read(t, name), read(t, filepath.Join(dir, name))
			for i, c := range committed.Cells {
				if diff := cmp.Diff(c.displays(), executed.Cells[i].displays()); diff != "" {
					t.Errorf("cell %d displays other things (-committed +executed):\n%s", i, diff)
				}
				if !c.tagged("numbers") {
					continue
				}
				if diff := cmp.Diff(c.text(), executed.Cells[i].text()); diff != "" {
					t.Errorf("cell %d prints other numbers (-committed +executed):\n%s", i, diff)
				}
			}
		})
	}
}

// program builds the program, which the Python package calls.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sfdalab")
	if out, err := exec.Command("go", "build", "-o", path, "../cmd/sfdalab").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// kernel installs the Go kernel, as tools/go.mod pins it, for this test alone. It returns
// the environment that Jupyter finds it in.
func kernel(t *testing.T) []string {
	t.Helper()
	bin, data := t.TempDir(), t.TempDir()
	environment := append(os.Environ(), "GOBIN="+bin, "JUPYTER_DATA_DIR="+data, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, args := range [][]string{{"go", "-C", "../tools", "install", "tool"}, {filepath.Join(bin, "gonb"), "--install", "--force_deps"}} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = environment
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	return environment
}

// What is committed begins with what it needs, was executed without errors, says nothing of the machine it ran
// on, and has numbers to compare.
func TestCommittedOutputs(t *testing.T) {
	machine := regexp.MustCompile(`/(home|root|tmp|work|Users)/`)
	for _, name := range all(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if path := machine.Find(text); path != nil {
			t.Errorf("%s holds a path of a machine, %s…", name, path)
		}
		if cells := read(t, name).Cells; !strings.Contains(string(cells[0].Source), "**Needs:**") {
			t.Errorf("%s does not begin with what it needs", name)
		}
		numbers := false
		for i, c := range read(t, name).Cells {
			if c.Metadata.Execution != nil {
				t.Errorf("%s: cell %d has times of execution", name, i)
			}
			for _, o := range c.Outputs {
				if o.Data["image/svg+xml"] != nil {
					t.Errorf("%s: cell %d shows a figure as SVG, which not all converters keep", name, i)
				}
				if o.Type == "error" || o.Name == "stderr" {
					t.Errorf("%s: cell %d ended in an error or wrote to stderr: %s", name, i, o.Text)
				}
			}
			if c.tagged("numbers") {
				numbers = true
				if strings.TrimSpace(c.text()) == "" {
					t.Errorf("%s: cell %d is tagged numbers and printed nothing", name, i)
				}
			}
			if strings.Contains(string(c.Source), "sfdalab/internal") {
				t.Errorf("%s: cell %d imports an internal package", name, i)
			}
		}
		if !numbers {
			t.Errorf("%s has no cell tagged numbers", name)
		}
	}
}

// Binder installs the Go of go.mod, and the kernel by tools/go.mod, in the version that
// the notebooks' package speaks to.
func TestBinderMatchesGoMod(t *testing.T) {
	version := goList(t, ".", "-m", "-f", "{{.GoVersion}}")
	script, err := os.ReadFile("../.binder/postBuild")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/go" + version + ".linux-amd64.tar.gz", "go -C tools install tool"} {
		if !bytes.Contains(script, []byte(want)) {
			t.Errorf(".binder/postBuild lacks %q", want)
		}
	}
	if tools := goList(t, "../tools", "tool"); !strings.Contains(tools, "janpfeifer/gonb") {
		t.Errorf("tools/go.mod has these tools, and not the kernel: %s", tools)
	}
	const gonb = "github.com/janpfeifer/gonb"
	if kernel, library := goList(t, "../tools", "-m", gonb), goList(t, ".", "-m", gonb); kernel != library {
		t.Errorf("tools/go.mod has %s, go.mod %s", kernel, library)
	}
}

// goList returns what go list says of a module, whose folder is given.
func goList(t *testing.T, module string, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"-C", module, "list"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
