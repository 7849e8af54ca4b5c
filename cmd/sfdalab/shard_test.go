package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestShards scores a spec in shards and merges them: the table is that of one
// machine, with group metrics, subsets and random metrics in it.
func TestShards(t *testing.T) {
	const n = 3
	folder := t.TempDir()
	spec := write(t, folder, "spec.yaml", smallSpec(t)+"  - etran\n  - energy\nsubsets: {count: 1}\n")
	_, want, _ := sfdalab(t, "run", spec, "--format", "csv", "--store", filepath.Join(folder, "one.db"))

	store := filepath.Join(folder, "lab.db")
	var shards []string
	for i := range n {
		code, stdout, stderr := sfdalab(t, "run", spec, "--store", store, "--shard", fmt.Sprintf("%d/%d", i+1, n))
		if code != done {
			t.Fatalf("shard %d: exit %d: %s%s", i+1, code, stdout, stderr)
		}
		shards = append(shards, fmt.Sprintf("%s.shards/%d-of-%d.db", store, i+1, n))
	}
	for _, news := range []string{"new or changed: 3 runs", "new or changed: 0 runs"} {
		code, stdout, stderr := sfdalab(t, append([]string{"merge", "--store", store, shards[2]}, shards...)...)
		if code != done || !strings.HasPrefix(stdout, news) {
			t.Fatalf("exit %d, want %s: %s%s", code, news, stdout, stderr)
		}
	}
	code, got, stderr := sfdalab(t, "run", spec, "--format", "csv", "--store", store)
	if code != done || got != want {
		t.Errorf("exit %d: %s\ngot\n%s\nwant\n%s", code, stderr, got, want)
	}
}

func TestShardMisuse(t *testing.T) {
	spec := write(t, t.TempDir(), "spec.yaml", smallSpec(t))
	for _, text := range []string{"0/3", "4/3", "3", "1/3x", "1/3/3", "-1/3", "a/b"} {
		if code, _, stderr := sfdalab(t, "run", spec, "--shard", text); code != misuse || !strings.Contains(stderr, "such as 3/8") {
			t.Errorf("%s: exit %d: %s", text, code, stderr)
		}
	}
}

// TestRunFlags gives flags that would be passed over: each is named, with what it goes
// with.
func TestRunFlags(t *testing.T) {
	spec := write(t, t.TempDir(), "spec.yaml", smallSpec(t))
	for want, flags := range map[string]string{
		"--partition needs --on slurm":              "--partition cpu",
		"--mem needs --on slurm or --on k8s":        "--mem 16G",
		"--image cannot be used with --on slurm":    "--on slurm --image lab/sfdalab",
		"--time cannot be used with --on k8s":       "--on k8s --dry-run --time 1:00",
		"--fresh cannot be used with --shard":       "--shard 1/2 --fresh",
		"--workers cannot be used with --on slurm":  "--on slurm --workers 2",
		"give either --on or --shard":               "--shard 1/2 --on slurm",
		"--on pbs: want slurm, or k8s":              "--on pbs",
		"--array-limit -1: must not be negative":    "--on slurm --array-limit -1",
		"sfdalab submits nothing to Kubernetes":     "--on k8s --image i --claim c",
		"a manifest needs the image of a container": "--on k8s --dry-run --claim c",
		"is outside": "--on k8s --dry-run --claim c --image i",
		"memory \"16GB\": Kubernetes wants bytes, with": "--on k8s --dry-run --claim c --image i --mem 16GB",
	} {
		code, stdout, stderr := sfdalab(t, append([]string{"run", spec}, strings.Fields(flags)...)...)
		if code != misuse || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d: %s%s, want %s", flags, code, stdout, stderr, want)
		}
	}
}
