package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	_ "sfdalab/internal/linalg" // its products are gonum's from then on
)

// versions prints what the Python side computes with, and how many GFLOP/s its BLAS makes
// of a product of matrices.
const versions = `
import platform, time, numpy, scipy, sklearn
from threadpoolctl import threadpool_info

blas = [p for p in threadpool_info() if p["user_api"] == "blas"]
names = {f"{p['internal_api']} {p['version']} (kernel {p.get('architecture', 'unknown')}, {p['num_threads']} threads)" for p in blas}
x = numpy.random.default_rng(0).random((1000, 1000))
best = 1e9
for _ in range(10):
    start = time.perf_counter()
    x @ x
    best = min(best, time.perf_counter() - start)
print(2 / best)
print(f"Python {platform.python_version()}, NumPy {numpy.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}, BLAS {', '.join(sorted(names)) or 'of NumPy'}")
`

// coreType is the environment variable by which OpenBLAS is told which kernel to run.
const coreType = "OPENBLAS_CORETYPE"

// coreTypes are kernels to try. An OpenBLAS that is older than the processor runs one for
// much older ones, at a sixth of the speed; one that the processor has no instructions
// for ends the interpreter, and is not chosen.
var coreTypes = []string{"SKYLAKEX", "HASWELL"}

// describeMachine says in a line what was measured on. It sets the environment of what
// runs after it to the kernel with which Python's OpenBLAS is fastest, by a tenth at
// least, unless the user chose one.
func describeMachine(python string) (string, error) {
	rate, line, err := measureBLAS(python)
	if err != nil {
		return "", fmt.Errorf("%s with NumPy, SciPy and scikit-learn is needed (Debian: python3-numpy python3-scipy python3-sklearn): %w", python, err)
	}
	if _, chosen := os.LookupEnv(coreType); !chosen {
		var fastest string
		for _, core := range coreTypes {
			other, otherLine, err := measureBLAS(python, coreType+"="+core)
			if err == nil && other > 1.1*rate {
				fastest, rate, line = core, other, otherLine
			}
		}
		if fastest != "" {
			os.Setenv(coreType, fastest)
		}
	}
	if core := os.Getenv(coreType); core != "" {
		line += fmt.Sprintf(" with %s=%s", coreType, core)
	}
	return fmt.Sprintf("%s, %d cores; %s; %s; products of 1000×1000 matrices at %.0f GFLOP/s by sfdalab and %.0f by Python",
		processor(), runtime.NumCPU(), runtime.Version(), line, ownRate(), rate), nil
}

// measureBLAS runs versions with additions to the environment, and returns GFLOP/s and the
// line.
func measureBLAS(python string, environment ...string) (rate float64, line string, err error) {
	cmd := exec.Command(python, "-c", versions)
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, "", fmt.Errorf("%w\n%s", err, out)
	}
	first, line, _ := strings.Cut(string(out), "\n")
	if rate, err = strconv.ParseFloat(first, 64); err != nil {
		return 0, "", fmt.Errorf("%s does not tell the speed of its BLAS: %q", python, out)
	}
	return rate, strings.TrimSpace(line), nil
}

// ownRate returns GFLOP/s of the same product as versions measures.
func ownRate() float64 {
	const n = 1000
	var product mat.Dense
	x := mat.NewDense(n, n, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return rand.Float64() }, x)
	best := math.Inf(1)
	for range 10 {
		start := time.Now()
		product.Mul(x, x)
		best = min(best, time.Since(start).Seconds())
	}
	return 2 * n * n * n / best / 1e9
}

// processor returns the name of the CPU, as Linux tells it.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
