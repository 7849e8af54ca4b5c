package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"sfdalab/experiments"
)

// An object is the schema of one: of each field, a pattern of its text, the schema of
// an object or that of each item in a list. Fields are required unless their name
// ends with "?", and there are no others.
type object map[string]any

const (
	dnsLabel = `[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?`
	positive = `[1-9][0-9]*`
	quantity = `[0-9]+(\.[0-9]+)?([kMGTPE]i?)?`
	path     = `/.*`
	any_     = `(?s).+`
)

// jobSchema is what the API of Kubernetes 1.29 says of a batch/v1 Job, as far as
// Manifest makes use of it: "batch/v1 Job", "core/v1 PodSpec".
var jobSchema = object{
	"apiVersion": "batch/v1",
	"kind":       "Job",
	"metadata":   object{"name": dnsLabel},
	"spec": object{
		"completionMode":       "Indexed|NonIndexed",
		"completions":          positive,
		"parallelism":          positive,
		"backoffLimitPerIndex": `[0-9]+`,
		"template": object{"spec": object{
			"restartPolicy": "Never", // which backoffLimitPerIndex asks for
			"containers": []any{object{
				"name":         dnsLabel,
				"image":        `\S+`,
				"workingDir":   path,
				"command":      []any{any_},
				"volumeMounts": []any{object{"name": dnsLabel, "mountPath": `/[^:]*`}},
				"resources?":   object{"requests": object{"memory": quantity}, "limits": object{"memory": quantity}},
			}},
			"volumes": []any{object{"name": dnsLabel, "persistentVolumeClaim": object{"claimName": dnsLabel}}},
		}},
	},
}

// conform reports where a value does not conform to a schema.
func conform(at string, schema, value any) (errs []string) {
	switch schema := schema.(type) {
	case string:
		if !regexp.MustCompile("^(" + schema + ")$").MatchString(fmt.Sprint(value)) {
			errs = append(errs, fmt.Sprintf("%s is %v, want %s", at, value, schema))
		}
	case []any:
		list, ok := value.([]any)
		if !ok || len(list) == 0 {
			return []string{fmt.Sprintf("%s is %v, want a list", at, value)}
		}
		for i, v := range list {
			errs = append(errs, conform(fmt.Sprintf("%s[%d]", at, i), schema[0], v)...)
		}
	case object:
		fields, ok := value.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v, want an object", at, value)}
		}
		known := make(map[string]bool)
		for field, s := range schema {
			name, optional := strings.CutSuffix(field, "?")
			known[name] = true
			v, there := fields[name]
			if there {
				errs = append(errs, conform(at+"."+name, s, v)...)
			} else if !optional {
				errs = append(errs, at+"."+name+" is missing")
			}
		}
		for name := range fields {
			if !known[name] {
				errs = append(errs, at+"."+name+" is unknown")
			}
		}
	}
	return errs
}

func TestManifest(t *testing.T) {
	folder, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := experiments.Load("../specs/zoo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec.Name = "My zoo, of 2022!"
	for _, k := range []Kubernetes{
		{Image: "lab/sfdalab:1", Claim: "features", Folder: folder},
		{Image: "lab/sfdalab:1", Claim: "features", Folder: folder, Limit: 4, Mem: "16Gi"},
	} {
		text, err := Manifest(t.Context(), spec, "../my lab.db", k)
		if err != nil {
			t.Fatal(err)
		}
		var manifest map[string]any
		if err := yaml.Unmarshal(text, &manifest); err != nil {
			t.Fatal(err)
		}
		for _, err := range conform("job", jobSchema, manifest) {
			t.Error(err)
		}
		job := manifest["spec"].(map[string]any)
		want := uint64(max(1, k.Limit))
		if job["completions"] != want || job["parallelism"] != want {
			t.Errorf("%d at a time:\n%s", k.Limit, text)
		}

		// What the container runs, by a shell, as the third of its pods.
		container := job["template"].(map[string]any)["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)
		script := container["command"].([]any)[2].(string)
		fake(t, map[string]string{"sfdalab": `printf '%s\n' "$@"`})
		shell := exec.Command("/bin/sh", "-c", script)
		shell.Env = append(os.Environ(), "JOB_COMPLETION_INDEX=2")
		out, err := shell.Output()
		args := []string{"run", "specs/zoo.yaml", "--store", "my lab.db", "--shard", fmt.Sprintf("3/%d", want)}
		if got := strings.Split(strings.TrimSpace(string(out)), "\n"); err != nil || !reflect.DeepEqual(got, args) {
			t.Errorf("the pod runs %q, want %q (%v)", got, args, err)
		}
	}

	for _, k := range []Kubernetes{{Claim: "features", Folder: folder}, {Image: "lab/sfdalab:1", Folder: folder}} {
		_, err := Manifest(t.Context(), spec, "../lab.db", k)
		wants(t, err, "--image and --claim")
	}
	_, err = Manifest(t.Context(), spec, "/elsewhere/lab.db", Kubernetes{Image: "i", Claim: "c", Folder: folder})
	wants(t, err, "/elsewhere/lab.db is not below "+folder)
}

// TestSchemaRejects holds the check to what it must find.
func TestSchemaRejects(t *testing.T) {
	got := conform("o", object{"a": positive, "b": []any{"x"}, "c?": "y"}, map[string]any{"a": 0, "b": []any{"x", "z"}, "d": 1})
	if len(got) != 3 {
		t.Errorf("got %q", got)
	}
}
