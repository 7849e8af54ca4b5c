package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"sfdalab/experiments"
)

// Kubernetes says what a manifest needs besides the spec.
type Kubernetes struct {
	Image  string // of a container with sfdalab
	Claim  string // PersistentVolumeClaim that all pods can write; it holds the folder
	Folder string // the working directory, with spec, features and store
	Limit  int    // pods at a time; 0 for all
	Mem    string // of a pod, such as "16Gi"; "" for no limit
}

// Manifest returns the indexed Job (batch/v1, Kubernetes 1.29 or later) that scores
// a spec in shards beside the store, a pod each. A pod that fails is repeated twice,
// alone.
func Manifest(ctx context.Context, spec *experiments.Spec, store string, k Kubernetes) ([]byte, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	specPath, err := within(k.Folder, spec.Path)
	if err != nil {
		return nil, err
	}
	if store, err = within(k.Folder, store); err != nil {
		return nil, err
	}
	work, err := experiments.Plan(ctx, spec, nil)
	if err != nil {
		return nil, err
	}
	n := tasks(work, measured(store, spec.Name), k.Limit)
	type object = yaml.MapSlice
	container := object{
		{Key: "name", Value: "sfdalab"},
		{Key: "image", Value: k.Image},
		{Key: "workingDir", Value: k.Folder},
		{Key: "command", Value: []string{"/bin/sh", "-c", fmt.Sprintf(
			"exec sfdalab run %s --store %s --shard $((JOB_COMPLETION_INDEX + 1))/%d", quote(specPath), quote(store), n)}},
		{Key: "volumeMounts", Value: []object{{{Key: "name", Value: "data"}, {Key: "mountPath", Value: k.Folder}}}},
	}
	if k.Mem != "" {
		container = append(container, yaml.MapItem{Key: "resources", Value: object{
			{Key: "requests", Value: object{{Key: "memory", Value: k.Mem}}},
			{Key: "limits", Value: object{{Key: "memory", Value: k.Mem}}},
		}})
	}
	return yaml.Marshal(object{
		{Key: "apiVersion", Value: "batch/v1"},
		{Key: "kind", Value: "Job"},
		{Key: "metadata", Value: object{{Key: "name", Value: label(spec.Name)}}},
		{Key: "spec", Value: object{
			{Key: "completionMode", Value: "Indexed"},
			{Key: "completions", Value: n},
			{Key: "parallelism", Value: cmp.Or(k.Limit, n)},
			{Key: "backoffLimitPerIndex", Value: maxAttempts - 1},
			{Key: "template", Value: object{{Key: "spec", Value: object{
				{Key: "restartPolicy", Value: "Never"},
				{Key: "containers", Value: []object{container}},
				{Key: "volumes", Value: []object{{
					{Key: "name", Value: "data"},
					{Key: "persistentVolumeClaim", Value: object{{Key: "claimName", Value: k.Claim}}},
				}}},
			}}}},
		}},
	})
}

// What Kubernetes takes for an image, the name of a claim, and memory in whole bytes.
var (
	image  = regexp.MustCompile(`^\S+$`)
	claim  = regexp.MustCompile(`^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`)
	memory = regexp.MustCompile(`^[1-9][0-9]*([kMGTPE]|[KMGTPE]i)?$`)
)

// check reports what Kubernetes would refuse, or take and never start.
func (k Kubernetes) check() error {
	switch {
	case k.Image == "" || k.Claim == "":
		return errors.New("a manifest needs the image of a container with sfdalab and the claim of a volume: give --image and --claim")
	case !image.MatchString(k.Image):
		return fmt.Errorf("image %q: want one such as lab/sfdalab:1", k.Image)
	case !claim.MatchString(k.Claim):
		return fmt.Errorf("claim %q: want the name of a PersistentVolumeClaim, as \"kubectl get pvc\" lists them", k.Claim)
	case k.Mem != "" && !memory.MatchString(k.Mem):
		return fmt.Errorf("memory %q: Kubernetes wants bytes, with k, M, G, T or Ki, Mi, Gi, Ti, such as 16Gi", k.Mem)
	}
	return nil
}

// within returns a path as the folder sees it, which must hold it.
func within(folder, path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(folder, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is outside %s, the volume that pods see", path, folder)
	}
	return rel, nil
}

var notInLabels = regexp.MustCompile("[^a-z0-9]+")

// label returns a name that Kubernetes allows: of lower-case letters, digits and
// hyphens within, and no more than 40 characters, as pods add to it.
func label(name string) string {
	name = notInLabels.ReplaceAllString("sfdalab-"+strings.ToLower(name), "-")
	return strings.Trim(name[:min(len(name), 40)], "-")
}
