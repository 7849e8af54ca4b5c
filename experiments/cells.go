package experiments

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/metric"
	"sfdalab/tracking"
)

// A batch is the cells of one input: one model on one dataset. They share a Set.
type batch struct {
	input files.Paths
	files []features.File
	err   error // why the files cannot be read
	cells []*Cell
}

// plan makes the cells of the batch, without scores: for all samples and then
// for each subset, each variant that is computed.
func (b *batch) plan(variants []Variant, spec *Spec) {
	files := make([]map[string]string, len(variants)) // shared: there may be many subsets
	for i, v := range variants {
		files[i] = b.hashes(v)
	}
	// One block, so that a million cells are not a million things to collect.
	cells := make([]Cell, 0, len(variants)*(spec.Subsets.Total()+1))
	for subset := range spec.Subsets.Total() + 1 {
		name := spec.subsetName(subset)
		for i, variant := range variants {
			if variant.Metric == nil {
				continue
			}
			c := Cell{Variant: i, SubsetNumber: subset, Cell: tracking.Cell{
				Dataset: b.input.Dataset,
				Model:   b.input.Model,
				Metric:  variant.Name,
				Version: variant.Metric.Info().Version,
				Params:  variant.params,
				Files:   files[i],
				Subset:  name,
				Seed:    variant.seed,
			}}
			if b.err != nil {
				c.Error, c.state = b.err.Error(), done
			}
			cells = append(cells, c)
		}
	}
	b.cells = make([]*Cell, len(cells))
	for i := range cells {
		b.cells[i] = &cells[i]
	}
}

// hashes returns those of all files that a score by the variant depends on.
func (b *batch) hashes(v Variant) map[string]string {
	files := make(map[string]string, len(b.files)+len(v.files))
	for _, f := range b.files {
		files[f.Role] = f.SHA256
	}
	maps.Copy(files, v.files)
	return files
}

// A group is the cells that a [metric.GroupMetric] combines: those of one variant and subset,
// for all models of a dataset.
type group struct {
	metric metric.GroupMetric
	cells  []*Cell
}

// groups returns the groups among the cells of all batches, and gives each of
// their cells a file "group": a hash of the files of all members. Members
// without a score are not among them, unless they have yet to get one.
func groups(batches []*batch, variants []Variant) []group {
	type key struct {
		dataset         string
		variant, subset int
	}
	at := make(map[key]int)
	var all []group
	for _, b := range batches {
		for _, c := range b.cells {
			combining, ok := variants[c.Variant].Metric.(metric.GroupMetric)
			if !ok || c.Error != "" {
				continue
			}
			k := key{c.Dataset, c.Variant, c.SubsetNumber}
			i, known := at[k]
			if !known {
				i = len(all)
				at[k] = i
				all = append(all, group{metric: combining})
			}
			all[i].cells = append(all[i].cells, c)
		}
	}
	for _, g := range all {
		g.identify()
	}
	return all
}

func (g group) identify() {
	h := sha256.New()
	for _, c := range g.cells {
		own := tracking.Cell{Files: withoutGroup(c.Files)}
		id := own.Identify()
		h.Write(id[:])
	}
	sum := hex.EncodeToString(h.Sum(nil))
	for _, c := range g.cells {
		c.Files = withoutGroup(c.Files)
		c.Files["group"] = sum
	}
}

func withoutGroup(files map[string]string) map[string]string {
	own := make(map[string]string, len(files))
	for role, hash := range files {
		if role != "group" {
			own[role] = hash
		}
	}
	return own
}

// combine replaces the scores of the group's members by their combination.
func (g group) combine() {
	scores := make([]metric.Score, len(g.cells))
	for i, c := range g.cells {
		scores[i] = metric.Score{Value: c.Score, Details: c.Details}
	}
	combined, err := g.metric.Combine(scores)
	for i, c := range g.cells {
		if err != nil {
			c.Error, c.Score = fmt.Sprintf("over the models of %s: %v", c.Dataset, err), 0
			continue
		}
		c.Score, c.Details = combined[i].Value, combined[i].Details
		for _, w := range combined[i].Warnings {
			c.Warnings = append(c.Warnings, w.Error())
		}
	}
}
