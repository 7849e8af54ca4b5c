// Package metric says what a transferability metric is: something that scores a
// [features.Set], with parameters and their defaults, found by its name.
//
// A [Metric] returns a [Score]: a value, higher for a better prediction, with named
// details and warnings. Packages sfda and baselines implement metrics, and package
// experiments registers them: [New] then makes one from its name and parameters, and [All]
// lists them. To write a metric, start from baselines/ADDING.md.
package metric

import (
	"context"

	"sfdalab/features"
)

// A Metric scores a Set. It is a struct whose exported fields are its parameters,
// each with the struct tags that [Param] lists. The zero value of a field stands for
// the parameter's default: Score begins with [Prepare], which puts it in.
type Metric interface {
	Info() Info
	Score(ctx context.Context, s *features.Set) (Score, error)
}

// A GroupMetric ends in a step over all models of a dataset, such as a scaling to
// the group's range. Combine takes what Score returned for each model and returns
// the final scores in the same order.
type GroupMetric interface {
	Metric
	Combine(group []Score) ([]Score, error)
}

// Info describes a metric. What the registry, the command and the README say of a
// metric comes from here.
type Info struct {
	Name    string // as users write it, such as "hscore"
	Title   string // as papers write it, such as "H-score"
	Version int    // raised when the same input may get another score
	Paper   Paper
	Needs   Needs
	Uses    Needs // besides, where the Set has it
	Cost    Cost
	Random  bool // depends on a seed, the field Seed
	Targets bool // scores regression and multi-label targets too, not classes alone

	// MultiLabel says, behind "are scored", how the metric itself scores samples with
	// several labels. Where it is "" and Targets is not set, the score is the mean over
	// labels of what the metric says of each against the rest.
	MultiLabel string

	// Flipped is set where the authors' own sign says that lower is better. The
	// score here is its negative.
	Flipped bool
}

// Paper is where a metric was published.
type Paper struct {
	Authors string // such as "Shao et al."
	Title   string
	Venue   string // such as "ECCV"
	Year    int
}

// Needs lists what a metric needs of a Set besides features and labels.
type Needs uint

// What a metric may need.
const (
	Outputs    Needs = 1 << iota // source outputs, N×Z
	Second                       // a second feature set, N×D₂
	Embeddings                   // label embeddings, C×E
)

// Cost says what a metric's time grows with.
type Cost string

// The costs.
const (
	CostLinear    Cost = "N·D"   // a pass over features or outputs
	CostGram      Cost = "N·D²"  // Gram matrix and its factorization
	CostPairwise  Cost = "N²·D"  // all pairs of samples
	CostIterative Cost = "k·N·D" // k passes, until it converges
)
