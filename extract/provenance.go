package extract

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"sfdalab/extract/datasets"
	"sfdalab/extract/imageio"
	"sfdalab/extract/transform"
	"sfdalab/internal/onnxruntime"
	"sfdalab/internal/regular"
)

// A Provenance says what features were made of. It is the content of
// {model}_{dataset}.json.
type Provenance struct {
	Identity  string  `json:"identity"` // SHA-256 of Inputs as JSON
	Inputs    Inputs  `json:"inputs"`
	Model     string  `json:"model"`
	Network   string  `json:"network"` // path
	Dataset   string  `json:"dataset"`
	Split     string  `json:"split,omitempty"`
	Rows      int     `json:"rows"`
	Columns   int     `json:"columns"`
	Outputs   int     `json:"outputs"` // columns of the logits, 0 where there are none
	Size      *Size   `json:"size,omitempty"`
	LeftOut   []Bad   `json:"left_out,omitempty"`
	Files     []File  `json:"files"` // that belong to it
	Library   string  `json:"library"`
	Seconds   float64 `json:"seconds"`
	Computing float64 `json:"computing"` // of these, in ONNX Runtime
	Made      string  `json:"made"`      // RFC 3339
}

// Inputs are what determines the numbers of features. Same inputs, same features.
type Inputs struct {
	Network   string   `json:"network"` // SHA-256 of the model with its external data
	Layer     string   `json:"layer"`
	Logits    string   `json:"logits,omitempty"`
	Pool      Pool     `json:"pool,omitempty"`
	Transform string   `json:"transform"`
	Decoder   int      `json:"decoder"` // version of imageio
	Resizer   int      `json:"resizer"` // version of transform
	Runtime   string   `json:"runtime"` // version of ONNX Runtime
	Device    string   `json:"device"`
	Batch     int      `json:"batch"`
	Block     int      `json:"block"`
	Images    []string `json:"images"` // SHA-256 of each, in the order of the samples
}

// A File is one that was written, with the SHA-256 of its bytes.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// inputs are those of one network and the samples.
func inputs(n *network, library *onnxruntime.Library, t transform.Transform, device string, images []string) Inputs {
	return Inputs{
		Network: n.Hash, Layer: n.Features, Logits: n.Logits, Pool: n.pool,
		Transform: t.String(), Decoder: imageio.Version, Resizer: transform.Version,
		Runtime: library.Version, Device: device, Batch: n.batch, Block: blockSize, Images: images,
	}
}

// identity is the hash of the inputs.
func (in Inputs) identity() (string, error) {
	text, err := json.Marshal(in)
	return hash(text), err
}

// differs names what is not the same in other inputs.
func (in Inputs) differs(other Inputs) string {
	switch {
	case in.Network != other.Network:
		return "another network"
	case in.Transform != other.Transform:
		return "another transform (" + other.Transform + ")"
	case in.Layer != other.Layer || in.Logits != other.Logits || in.Pool != other.Pool:
		return "another layer (" + other.Layer + ")"
	case in.Device != other.Device:
		return "another device (" + other.Device + ")"
	case in.Runtime != other.Runtime:
		return "ONNX Runtime " + other.Runtime
	case in.Decoder != other.Decoder || in.Resizer != other.Resizer || in.Batch != other.Batch || in.Block != other.Block:
		return "another version of sfdalab"
	}
	return "other images"
}

// provenancePath returns the file of a provenance.
func provenancePath(folder, model, dataset string) string {
	return filepath.Join(folder, model+"_"+dataset+".json")
}

// readProvenance returns what is known of features that are finished; false where
// there are none.
func readProvenance(folder, model, dataset string) (Provenance, bool) {
	var p Provenance
	data, err := regular.Read(provenancePath(folder, model, dataset), mostList)
	if err != nil || json.Unmarshal(data, &p) != nil {
		return Provenance{}, false
	}
	for _, f := range p.Files {
		if _, err := os.Stat(filepath.Join(folder, f.Name)); err != nil {
			return Provenance{}, false
		}
	}
	return p, true
}

// write stores it, which marks the extraction as finished.
func (p *Provenance) write(folder string) error {
	p.Made = time.Now().UTC().Format(time.RFC3339)
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(provenancePath(folder, p.Model, p.Dataset), append(text, '\n'))
}

// describe fills in what is known of the dataset.
func (p *Provenance) describe(d *datasets.Dataset) { p.Dataset, p.Split = d.Name, d.Split }
