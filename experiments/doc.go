// Package experiments turns a spec file into scored cells.
//
// A spec (Load) names features, metrics and a ground truth. Run makes of it cells,
// each one model on one dataset by one metric, scores those that the store does
// not have yet, in parallel, and logs them. Metrics are known by the registry
// (Register, New, Metrics), which decodes their parameters.
//
// What there is to do is a plan.Plan of tasks (Plan); a run, a shard of it (RunShard) and
// a cluster (package cluster) all work on one.
//
// A spec may have networks fine-tuned, too: each trial is a task and a cell, and what the
// trials come to is the ground truth.
//
//	spec.yaml → variants (metric × parameters)  ╮
//	          → inputs (model × dataset)    ┴→ tasks of cells → Result → table
package experiments
