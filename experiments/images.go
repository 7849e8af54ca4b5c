package experiments

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"sfdalab/extract/datasets"
	"sfdalab/extract/imageio"
	"sfdalab/features/files"
	"sfdalab/finetune"
	"sfdalab/internal/par"
)

// Images are what trials on a dataset read.
type images struct {
	finetune.Dataset
	sha256                  string // of the images, their classes and splits
	train, validation, test string
	measure                 finetune.Measure
	told                    []string
}

// prepareImages lists the images of a dataset in a CSV file in folder, for training
// programs. Images that are no files of their own are written there, too.
func (s *Spec) prepareImages(ctx context.Context, dataset, folder string) (*images, error) {
	f := s.FineTune
	source := datasets.Source{Images: s.fill(f.Images, "", dataset), Name: dataset}
	root := source.Images
	if f.Root != "" {
		root = s.fill(f.Root, "", dataset)
		source = datasets.Source{Dataset: dataset, Root: root}
	}
	d, err := source.OpenSplits(datasets.Splits{Train: f.Train, Validation: f.Validation, Test: f.Test, HoldOut: f.HoldOut})
	if err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	m := &images{Dataset: finetune.Dataset{Name: dataset, Classes: len(d.Classes)}, train: d.Splits.Train, validation: d.Splits.Validation, test: d.Splits.Test}
	if m.measure, err = s.measureOf(d); err != nil {
		return nil, err
	}
	m.told = append([]string{d.String()}, d.Notes...)
	hashes, err := hashSamples(ctx, d)
	if err != nil {
		return nil, err
	}
	m.sha256 = listHash(d, hashes)
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		root = filepath.Dir(root)
	}
	if m.Root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	if s.TestLabels != "" && m.measure != finetune.MAP {
		if err := m.writeTestLabels(d, s.fill(s.TestLabels, "", dataset)); err != nil {
			return nil, err
		}
	}
	return m, m.write(d, folder)
}

// measureOf returns what an accuracy on a dataset is.
func (s *Spec) measureOf(d *datasets.Dataset) (finetune.Measure, error) {
	measure := finetune.Measure(s.FineTune.Measure)
	if measure == "" {
		measure = finetune.TopOne
		if known, err := datasets.Find(d.Name); err == nil && s.FineTune.Root != "" && known.Measure != "" {
			measure = finetune.Measure(known.Measure)
		}
	}
	several := d.Samples[0].Labels != nil
	if several != (measure == finetune.MAP) {
		return "", fmt.Errorf("%s: measure %s does not fit images of %s", d.Name, measure, map[bool]string{true: "several labels: map-11-point does", false: "one label"}[several])
	}
	return measure, nil
}

// hashSamples returns the SHA-256 of each sample's bytes.
func hashSamples(ctx context.Context, d *datasets.Dataset) ([][]byte, error) {
	hashes := make([][]byte, len(d.Samples))
	errs := make([]error, len(d.Samples))
	par.For(len(hashes), func(i int) {
		if ctx.Err() != nil {
			return
		}
		data, err := d.Samples[i].Bytes()
		sum := sha256.Sum256(data)
		hashes[i], errs[i] = sum[:], err
	})
	if err := cmp.Or(errs...); err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	return hashes, ctx.Err()
}

// listHash returns a hash of images with their classes and splits, wherever they are.
func listHash(d *datasets.Dataset, hashes [][]byte) string {
	h := sha256.New()
	for i, s := range d.Samples {
		fmt.Fprintf(h, "%x %s %q\n", hashes[i], classText(s), s.Split)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// classText returns a sample's class, or all of them, as training programs read it.
func classText(s datasets.Sample) string {
	if s.Labels == nil {
		return strconv.Itoa(s.Class)
	}
	var all []string
	for _, l := range s.Labels {
		text := strconv.Itoa(l.Class)
		if l.Difficult {
			text += "?"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// write writes the list, and the images where they are no files.
func (m *images) write(d *datasets.Dataset, folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%.12s", m.Name, m.sha256)
	m.Images = filepath.Join(folder, name+".csv")
	all := true
	for _, s := range d.Samples {
		all = all && s.File != ""
	}
	if !all {
		m.Root = filepath.Join(folder, name)
	}
	if _, err := os.Stat(m.Images); err == nil { // written last
		return nil
	}
	rows := [][]string{{"path", "class", "split"}}
	for i, s := range d.Samples {
		path := s.File
		if all {
			path, err = filepath.Rel(m.Root, absolute(path))
		} else {
			path, err = writeImage(m.Root, i, s)
		}
		if err != nil {
			return err
		}
		rows = append(rows, []string{filepath.ToSlash(path), classText(s), s.Split})
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		return err
	}
	return writeWhole(m.Images, text.Bytes())
}

// absolute returns the absolute path, or the path itself where the working directory is unknown.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// writeTestLabels writes the classes of the test split, in the order of logits.
func (m *images) writeTestLabels(d *datasets.Dataset, path string) error {
	var labels []int64
	for _, s := range d.Samples {
		if s.Split == m.test {
			labels = append(labels, int64(s.Class))
		}
	}
	var text bytes.Buffer
	if err := files.WriteInts(&text, labels); err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil {
		if !bytes.Equal(old, text.Bytes()) {
			return fmt.Errorf("test_labels: %s has other labels than the split %s: name another file", path, m.test)
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeWhole(path, text.Bytes())
}

// writeImage writes sample i to a file of its own in folder, as it is stored or, where that
// is no usual image, as PNG, and returns its name.
func writeImage(folder string, i int, s datasets.Sample) (name string, err error) {
	if i == 0 {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", err
		}
	}
	data, err := s.Bytes()
	if err != nil {
		return "", err
	}
	ext := ".png"
	if bytes.HasPrefix(data, []byte("\xff\xd8")) {
		ext = ".jpg"
	}
	if s.Decode != nil {
		rgb, err := s.Decode(data)
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		if err := png.Encode(&out, opaque(rgb)); err != nil {
			return "", err
		}
		data, ext = out.Bytes(), ".png"
	}
	name = fmt.Sprintf("%06d%s", i, ext)
	return name, writeWhole(filepath.Join(folder, name), data)
}

// writeWhole writes a file that others may read, or write the same to, meanwhile.
func writeWhole(path string, data []byte) error {
	part := fmt.Sprintf("%s.%d.part", path, os.Getpid())
	if err := os.WriteFile(part, data, 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func opaque(m *imageio.RGB) image.Image {
	all := image.NewNRGBA(image.Rect(0, 0, m.Width, m.Height))
	for i := range m.Width * m.Height {
		copy(all.Pix[4*i:], m.Pix[3*i:3*i+3])
		all.Pix[4*i+3] = 255
	}
	return all
}
