// Package features holds what metrics score: the features that one pre-trained
// network computes for one labelled dataset.
//
// A Set is made from files (package files) or from memory (New), is checked once,
// and is read-only from then on. Features may stay as they are stored, mapped into
// memory; they are widened to float64 a block of rows at a time (Rows, Blocks), so
// memory does not grow with the number of samples.
//
// A Set owns the statistics that several metrics need, such as class means and scatter
// matrices: each is computed on first use, once, and shared by all metrics that score
// the Set. The functions that compute them (Group, PairProducts and so on) work on any
// Rows, including Rows that change others while they are read, such as Centred.
package features

import (
	"errors"
	"sync"
)

// Data is what a Set is made of. N is the number of samples, D of features, C
// of classes.
type Data struct {
	Model, Dataset string

	Features Rows    // N×D, finite
	Labels   *Labels // N

	// What only some metrics need; nil when there is none.
	Outputs    Rows // N×Z, outputs of the source model: logits or probabilities
	Second     Rows // N×D₂, features of a second model
	Embeddings Rows // C×E, an embedding of each class

	// Splits says of which split of its dataset each sample is, such as train or test; nil
	// where nothing tells.
	Splits []string

	Files []File // where it was read from
}

// File identifies an input by its bytes: those of the array alone when it is one
// of an .npz file.
type File struct {
	Role   string // "features", "labels", "outputs", "second" or "embeddings"
	Path   string
	SHA256 string // hexadecimal
	Bytes  int64
}

// A Set is the features of one model on one dataset. It may be used by several
// goroutines at once.
type Set struct {
	Data
	n, d     int
	constant []int
	shared   sync.Map // key → func() any
	meter    meter    // of what is shared
	close    func() error
	whole    *whole  // of which it is a Subset, or nil
	classes  *Groups // Classes of what a fold leaves, or nil
}

// New checks data and makes a Set of it. The error says what is wrong and where:
// rows that do not match labels, NaN or infinite features, fewer than two
// classes.
func New(data Data) (s *Set, err error) {
	defer CatchLost(&err)
	if s, err = unchecked(data); err == nil {
		err = s.checkNumbers()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// unchecked is New for numbers that were checked before.
func unchecked(data Data) (*Set, error) {
	if data.Features == nil {
		return nil, errors.New("no features")
	}
	if data.Labels == nil {
		return nil, errors.New("no labels")
	}
	s := &Set{Data: data}
	s.n, s.d = data.Features.Dims()
	if err := s.checkShapes(); err != nil {
		return nil, err
	}
	if err := s.checkLabels(); err != nil {
		return nil, err
	}
	return s, nil
}

// OnClose makes Close call f, which lets go of the files that the Set is read from.
func (s *Set) OnClose(f func() error) { s.close = f }

// Close lets go of the files that the Set is read from. Nothing may use the Set any
// more, nor a Subset of it.
func (s *Set) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// N is the number of samples.
func (s *Set) N() int { return s.n }

// D is the number of features.
func (s *Set) D() int { return s.d }

// C is the number of classes; 0 when the labels are regression targets.
func (s *Set) C() int { return s.Labels.C() }
