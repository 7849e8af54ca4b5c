package onnxruntime

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
)

// A fakeLibrary stands for one of ONNX Runtime that has been built with CUDA.
type fakeLibrary struct {
	Library
	calls []string
	fails map[entry]string // what a function answers instead of doing its work
	texts []*byte          // messages that were answered
}

// newFakeLibrary sets the functions that concern CUDA.
func newFakeLibrary(version string) *fakeLibrary {
	f := &fakeLibrary{Library: Library{Path: "libfake.so", Version: version}, fails: map[entry]string{}}
	set := func(at entry, name string, arguments func(a, b, c, d uintptr) string) {
		f.api[at] = purego.NewCallback(func(a, b, c, d uintptr) uintptr {
			f.calls = append(f.calls, strings.TrimSpace(name+" "+arguments(a, b, c, d)))
			if message := f.fails[at]; message != "" {
				f.texts = append(f.texts, cString(message))
				return uintptr(unsafe.Pointer(f.texts[len(f.texts)-1]))
			}
			return 0
		})
	}
	none := func(_, _, _, _ uintptr) string { return "" }
	set(createCUDAProviderOptions, "create", func(to, _, _, _ uintptr) string {
		*(*handle)(pointer(to)) = 7
		return ""
	})
	set(updateCUDAProviderOptions, "update", func(_, keys, values, n uintptr) string {
		var all []string
		for i := range n {
			at := i * unsafe.Sizeof(uintptr(0))
			all = append(all, goString(*(*uintptr)(pointer(keys + at)))+"="+goString(*(*uintptr)(pointer(values + at))))
		}
		return strings.Join(all, " ")
	})
	set(setDeterministicCompute, "deterministic", none)
	set(appendCUDA, "append", none)
	set(releaseCUDAProviderOptions, "release", none)
	f.api[getErrorMessage] = purego.NewCallback(func(status uintptr) uintptr { return status })
	f.api[releaseStatus] = purego.NewCallback(func(uintptr) uintptr { return 0 })
	return f
}

func TestCUDAOptions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("callbacks differ")
	}
	f := newFakeLibrary("1.22.0")
	cuda, err := f.newCUDA()
	if err != nil || cuda != 7 {
		t.Fatal(cuda, err)
	}
	if err := f.addCUDA(1, cuda); err != nil {
		t.Fatal(err)
	}
	want := []string{"create", "update use_tf32=0 cudnn_conv_algo_search=HEURISTIC", "deterministic", "append"}
	if !slices.Equal(f.calls, want) {
		t.Errorf("calls %q, want %q", f.calls, want)
	}
}

func TestCUDASaysWhy(t *testing.T) {
	for _, c := range []struct {
		name, version, want string
		fails               entry
		answer              string
	}{
		{"built without", "1.22.0", "not enabled in this build: install it with CUDA", createCUDAProviderOptions, "CUDA execution provider is not enabled in this build"},
		{"a library is missing", "1.22.0", "libcublasLt.so.12: cannot open: install it with CUDA", updateCUDAProviderOptions, "libcublasLt.so.12: cannot open"},
		{"too old", "1.17.3", "1.18 or later is needed", 0, ""},
		{"no memory", "1.22.0", "out of memory", appendCUDA, "out of memory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeLibrary(c.version)
			f.fails[c.fails] = c.answer
			cuda, err := f.newCUDA()
			if err == nil {
				err = f.addCUDA(1, cuda)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestCUDAWithoutGPU asks the driver, as the whole way does before it loads ONNX Runtime's
// part for CUDA: without a driver that would crash.
func TestCUDAWithoutGPU(t *testing.T) {
	if err := findGPU(); err == nil {
		t.Skip("there is a GPU")
	}
	f := newFakeLibrary("1.22.0")
	err := f.setDevice(1, "cuda")
	if err == nil || !strings.Contains(err.Error(), "libfake.so cannot use CUDA: there is no driver of NVIDIA") &&
		!strings.Contains(err.Error(), "libfake.so cannot use CUDA: the driver of NVIDIA") {
		t.Errorf("error %v", err)
	}
	if want := []string{"create", "release"}; !slices.Equal(f.calls, want) {
		t.Errorf("calls %q, want %q", f.calls, want)
	}
}
