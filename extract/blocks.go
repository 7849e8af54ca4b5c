package extract

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/fxamacker/cbor/v2"

	"sfdalab/internal/regular"
)

// blockSize is the number of samples in a block: what a killed run may have to compute
// again. A multiple of batchSize.
const blockSize = 256

// mostBlock bounds the file of a block.
const mostBlock = 1 << 40

// A block is what a network computed for the samples from one multiple of blockSize to
// the next. Its file is the SHA-256 of what follows, and then the block in CBOR.
type block struct {
	Identity string    `cbor:"identity"` // of the extraction
	Index    int       `cbor:"index"`
	Features []float32 `cbor:"features"` // rows×D
	Logits   []float32 `cbor:"logits"`   // rows×Z
	Rows     int       `cbor:"rows"`     // samples less those that are left out
	Bad      []Bad     `cbor:"bad"`
}

// A Bad is a sample whose image cannot be decoded.
type Bad struct {
	Sample int    `cbor:"sample" json:"sample"` // its place in the dataset, from 0
	Path   string `cbor:"path" json:"path"`
	Reason string `cbor:"reason" json:"reason"`
}

// blocks is the folder of the blocks of one extraction.
type blocks struct {
	folder   string
	identity string
	samples  int
}

// count returns how many blocks there are.
func (b blocks) count() int { return (b.samples + blockSize - 1) / blockSize }

// path returns the file of a block.
func (b blocks) path(index int) string {
	return filepath.Join(b.folder, fmt.Sprintf("%06d.block", index))
}

// decoding reads blocks of any number of features: their checksum says that they are ours.
var decoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxArrayElements: math.MaxInt32}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// read returns a block, or false where it is not there, damaged, or of another
// extraction: then it is to be computed.
func (b blocks) read(index int) (block, bool) {
	data, err := regular.Read(b.path(index), mostBlock)
	if err != nil || len(data) < sha256.Size {
		return block{}, false
	}
	sum, data := data[:sha256.Size], data[sha256.Size:]
	var k block
	if actual := sha256.Sum256(data); !bytes.Equal(sum, actual[:]) || decoding.Unmarshal(data, &k) != nil {
		return block{}, false
	}
	return k, k.Identity == b.identity && k.Index == index
}

// write stores a block.
func (b blocks) write(k block) error {
	k.Identity = b.identity
	data, err := cbor.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	return writeFile(b.path(k.Index), append(sum[:], data...))
}

// missing lists the blocks that are still to be computed.
func (b blocks) missing() []int {
	var missing []int
	for i := range b.count() {
		if _, ok := b.read(i); !ok {
			missing = append(missing, i)
		}
	}
	return missing
}

// errBlock says that a block was lost between its writing and the end.
var errBlock = errors.New("a block of features was lost while others were computed: run the same command again")

// each calls fn for all blocks in order.
func (b blocks) each(fn func(block) error) error {
	for i := range b.count() {
		k, ok := b.read(i)
		if !ok {
			return errBlock
		}
		if err := fn(k); err != nil {
			return err
		}
	}
	return nil
}
