// Package experiments turns a spec file into scored cells.
//
// A spec (Load) names features, metrics and a ground truth. Run turns it into cells,
// each of one model on one dataset by one metric. It scores the cells that are not in
// the store, in parallel, and stores them. Metrics come from the registry of package
// metric, which decodes their parameters.
//
// The work is a plan.Plan of tasks (Plan). A run, a shard of it (RunShard) and a
// cluster (package cluster) all work on the same plan.
//
// A spec may also fine-tune networks: each trial is a task and a cell, and the
// accuracies of the trials are the ground truth.
//
//	spec.yaml → variants (metric × parameters)  ╮
//	          → inputs (model × dataset)    ┴→ tasks of cells → Result → table
package experiments
