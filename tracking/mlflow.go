package tracking

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ExportMLflow writes the selections into the directory dir in the layout that
// "mlflow ui --backend-store-uri dir" reads: a run for each run, with a metric
// for each cell, named metric/dataset/model, where parameters that the spec
// varies follow the metric's name. Exporting again replaces what was exported.
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

func exportMLflowRun(dir string, s Selection) error {
	r := &s.Run
	name := r.Experiment
	if name == "" {
		name = "Default"
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	experiment := strconv.Itoa(int(h.Sum32()))
	sum := sha256.Sum256([]byte(r.ID))
	run := hex.EncodeToString(sum[:16])
	root := filepath.Join(dir, experiment)
	home := filepath.Join(root, run)

	status := map[Outcome]int{Running: 1, Done: 3, Failed: 4, Interrupted: 5, Killed: 5}[r.Outcome]
	end := r.End
	if end.IsZero() {
		end = r.Beat
	}
	files := map[string]string{
		filepath.Join(root, "meta.yaml"): meta(
			"artifact_location", filepath.ToSlash(root), "creation_time", r.Start, "experiment_id", experiment,
			"last_update_time", end, "lifecycle_stage", "active", "name", name),
		filepath.Join(home, "meta.yaml"): meta(
			"artifact_uri", filepath.ToSlash(filepath.Join(home, "artifacts")), "end_time", end, "entry_point_name", "",
			"experiment_id", experiment, "lifecycle_stage", "active", "run_id", run, "run_name", r.Title(), "run_uuid", run,
			"source_name", "", "source_type", 4, "source_version", r.Environment.Revision, "start_time", r.Start,
			"status", status, "user_id", ""),
		filepath.Join(home, "artifacts", "spec.yaml"):           r.Spec,
		filepath.Join(home, "params", "seed"):                   strconv.FormatUint(r.Seed, 10),
		filepath.Join(home, "tags", "mlflow.runName"):           r.Title(),
		filepath.Join(home, "tags", "mlflow.note.content"):      r.Notes,
		filepath.Join(home, "tags", "mlflow.source.git.commit"): r.Environment.Revision,
		filepath.Join(home, "tags", "sfdalab.run"):              r.ID,
	}
	for _, t := range r.Tags {
		files[filepath.Join(home, "tags", plain(t))] = "true"
	}
	variant := Variants(s.Cells)
	for i := range s.Cells {
		c := &s.Cells[i]
		if c.Error != "" {
			continue
		}
		metric := plain(strings.TrimSpace(c.Metric + " " + variant(c)))
		path := filepath.Join(home, "metrics", metric, plain(c.Dataset), plain(c.Model))
		files[path] += fmt.Sprintf("%d %v 0\n", end.UnixMilli(), c.Score)
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// meta returns YAML of keys and values; JSON's strings are YAML's too.
func meta(pairs ...any) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		v := pairs[i+1]
		if t, ok := v.(time.Time); ok {
			v = t.UnixMilli()
		}
		text, _ := json.Marshal(v) // strings and numbers only
		fmt.Fprintf(&b, "%s: %s\n", pairs[i], text)
	}
	return b.String()
}

// plain returns name with only the characters that mlflow takes in names, and
// fit to be a file.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_-. ", r):
			return r
		}
		return '_'
	}, name)
	if strings.Trim(name, ". ") == "" {
		return "_" + strings.Trim(name, ". ")
	}
	return name
}
