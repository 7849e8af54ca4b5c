package tracking

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"sfdalab/results"
	"sfdalab/results/record"
)

// Cells are stored as CBOR (RFC 8949): maps from the numbers in the tags of Cell,
// in the shortest form that keeps every bit, so equal cells are equal bytes. Names
// may be any bytes, as those of files are.
var (
	toCBOR, _ = cbor.EncOptions{
		Sort: cbor.SortCoreDeterministic, ShortestFloat: cbor.ShortestFloat16, NaNConvert: cbor.NaNConvertPreserveSignal,
		Time: cbor.TimeRFC3339Nano,
	}.EncMode()
	fromCBOR, _ = cbor.DecOptions{
		UTF8: cbor.UTF8DecodeInvalid, MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32, // what was written can be read
	}.DecMode()
)

// A heading is what the store has to know of a cell that it takes in.
type heading struct {
	ID    Identity `cbor:"1,keyasint"`
	Error string   `cbor:"13,keyasint"`
}

// An entry is a cell ready to be written.
type entry struct {
	heading
	stored []byte // its value, behind room for the checksum
	cell   *Cell  // nil if it is still to be decoded
	rank   int    // of its identity among those of a batch

	numbers map[string]float64 // of the cell, found before the file is held
}

// What a store takes in: a record must not take longer to read than all others.
const (
	MaxDetails = 10_000  // of a cell
	MaxCell    = 1 << 20 // bytes of its record
	maxName    = 4096    // bytes of the name of a dataset, a model or a metric
)

// newEntry returns c as it is written.
func newEntry(c *Cell) (entry, error) {
	value, err := toCBOR.Marshal(c)
	if err != nil {
		return entry{}, fmt.Errorf("cell %s %s %s: %w", c.Dataset, c.Model, c.Metric, err)
	}
	if len(value) > MaxCell {
		return entry{}, fmt.Errorf("cell %s %s %s: its record has %d bytes, more than %d", c.Dataset, c.Model, c.Metric, len(value), MaxCell)
	}
	return entry{heading: heading{c.ID, c.Error}, stored: unsealed(value), cell: c, numbers: c.numbers()}, nil
}

// decode returns the cell of e.
func (e *entry) decode() (*Cell, error) {
	if e.cell != nil {
		return e.cell, nil
	}
	c, err := decodeCell(e.stored[sumSize:])
	return &c, err
}

// decodeCell returns the cell that value is.
func decodeCell(value []byte) (c Cell, err error) {
	return c, fromCBOR.Unmarshal(value, &c)
}

// A decoder decodes cells of one run, which have much in common: it is kept once. Their
// Files, which they share, must not be changed.
type decoder struct {
	files map[string]Files // by their CBOR
	texts map[string]string
}

func newDecoder() *decoder { return &decoder{map[string]Files{}, map[string]string{}} }

// cell returns the cell that value is.
func (d *decoder) cell(value []byte) (Cell, error) {
	var s struct {
		Cell
		Files cbor.RawMessage `cbor:"7,keyasint"`
	}
	if err := fromCBOR.Unmarshal(value, &s); err != nil {
		return Cell{}, err
	}
	c := s.Cell
	if len(s.Files) > 0 {
		files, known := d.files[string(s.Files)]
		if !known {
			if err := files.UnmarshalCBOR(s.Files); err != nil {
				return Cell{}, err
			}
			d.files[string(s.Files)] = files
		}
		c.Files = files
	}
	for _, text := range []*string{&c.Dataset, &c.Model, &c.Metric, &c.Subset} {
		*text = d.text(*text)
	}
	return c, nil
}

// text returns a text as it was first met.
func (d *decoder) text(text string) string {
	first, known := d.texts[text]
	if !known {
		first = text
		d.texts[text] = text
	}
	return first
}

// decodeRun returns the run that value is.
func decodeRun(value []byte) (r Run, err error) {
	if err = fromCBOR.Unmarshal(value, &r); err == nil {
		err = r.check()
	}
	return r, err
}

// check reports why no table of r could be made: it has no ID, has not a ground truth that it
// names, or has an accuracy that is no finite number.
func (r *Run) check() error {
	if r.ID == "" {
		return errors.New("it has no ID")
	}
	truths := slices.Concat(r.Truths, r.Accuracies)
	if r.Layout != nil {
		truths = append(truths, r.Layout.Protocols...)
	}
	for _, t := range truths {
		if t == nil {
			return errors.New("a ground truth is missing")
		}
		for dataset, of := range t.Accuracies {
			for model, accuracy := range of {
				if math.IsNaN(accuracy) || math.IsInf(accuracy, 0) {
					return fmt.Errorf("ground truth %.80q: the accuracy of %.80q on %.80q is %v", t.Name, model, dataset, accuracy)
				}
			}
		}
	}
	for _, v := range r.Variants {
		if v.Truth != "" && !slices.ContainsFunc(r.Truths, func(t *results.Truth) bool { return t.SHA256 == v.Truth }) {
			return fmt.Errorf("the ground truth of %.80q is missing", v.Label)
		}
	}
	return nil
}

// decodeListed returns what List tells of the run that value is.
func decodeListed(value []byte) (Run, error) {
	var r listed
	err := fromCBOR.Unmarshal(value, &r)
	return Run(r), err
}

// listed has the fields of Run, of which those that take long to read are passed
// over. The compiler holds the two together.
type listed struct {
	ID         string `json:"id"`
	Experiment string `json:"experiment"`
	Annotation

	Spec     string            `json:"-"`
	SpecPath string            `json:"spec_path"`
	Inputs   map[string]string `json:"-"`

	Sources map[string]map[string]string `json:"-"`

	Seed uint64 `json:"seed"`

	Variants []record.Variant `json:"-"`
	Truths   []*results.Truth `json:"-"`
	Layout   *Layout          `json:"-"`

	Rankings   []record.Ranking `json:"-"`
	Accuracies []*results.Truth `json:"-"`

	Environment Environment `json:"environment"`

	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Outcome Outcome   `json:"outcome"`
	Reason  string    `json:"reason"`

	CPUSeconds float64 `json:"cpu_seconds"`
	PeakBytes  int64   `json:"peak_bytes"`

	Planned int `json:"planned"`
	Summary
	Warnings []string `json:"warnings"`

	Process  string    `json:"process"`
	Beat     time.Time `json:"beat"`
	Revision int       `json:"revision"`

	number uint64
}

// Files has the SHA-256, in hex, of each input file of a cell by its role, such as
// "features".
type Files map[string]string

// MarshalCBOR writes hashes as bytes. What else an import may have is text.
func (f Files) MarshalCBOR() ([]byte, error) {
	hashes := make(map[string]any, len(f))
	for role, hash := range f {
		hashes[role] = hash
		if raw, err := hex.DecodeString(hash); err == nil && hex.EncodeToString(raw) == hash {
			hashes[role] = raw
		}
	}
	return toCBOR.Marshal(hashes)
}

// UnmarshalCBOR reads what MarshalCBOR wrote.
func (f *Files) UnmarshalCBOR(value []byte) error {
	var hashes map[string]any
	if err := fromCBOR.Unmarshal(value, &hashes); err != nil {
		return err
	}
	*f = make(Files, len(hashes))
	for role, hash := range hashes {
		switch hash := hash.(type) {
		case []byte:
			(*f)[role] = hex.EncodeToString(hash)
		case string:
			(*f)[role] = hash
		default:
			return fmt.Errorf("file %q: %v is not a hash", role, hash)
		}
	}
	return nil
}
