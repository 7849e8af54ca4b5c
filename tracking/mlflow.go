package tracking

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sfdalab/internal/scratch"
)

// ExportMLflow writes the selections into the directory dir in the layout that
// "mlflow ui --backend-store-uri dir" reads: a run for each run, with a metric
// for each score, named metric/dataset/model, where parameters that the spec
// varies follow the metric's name. Scores of subsets are the steps of a metric
// whose name begins with "subsets of" and their fraction. Tags of users begin
// with "tag.". A name that MLflow cannot take ends with a hash of what it was.
// Exporting a run again replaces what was exported of it.
func ExportMLflow(dir string, all []Selection) error {
	dir, err := filepath.Abs(dir) // as artifacts are looked for from wherever the page is served
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := exportMLflowRun(dir, s); err != nil {
			return fmt.Errorf("export of run %s: %w", s.Run.ID, err)
		}
	}
	return nil
}

// exportMLflowRun writes the folder of a run beside its place, and moves it there when
// it is complete.
func exportMLflowRun(dir string, s Selection) error {
	r := &s.Run
	experiment, name := mlflowExperiment(r.Experiment)
	root := filepath.Join(dir, experiment)
	sum := sha256.Sum256([]byte(r.ID))
	id := hex.EncodeToString(sum[:16])
	home := filepath.Join(root, id)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	err := scratch.Write(filepath.Join(root, "meta.yaml"), func(f *os.File) error {
		_, err := f.Write(meta(
			"artifact_location", filepath.ToSlash(root), "creation_time", r.Start, "experiment_id", experiment,
			"last_update_time", r.last(), "lifecycle_stage", "active", "name", name))
		return err
	})
	if err != nil {
		return err
	}
	folder, remove, err := scratch.New(dir, ".part-")
	if err != nil {
		return err
	}
	defer remove()
	part := filepath.Join(folder, "run")
	status := map[Outcome]int{Running: 1, Done: 3, Failed: 4, Interrupted: 5, Killed: 5}[r.Outcome]
	files := map[string][]byte{
		"meta.yaml": meta(
			"artifact_uri", filepath.ToSlash(filepath.Join(home, "artifacts")), "end_time", r.last(), "entry_point_name", "",
			"experiment_id", experiment, "lifecycle_stage", "active", "run_id", id, "run_name", r.Title(), "run_uuid", id,
			"source_name", "", "source_type", 4, "source_version", r.Environment.Revision, "start_time", r.Start,
			"status", status, "user_id", ""),
		"artifacts/spec.yaml":           []byte(r.Spec),
		"params/seed":                   strconv.AppendUint(nil, r.Seed, 10),
		"tags/mlflow.runName":           []byte(r.Title()),
		"tags/mlflow.note.content":      []byte(r.Notes),
		"tags/mlflow.source.git.commit": []byte(r.Environment.Revision),
		"tags/sfdalab.run":              []byte(r.ID),
	}
	for _, t := range r.Tags {
		files["tags/tag."+plain(t)] = []byte("true")
	}
	variant := Variants(s.Cells)
	for i := range s.Cells {
		c := &s.Cells[i]
		if c.Error != "" {
			continue
		}
		name, step := mlflowMetric(c, variant(c))
		path := "metrics/" + name
		if step < 0 { // of several scores of the same name the last one counts
			step = strings.Count(string(files[path]), "\n")
		}
		files[path] = fmt.Appendf(files[path], "%d %v %d\n", r.last().UnixMilli(), c.Score, step)
	}
	for path, text := range files {
		path = filepath.Join(part, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(home), os.Rename(part, home))
}

// last returns when r ended, or was last heard of.
func (r *Run) last() time.Time {
	if r.End.IsZero() {
		return r.Beat
	}
	return r.End
}

// mlflowExperiment returns the number and the name of an experiment: those of MLflow's
// own default for runs without one.
func mlflowExperiment(name string) (id, title string) {
	const usual = "Default"
	if cmp.Or(name, usual) == usual {
		return "0", usual
	}
	sum := sha256.Sum256([]byte(name))
	return strconv.FormatUint(binary.BigEndian.Uint64(sum[:]), 10), name
}

// mlflowMetric returns the name of the metric that has the score of c, and at which step:
// -1 if all samples were scored, for the next one.
func mlflowMetric(c *Cell, variant string) (name string, step int) {
	line := strings.TrimSpace(c.Metric + " " + strings.ReplaceAll(variant, "=", "_"))
	name = plain(line) + "/" + plain(c.Dataset) + "/" + plain(c.Model)
	var fraction float64
	if n, _ := fmt.Sscanf(c.Subset, "subset %d of %g", &step, &fraction); n == 2 {
		return fmt.Sprintf("subsets of %v/%s", fraction, name), step
	}
	if _, table := c.Files[TableRole]; c.Subset != "" && !table {
		name = "samples " + plain(c.Subset) + "/" + name
	}
	return name, -1
}

// meta returns YAML of keys and values.
func meta(pairs ...any) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		v := pairs[i+1]
		switch text := v.(type) {
		case time.Time:
			v = text.UnixMilli()
		case string:
			v = strconv.QuoteToASCII(text) // whose escapes are YAML's too
		}
		b = fmt.Appendf(b, "%s: %v\n", pairs[i], v)
	}
	return b
}

// longest is how long a part of a name may be, so that three of them fit in a name of
// MLflow, which has 250 characters at most.
const longest = 64

// plain returns name if MLflow takes it in names and it is fit to be a file, and
// otherwise what it can take of it, and a hash of the whole that tells it from others.
func plain(name string) string {
	fit := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_-. ", r):
			return r
		}
		return '_'
	}, name)
	fit = strings.TrimLeft(fit, ". ")
	if fit == name && name != "" && len(name) <= longest {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := hex.EncodeToString(sum[:4])
	return fit[:min(len(fit), longest-1-len(hash))] + "-" + hash
}
