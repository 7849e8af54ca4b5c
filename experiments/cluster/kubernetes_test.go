package cluster

import (
	"path/filepath"
	"testing"

	"sfdalab/experiments"
)

// shipped returns the shipped spec and the folder that it reads.
func shipped(t *testing.T) (*experiments.Spec, string) {
	t.Helper()
	folder, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := experiments.Load("../specs/zoo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return spec, folder
}

func TestManifestRefused(t *testing.T) {
	spec, folder := shipped(t)
	good := Kubernetes{Image: "lab/sfdalab:1", Claim: "features", Folder: folder, Mem: "16Gi"}
	for _, c := range []struct {
		change func(*Kubernetes)
		store  string
		want   string
	}{
		{func(k *Kubernetes) { k.Image = "" }, "../lab.db", "--image and --claim"},
		{func(k *Kubernetes) { k.Claim = "" }, "../lab.db", "--image and --claim"},
		{func(k *Kubernetes) { k.Image = "lab/sfdalab 1" }, "../lab.db", `image "lab/sfdalab 1"`},
		{func(k *Kubernetes) { k.Claim = "My data" }, "../lab.db", `claim "My data"`},
		{func(k *Kubernetes) { k.Mem = "16GB" }, "../lab.db", `"16GB"`},
		{func(k *Kubernetes) { k.Mem = "-1G" }, "../lab.db", "such as 16Gi"},
		{func(k *Kubernetes) { k.Mem = "0.5" }, "../lab.db", "such as 16Gi"},
		{func(*Kubernetes) {}, "/elsewhere/lab.db", "/elsewhere/lab.db is outside " + folder},
	} {
		k := good
		c.change(&k)
		_, err := Manifest(t.Context(), spec, c.store, k)
		wants(t, err, c.want)
	}
}
