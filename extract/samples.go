package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"sfdalab/extract/datasets"
	"sfdalab/features/files"
	"sfdalab/internal/regular"
	"sfdalab/internal/scratch"
)

// hashImages returns the SHA-256 of each sample's bytes, "" where they cannot be read.
func hashImages(ctx context.Context, samples []datasets.Sample, workers int) ([]string, error) {
	hashes := make([]string, len(samples))
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range workers {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < len(samples); i = int(next.Add(1)) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				if data, err := samples[i].Bytes(); err == nil {
					hashes[i] = hash(data)
				}
			}
			return nil
		})
	}
	return hashes, group.Wait()
}

// hash returns the SHA-256 of data, in hex.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// duplicates describes images that occur more than once, with those in several classes
// named: one of their labels is wrong.
func duplicates(d *datasets.Dataset, hashes []string) []string {
	first := map[string]int{}
	var notes []string
	same, across := 0, 0
	for i, h := range hashes {
		j, seen := first[h]
		switch {
		case h == "":
		case !seen:
			first[h] = i
		case d.Samples[i].Class == d.Samples[j].Class:
			same++
		default:
			if across++; across <= 5 {
				notes = append(notes, fmt.Sprintf("%s (class %s) and %s (class %s) are the same image",
					d.Samples[j].Path, d.Classes[d.Samples[j].Class], d.Samples[i].Path, d.Classes[d.Samples[i].Class]))
			}
		}
	}
	switch more := across - 5; {
	case more == 1:
		notes = append(notes, "1 more image is in several classes")
	case more > 1:
		notes = append(notes, fmt.Sprintf("%d more images are in several classes", more))
	}
	switch {
	case same == 1:
		notes = append(notes, "1 image is a copy of another of its class")
	case same > 1:
		notes = append(notes, fmt.Sprintf("%d images are copies of others of their class", same))
	}
	return notes
}

// writeSamples writes the labels and the list of the samples that are not left out.
// Where they are there already, they must be the same.
func writeSamples(folder string, d *datasets.Dataset, bad []Bad) error {
	out := map[int]bool{}
	for _, b := range bad {
		out[b.Sample] = true
	}
	var labels []int64
	rows := [][]string{{"path", "class", "split"}}
	for i, s := range d.Samples {
		if !out[i] {
			labels = append(labels, int64(s.Class))
			rows = append(rows, []string{s.Path, d.Classes[s.Class], s.Split})
		}
	}
	var list, numbers bytes.Buffer
	if err := csv.NewWriter(&list).WriteAll(rows); err != nil {
		return err
	}
	if err := files.WriteInts(&numbers, labels); err != nil {
		return err
	}
	return errors.Join(
		writeSame(samplesPath(folder, d.Name), list.Bytes()),
		writeSame(labelPath(folder, d.Name), numbers.Bytes()),
	)
}

// mostList bounds the files of a folder that list samples or tell of features.
const mostList = 1 << 30

// samplesPath returns the file that lists the samples of a dataset.
func samplesPath(folder, dataset string) string { return filepath.Join(folder, dataset+"_samples.csv") }

// labelPath returns the file of their labels.
func labelPath(folder, dataset string) string { return filepath.Join(folder, dataset+"_label.npy") }

// writeSame writes a file, unless it is there with the same content. Another content
// is an error: features that belong to it may lie beside it.
func writeSame(path string, data []byte) error {
	old, err := regular.Read(path, mostList)
	if err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err == nil {
		return otherSamples(path)
	}
	return writeFile(path, data)
}

// otherSamples is the error of a file that lists other samples.
func otherSamples(path string) error {
	return fmt.Errorf("%s lists other samples than the images of now, and the features beside it belong to those: write to another folder, or empty this one", path)
}

// checkSamples refuses a folder that holds features of other samples, before anything
// is computed: the list there must be that of the dataset, perhaps with some left out.
func checkSamples(folder string, d *datasets.Dataset) error {
	path := samplesPath(folder, d.Name)
	data, err := regular.Read(path, mostList)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(rows) == 0 {
		return otherSamples(path)
	}
	rows = rows[1:]
	for _, s := range d.Samples {
		if len(rows) > 0 && strings.Join(rows[0], "\x00") == strings.Join([]string{s.Path, d.Classes[s.Class], s.Split}, "\x00") {
			rows = rows[1:]
		}
	}
	if len(rows) > 0 {
		return otherSamples(path)
	}
	return nil
}

// writeFile writes a file that is either whole or not there.
func writeFile(path string, data []byte) error {
	return scratch.Write(path, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}
