package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sfdalab/extract/imageio"
)

// side is that of CIFAR's images: three planes, red, green and blue, of side² bytes.
const side = 32

// cifarBytes is the size of an image.
const cifarBytes = 3 * side * side

// decodeCIFAR puts the planes of an image together.
func decodeCIFAR(data []byte) (*imageio.RGB, error) {
	if len(data) != cifarBytes {
		return nil, fmt.Errorf("an image of %d bytes, not %d", len(data), cifarBytes)
	}
	img := &imageio.RGB{Width: side, Height: side, Pix: make([]uint8, cifarBytes)}
	for i := range side * side {
		for c := range 3 {
			img.Pix[3*i+c] = data[c*side*side+i]
		}
	}
	return img, nil
}

// A cifar describes the two forms in which one of the datasets is published.
type cifar struct {
	python, binary      string // folders
	pythonSplits        map[string][]string
	binarySplits        map[string][]string
	pythonMeta          string
	pythonNames         string // key of the names of classes
	pythonLabels        string // key of the labels
	binaryMeta          string
	labelBytes, labelAt int // of a record in binary form
}

// The two datasets.
var (
	cifar10Files = cifar{
		python: "cifar-10-batches-py", binary: "cifar-10-batches-bin",
		pythonSplits: map[string][]string{"train": numbered("data_batch_%d"), "test": {"test_batch"}},
		binarySplits: map[string][]string{"train": numbered("data_batch_%d.bin"), "test": {"test_batch.bin"}},
		pythonMeta:   "batches.meta", pythonNames: "label_names", pythonLabels: "labels",
		binaryMeta: "batches.meta.txt", labelBytes: 1,
	}
	cifar100Files = cifar{
		python: "cifar-100-python", binary: "cifar-100-binary",
		pythonSplits: map[string][]string{"train": {"train"}, "test": {"test"}},
		binarySplits: map[string][]string{"train": {"train.bin"}, "test": {"test.bin"}},
		pythonMeta:   "meta", pythonNames: "fine_label_names", pythonLabels: "fine_labels",
		binaryMeta: "fine_label_names.txt", labelBytes: 2, labelAt: 1,
	}
)

// numbered names the five batches of CIFAR-10.
func numbered(format string) (names []string) {
	for i := range 5 {
		names = append(names, fmt.Sprintf(format, i+1))
	}
	return names
}

// cifar10: batches of images, of which five are for training.
func cifar10(root, split string) ([]string, []Sample, error) { return cifar10Files.list(root, split) }

// cifar100: the same with one batch for training, and labels of two kinds, fine and coarse.
func cifar100(root, split string) ([]string, []Sample, error) { return cifar100Files.list(root, split) }

// list reads the Python form where it is there, and else the binary form.
func (c cifar) list(root, split string) ([]string, []Sample, error) {
	_, err := os.Stat(filepath.Join(root, c.python))
	if errors.Is(err, fs.ErrNotExist) {
		return c.listBinary(filepath.Join(root, c.binary), split)
	}
	return c.listPython(filepath.Join(root, c.python), split)
}

// listBinary reads records of one or two labels and an image.
func (c cifar) listBinary(folder, split string) (classes []string, samples []Sample, err error) {
	if classes, err = lines(filepath.Join(folder, c.binaryMeta)); err != nil {
		return nil, nil, err
	}
	for _, name := range c.binarySplits[split] {
		path := filepath.Join(folder, name)
		data, err := readFile(path)
		if err != nil {
			return nil, nil, err
		}
		record := c.labelBytes + cifarBytes
		if len(data) == 0 || len(data)%record != 0 {
			return nil, nil, fmt.Errorf("%s has %d bytes, which is not a multiple of %d", path, len(data), record)
		}
		for i := 0; i*record < len(data); i++ {
			r := data[i*record : (i+1)*record]
			samples = append(samples, c.sample(name, i, int(r[c.labelAt]), r[c.labelBytes:]))
		}
	}
	return classes, samples, inRange(classes, samples)
}

// listPython reads dictionaries with the images as one array.
func (c cifar) listPython(folder, split string) (classes []string, samples []Sample, err error) {
	meta, err := unpickle(filepath.Join(folder, c.pythonMeta))
	if err != nil {
		return nil, nil, err
	}
	if classes, err = meta.texts(c.pythonNames); err != nil {
		return nil, nil, err
	}
	for _, name := range c.pythonSplits[split] {
		batch, err := unpickle(filepath.Join(folder, name))
		if err != nil {
			return nil, nil, err
		}
		labels, err := batch.numbers(c.pythonLabels)
		if err != nil {
			return nil, nil, err
		}
		data, err := batch.bytes("data")
		if err != nil {
			return nil, nil, err
		}
		if len(data) != len(labels)*cifarBytes {
			return nil, nil, fmt.Errorf("%s: %d bytes of images for %d labels", batch.path, len(data), len(labels))
		}
		for i, label := range labels {
			samples = append(samples, c.sample(name, i, label, data[i*cifarBytes:(i+1)*cifarBytes]))
		}
	}
	return classes, samples, inRange(classes, samples)
}

// sample is image index of a file.
func (c cifar) sample(file string, index, class int, data []byte) Sample {
	return Sample{
		Path: fmt.Sprintf("%s/%05d", strings.TrimSuffix(file, ".bin"), index), Class: class,
		Bytes: func() ([]byte, error) { return data, nil }, Decode: decodeCIFAR,
	}
}

// inRange refuses labels that no class has.
func inRange(classes []string, samples []Sample) error {
	for _, s := range samples {
		if s.Class < 0 || s.Class >= len(classes) {
			return fmt.Errorf("%s has label %d, and there are %d classes", s.Path, s.Class, len(classes))
		}
	}
	return nil
}
