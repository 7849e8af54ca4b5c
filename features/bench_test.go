package features_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/features/files"
)

// writeSet writes random features, n×d, and labels of c classes; it returns
// where.
func writeSet(b *testing.B, n, d, c int, precision files.Precision) files.Paths {
	b.Helper()
	dir := b.TempDir()
	p := files.Paths{Features: filepath.Join(dir, "x.npy"), Labels: filepath.Join(dir, "y.npy")}
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
	if err := files.WriteRows(x, repeated{features.Dense(table), again}, precision); err != nil {
		b.Fatal(err)
	}
	y, err := os.Create(p.Labels)
	if err != nil {
		b.Fatal(err)
	}
	defer y.Close()
	if err := files.WriteInts(y, labels); err != nil {
		b.Fatal(err)
	}
	return p
}

// repeated is the rows of a smaller matrix, again and again.
type repeated struct {
	features.Rows
	index []int
}

func (r repeated) Dims() (n, d int) {
	_, d = r.Rows.Dims()
	return len(r.index), d
}

func (r repeated) Read(dst []float64, i, j int) {
	_, d := r.Dims()
	for k := i; k < j; k++ {
		r.Rows.Read(dst[(k-i)*d:(k-i+1)*d], r.index[k], r.index[k]+1)
	}
}

func open(b *testing.B, p files.Paths) *features.Set {
	b.Helper()
	s, err := files.Open(p)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkOpen(b *testing.B) {
	for _, precision := range []files.Precision{files.Float16, files.Float32, files.Float64} {
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
	s := open(b, writeSet(b, 5000, 2048, 100, files.Float32))
	defer s.Close()
	for b.Loop() {
		features.GroupMeans(s.Features, s.Labels.Index, s.C())
	}
}

func BenchmarkGroups(b *testing.B) {
	s := open(b, writeSet(b, 5000, 2048, 100, files.Float32))
	defer s.Close()
	for b.Loop() {
		features.Group(s.Features, s.Labels.Index, s.C())
	}
}

func BenchmarkPairDistances(b *testing.B) {
	s := open(b, writeSet(b, 5000, 512, 100, files.Float32))
	defer s.Close()
	for b.Loop() {
		features.PairDistances(s.Features, func(int, *mat.Dense) {})
	}
}

// BenchmarkFlatMemory opens ever more samples of 768 features, float16, and
// computes their scatters. It reports the largest resident memory, file pages
// included, which must not grow with N, and the time a sample, which must not
// either. The largest file has 1.5 GB.
func BenchmarkFlatMemory(b *testing.B) {
	for _, n := range []int{50_000, 200_000, 1_000_000} {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			p := writeSet(b, n, 768, 100, files.Float16)
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
