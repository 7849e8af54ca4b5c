package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/features/files"
)

// factors is how many hidden causes the made-up features share, so that they are
// correlated as real ones are.
const factors = 32

// paths are the files of what metrics score.
type paths struct{ features, labels, outputs, second string }

// makeFiles writes files of size s into a folder, unless they are there, as float32:
// features and those of a second model are ReLU outputs of noisy mixtures of hidden
// factors, whose means differ from class to class; source outputs are 1000 logits,
// mixtures of these as well.
func makeFiles(folder string, s size) (paths, error) {
	path := func(role string) string {
		return filepath.Join(folder, fmt.Sprintf("%d-%d-%d-%s.npy", s.N, s.D, s.C, role))
	}
	f := paths{path("features"), path("labels"), path("outputs"), path("second")}
	if _, err := os.Stat(f.second); err == nil {
		return f, nil
	}
	random := rand.New(rand.NewPCG(uint64(s.N), uint64(s.D)))
	normal := func(rows, columns int, scale float64) *mat.Dense {
		m := mat.NewDense(rows, columns, nil)
		for i := range m.RawMatrix().Data {
			m.RawMatrix().Data[i] = scale * random.NormFloat64()
		}
		return m
	}
	labels := make([]int64, s.N)
	hidden, means := normal(s.N, factors, 1), normal(s.C, factors, 0.5)
	for n := range labels {
		labels[n] = int64(n % s.C)
		for k, m := range means.RawRowView(int(labels[n])) {
			hidden.Set(n, k, hidden.At(n, k)+m)
		}
	}
	if err := writeFile(f.labels, func(f *os.File) error { return files.WriteInts(f, labels) }); err != nil {
		return f, err
	}
	for _, m := range []struct {
		path string
		rows features.Rows
	}{
		{f.features, &mixture{hidden, normal(factors, s.D, 0.2), 1}},
		{f.outputs, &mixture{hidden, normal(factors, 1000, 0.5), 0}},
		{f.second, &mixture{hidden, normal(factors, s.D, 0.2), 2}},
	} {
		if err := writeFile(m.path, func(f *os.File) error { return files.WriteRows(f, m.rows, files.Float32) }); err != nil {
			return f, err
		}
	}
	return f, nil
}

// mixture computes rows when they are read. What this process holds at most counts for
// each that it starts, until that has a memory of its own.
type mixture struct {
	hidden, weights *mat.Dense
	noise           uint64 // the seed of noise, with which they are ReLU outputs; 0 for neither
}

// Dims returns the numbers of samples and features.
func (m *mixture) Dims() (n, d int) { return m.hidden.RawMatrix().Rows, m.weights.RawMatrix().Cols }

// Read computes rows i to j−1. The noise of a row depends on its number alone, so that it is
// the same however often the row is read.
func (m *mixture) Read(dst []float64, i, j int) {
	_, d := m.Dims()
	x := mat.NewDense(j-i, d, dst)
	x.Mul(m.hidden.Slice(i, j, 0, factors), m.weights)
	if m.noise == 0 {
		return
	}
	for n := i; n < j; n++ {
		random := rand.New(rand.NewPCG(m.noise, uint64(n)))
		row := x.RawRowView(n - i)
		for k, v := range row {
			row[k] = max(v+0.5*random.NormFloat64(), 0)
		}
	}
}

// writeFile creates a file and has it written.
func writeFile(path string, write func(*os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	return f.Close()
}
