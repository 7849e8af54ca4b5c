package features

// A Score is what a metric says of a Set: higher predicts a better fine-tuned
// accuracy.
type Score struct {
	Value float64

	// Warnings are reasons to trust Value less. They are shown with it.
	Warnings []error

	// Details are named quantities that led to Value, such as "shrinkage" or
	// "iterations".
	Details map[string]float64
}

// Warn adds a warning.
func (s *Score) Warn(err error) { s.Warnings = append(s.Warnings, err) }

// Info says what a metric is. A metric is a struct whose fields are its
// parameters and whose Info method returns one of these; what the registry, the
// command and the README say of a metric comes from here.
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

const (
	Outputs    Needs = 1 << iota // source outputs, N×Z
	Second                       // a second feature set, N×D₂
	Embeddings                   // label embeddings, C×E
)

// Cost says what a metric's time grows with.
type Cost string

const (
	CostLinear    Cost = "N·D"   // a pass over features or outputs
	CostGram      Cost = "N·D²"  // Gram matrix and its factorization
	CostPairwise  Cost = "N²·D"  // all pairs of samples
	CostIterative Cost = "k·N·D" // k passes, until it converges
)
