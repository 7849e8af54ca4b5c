// Package kubernetes holds the manifests of package cluster to the types and rules of
// Kubernetes itself, in a module that sfdalab does not depend on.
package kubernetes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation"

	"sfdalab/experiments"
	"sfdalab/experiments/cluster"
)

// accept reads a manifest as the API server of Kubernetes does, into its own type and
// with unknown fields as errors, and then holds it to what that asks of an indexed Job
// beyond the types (pkg/apis/batch/validation).
func accept(text []byte) (*batchv1.Job, error) {
	scheme := runtime.NewScheme()
	if err := batchv1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	object, _, err := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer().Decode(text, nil, nil)
	if err != nil {
		return nil, err
	}
	job, ok := object.(*batchv1.Job)
	if !ok {
		return nil, fmt.Errorf("it is a %T", object)
	}
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	named := func(name string, rules func(string) []string) {
		for _, why := range rules(name) {
			errs = append(errs, fmt.Errorf("name %q: %s", name, why))
		}
	}
	s, pod := job.Spec, job.Spec.Template.Spec
	if s.CompletionMode == nil || *s.CompletionMode != batchv1.IndexedCompletion || s.Completions == nil || *s.Completions < 1 {
		return job, errors.New("an indexed Job needs completions")
	}
	named(fmt.Sprintf("%s-%d", job.Name, *s.Completions-1), validation.IsDNS1123Label) // that of the last pod
	refuse(s.Parallelism == nil || *s.Parallelism < 1, "no pod runs")
	refuse(s.BackoffLimitPerIndex == nil || *s.BackoffLimitPerIndex < 0, "failures are not counted by index")
	refuse(pod.RestartPolicy != corev1.RestartPolicyNever, "failures by index need pods that do not restart, and there is %q", pod.RestartPolicy)
	volumes := make(map[string]bool)
	for _, v := range pod.Volumes {
		named(v.Name, validation.IsDNS1123Label)
		refuse(volumes[v.Name], "volume %s is there twice", v.Name)
		refuse(v.PersistentVolumeClaim == nil, "volume %s has no source", v.Name)
		volumes[v.Name] = true
		named(v.PersistentVolumeClaim.ClaimName, validation.IsDNS1123Subdomain)
	}
	refuse(len(pod.Containers) != 1, "%d containers", len(pod.Containers))
	for _, c := range pod.Containers {
		named(c.Name, validation.IsDNS1123Label)
		refuse(c.Image == "" || strings.TrimSpace(c.Image) != c.Image, "image %q", c.Image)
		for _, m := range c.VolumeMounts {
			refuse(!volumes[m.Name], "volume %s is not there", m.Name)
			refuse(!filepath.IsAbs(m.MountPath), "mount path %q", m.MountPath)
		}
		limit, request := c.Resources.Limits.Memory(), c.Resources.Requests.Memory()
		refuse(limit.Sign() < 0 || request.Cmp(*limit) > 0, "%v of memory requested, of %v", request, limit)
		refuse(limit.MilliValue()%1000 != 0, "%v of memory is no whole number of bytes", limit)
	}
	return job, errors.Join(errs...)
}

// shipped returns the shipped spec and the folder that it reads.
func shipped(t *testing.T) (*experiments.Spec, string) {
	t.Helper()
	folder, err := filepath.Abs("../../experiments")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := experiments.Load("../../experiments/specs/zoo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return spec, folder
}

func TestManifest(t *testing.T) {
	spec, folder := shipped(t)
	for _, name := range []string{"zoo", "My zoo, of 2022!", "", "動物園", strings.Repeat("long.", 50)} {
		spec.Name = name
		for _, k := range []cluster.Kubernetes{
			{Image: "lab/sfdalab:1", Claim: "features", Folder: folder},
			{Image: "lab/sfdalab:1", Claim: "features.lab", Folder: folder, Limit: 4, Mem: "16Gi"},
		} {
			text, err := cluster.Manifest(t.Context(), spec, filepath.Join(folder, "my lab.db"), k)
			if err != nil {
				t.Fatal(err)
			}
			job, err := accept(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			want := int32(max(1, k.Limit))
			if *job.Spec.Completions != want || *job.Spec.Parallelism != want {
				t.Errorf("%d at a time:\n%s", k.Limit, text)
			}
			container := job.Spec.Template.Spec.Containers[0]
			if got := container.Resources.Limits.Memory().Value(); (k.Mem != "") != (got == 16<<30) {
				t.Errorf("%q of memory: %d bytes", k.Mem, got)
			}

			// What the container runs, by a shell, as the last of its pods.
			program := t.TempDir()
			if err := os.WriteFile(filepath.Join(program, "sfdalab"), []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			shell := exec.Command(container.Command[0], container.Command[1:]...)
			shell.Env = append(os.Environ(), "PATH="+program+":/usr/bin:/bin", fmt.Sprintf("JOB_COMPLETION_INDEX=%d", want-1))
			out, err := shell.Output()
			args := []string{"run", "specs/zoo.yaml", "--store", "my lab.db", "--shard", fmt.Sprintf("%d/%[1]d", want)}
			if got := strings.Split(strings.TrimSpace(string(out)), "\n"); err != nil || !reflect.DeepEqual(got, args) {
				t.Errorf("the pod runs %q, want %q (%v)", got, args, err)
			}
		}
	}
}

// TestAcceptRefuses holds the check to what it must find.
func TestAcceptRefuses(t *testing.T) {
	spec, folder := shipped(t)
	text, err := cluster.Manifest(t.Context(), spec, filepath.Join(folder, "lab.db"), cluster.Kubernetes{Image: "i", Claim: "c", Folder: folder, Mem: "1Gi"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"parallelism", "paralelism", `unknown field "spec.paralelism"`},
		{"completionMode", "completionmode", "completionmode"},
		{"completions: 1", "completions: one", "completions"},
		{"batch/v1", "batch/v3", "batch/v3"},
		{"completions: 1", "backoffLimit: 1", "needs completions"},
		{"name: sfdalab-zoo", "name: Zoo", "lower case"},
		{"Never", "OnFailure", "OnFailure"},
		{"volumeMounts:\n        - name: data", "volumeMounts:\n        - name: elsewhere", "elsewhere is not there"},
		{"memory: 1Gi", "memory: 1GB", "quantities"},
	} {
		changed := strings.Replace(string(text), c.old, c.new, 1)
		if changed == string(text) {
			t.Errorf("there is no %q in\n%s", c.old, text)
		}
		_, err := accept([]byte(changed))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}
