package features

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// writeSet writes random features, n×d, and labels of c classes; it returns
// where.
func writeSet(b *testing.B, n, d, c int, precision Precision) Paths {
	b.Helper()
	dir := b.TempDir()
	p := Paths{Features: filepath.Join(dir, "x.npy"), Labels: filepath.Join(dir, "y.npy")}
	table := mat.NewDense(min(n, 4096), d, nil)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range table.RawMatrix().Data {
		table.RawMatrix().Data[i] = r.NormFloat64()
	}
	rows, _ := table.Dims()
	again, labels := make([]int, n), make([]int64, n)
	for i := range n {
		again[i], labels[i] = i%rows, int64(i%c)
	}
	x, err := os.Create(p.Features)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	if err := WriteRows(x, selection{Dense(table), again}, precision); err != nil {
		b.Fatal(err)
	}
	y, err := os.Create(p.Labels)
	if err != nil {
		b.Fatal(err)
	}
	defer y.Close()
	if err := WriteInts(y, labels); err != nil {
		b.Fatal(err)
	}
	return p
}

func open(b *testing.B, p Paths) *Set {
	b.Helper()
	s, err := Open(p)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkOpen(b *testing.B) {
	for _, precision := range []Precision{Float16, Float32, Float64} {
		b.Run(string(precision), func(b *testing.B) {
			p := writeSet(b, 5000, 2048, 100, precision)
			s := open(b, p)
			b.SetBytes(s.Files[0].Bytes)
			s.Close()
			for b.Loop() {
				open(b, p).Close()
			}
		})
	}
}

func BenchmarkMeans(b *testing.B) {
	s := open(b, writeSet(b, 5000, 2048, 100, Float32))
	defer s.Close()
	for b.Loop() {
		GroupMeans(s.Features, s.Labels.Index, s.C())
	}
}

func BenchmarkGroups(b *testing.B) {
	s := open(b, writeSet(b, 5000, 2048, 100, Float32))
	defer s.Close()
	for b.Loop() {
		Group(s.Features, s.Labels.Index, s.C())
	}
}

func BenchmarkRowGram(b *testing.B) {
	s := open(b, writeSet(b, 1000, 2048, 100, Float32))
	defer s.Close()
	for b.Loop() {
		rowGram(s.Features)
	}
}

func BenchmarkPairDistances(b *testing.B) {
	s := open(b, writeSet(b, 5000, 512, 100, Float32))
	defer s.Close()
	for b.Loop() {
		PairDistances(s.Features, func(int, *mat.Dense) {})
	}
}

// BenchmarkFlatMemory opens ever more samples of 768 features, float16, and
// computes their scatters. It reports the largest resident memory, file pages
// included, which must not grow with N, and the time a sample, which must not
// either. The largest file has 1.5 GB.
func BenchmarkFlatMemory(b *testing.B) {
	for _, n := range []int{50_000, 200_000, 1_000_000} {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			p := writeSet(b, n, 768, 100, Float16)
			for b.Loop() {
				resetPeak(b)
				s := open(b, p)
				s.Groups()
				s.OwnGram()
				s.Close()
			}
			b.ReportMetric(peakMiB(b), "peak-MiB")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/sample")
		})
	}
}

// resetPeak sets the peak of resident memory to what is resident now.
func resetPeak(b *testing.B) {
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Skip("no peak of memory to be had here: ", err)
	}
}

func peakMiB(b *testing.B) float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			var kib float64
			if _, err := fmt.Sscan(rest, &kib); err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	b.Fatal("no VmHWM")
	return 0
}
