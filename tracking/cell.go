package tracking

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// A Cell is the score of one model on one dataset by one metric. Its JSON form
// is how it is exported, its CBOR form how it is stored.
type Cell struct {
	ID      Identity `json:"id" cbor:"1,keyasint"` // set by Log if zero
	Dataset string   `json:"dataset" cbor:"2,keyasint"`
	Model   string   `json:"model" cbor:"3,keyasint"`

	// Metric, Version, Params, Files, Subset and Seed decide the score.
	Metric  string          `json:"metric" cbor:"4,keyasint"`
	Version int             `json:"version,omitempty" cbor:"5,keyasint,omitempty"` // of the metric
	Params  json.RawMessage `json:"params,omitempty" cbor:"6,keyasint,omitempty"`  // canonical, see Canonical
	Files   Files           `json:"files,omitempty" cbor:"7,keyasint,omitzero"`
	Subset  string          `json:"split,omitempty" cbor:"8,keyasint,omitempty"` // of the samples; "" for all
	Seed    uint64          `json:"seed,omitempty" cbor:"9,keyasint,omitempty"`

	Score    float64  `json:"score" cbor:"10,keyasint"` // finite; zero if Error is set
	Details  Details  `json:"details,omitempty" cbor:"11,keyasint,omitempty"`
	Warnings []string `json:"warnings,omitempty" cbor:"12,keyasint,omitempty"`
	Error    string   `json:"error,omitempty" cbor:"13,keyasint,omitempty"` // why there is no score

	Seconds    float64 `json:"seconds,omitempty" cbor:"14,keyasint,omitempty"` // wall time
	CPUSeconds float64 `json:"cpu_seconds,omitempty" cbor:"15,keyasint,omitempty"`
	PeakBytes  int64   `json:"peak_bytes,omitempty" cbor:"16,keyasint,omitempty"` // peak memory

	Trial *Trial `json:"trial,omitempty" cbor:"17,keyasint,omitempty"` // of a cell that is one
}

// check reports what makes c unfit to be stored.
func (c *Cell) check() error {
	switch {
	case c.Dataset == "" || c.Model == "" || c.Metric == "":
		return fmt.Errorf("cell needs a dataset, a model and a metric, has %q, %q and %q", c.Dataset, c.Model, c.Metric)
	case max(len(c.Dataset), len(c.Model), len(c.Metric)) > maxName:
		return fmt.Errorf("cell %.40q %.40q %.40q: a name has more than %d bytes", c.Dataset, c.Model, c.Metric, maxName)
	case len(c.Details) > MaxDetails:
		return fmt.Errorf("cell %s %s %s: %d details, more than %d", c.Dataset, c.Model, c.Metric, len(c.Details), MaxDetails)
	case math.IsNaN(c.Score) || math.IsInf(c.Score, 0):
		return fmt.Errorf("cell %s %s %s: the score is %v: leave it out, and say why in the error of the cell", c.Dataset, c.Model, c.Metric, c.Score)
	case !isUsage(c.Seconds) || !isUsage(c.CPUSeconds) || c.PeakBytes < 0:
		return fmt.Errorf("cell %s %s %s: took %v s, %v s of the processor and %d bytes: want finite numbers from 0",
			c.Dataset, c.Model, c.Metric, c.Seconds, c.CPUSeconds, c.PeakBytes)
	}
	return nil
}

// isUsage reports whether x may be a time that was taken.
func isUsage(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }

// sameScore reports whether c and d tell of the same model and dataset and came
// to the same score, to the last bit.
func (c *Cell) sameScore(d *Cell) bool {
	return c.Dataset == d.Dataset && c.Model == d.Model && c.Error == d.Error &&
		math.Float64bits(c.Score) == math.Float64bits(d.Score)
}

// An Identity is what a score depends on, hashed: cells with the same identity
// have the same score. The names of dataset and model are not part of it, the
// bytes of their files are.
type Identity [16]byte

// Identify returns the identity of c: the first 128 bits of the SHA-256 of
// metric, version, params, each role and hash of Files in order of roles, subset
// and seed, each part preceded by its length. The names of dataset and model take the
// place of Files if there are none, and stand beside them in an import, of which one
// file has many cells.
func (c *Cell) Identify() Identity {
	text := make([]byte, 0, 1024)
	add := func(part string) {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	add(c.Metric)
	add(strconv.Itoa(c.Version))
	add(string(c.Params))
	roles := make([]string, 0, 8)
	for role := range c.Files {
		roles = append(roles, role)
	}
	slices.Sort(roles)
	for _, role := range roles {
		add(role)
		add(c.Files[role])
	}
	if _, imported := c.Files[ImportRole]; imported || len(c.Files) == 0 {
		for _, part := range []string{"dataset", c.Dataset, "model", c.Model} {
			add(part)
		}
	}
	add(c.Subset)
	add(strconv.FormatUint(c.Seed, 10))
	sum := sha256.Sum256(text)
	return Identity(sum[:])
}

// String returns id in hex.
func (id Identity) String() string { return hex.EncodeToString(id[:]) }

// MarshalText returns id in hex.
func (id Identity) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, id[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *Identity) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(id) {
		return fmt.Errorf("identity %q: want %d hex digits", text, hex.EncodedLen(len(id)))
	}
	_, err := hex.Decode(id[:], text)
	return err
}

// Canonical returns v, a map or struct of parameters, as JSON with sorted keys,
// without spaces, and with numbers as they are: equal parameters give equal
// bytes.
func Canonical(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var sorted map[string]any
	if err := d.Decode(&sorted); err != nil {
		return nil, fmt.Errorf("parameters %s: want an object: %w", raw, err)
	}
	return json.Marshal(sorted)
}

// Details are named quantities. In JSON, which has no words for them, NaN and
// the infinities are the strings "NaN", "+Inf" and "-Inf".
type Details map[string]float64

// MarshalJSON writes the details in order of their names.
func (d Details) MarshalJSON() ([]byte, error) {
	if text, err := json.Marshal(map[string]float64(d)); err == nil {
		return text, nil
	}
	out := make(map[string]number64, len(d))
	for k, v := range d {
		out[k] = number64(v)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Details) UnmarshalJSON(text []byte) error {
	var in map[string]*number64
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*d = make(Details, len(in))
	for k, v := range in {
		if v == nil {
			return fmt.Errorf("%q: want a number, not null", k)
		}
		(*d)[k] = float64(*v)
	}
	return nil
}

// number64 is a float64 whose JSON may be "NaN", "+Inf" or "-Inf".
type number64 float64

func (x number64) MarshalJSON() ([]byte, error) {
	switch v := float64(x); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 0):
		return fmt.Appendf(nil, `"%+v"`, v), nil
	default:
		return json.Marshal(v)
	}
}

func (x *number64) UnmarshalJSON(text []byte) error {
	for name, v := range map[string]float64{`"NaN"`: math.NaN(), `"+Inf"`: math.Inf(1), `"-Inf"`: math.Inf(-1)} {
		if string(text) == name {
			*x = number64(v)
			return nil
		}
	}
	return json.Unmarshal(text, (*float64)(x))
}
