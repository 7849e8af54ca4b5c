package onnxruntime

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// oldestCUDA is the first version of ONNX Runtime that can be told not to use
// TensorFloat-32.
const oldestCUDA = "1.18"

// howToGetCUDA says how to install ONNX Runtime with CUDA.
const howToGetCUDA = "install it with CUDA (pip install 'onnxruntime-gpu[cuda,cudnn]'), or name such a library by --onnxruntime"

// useCUDA has a network computed by a GPU of NVIDIA.
func (l *Library) useCUDA(options handle) error {
	cuda, err := l.newCUDA()
	if err != nil {
		return err
	}
	defer l.release(releaseCUDAProviderOptions, cuda)
	// Where there is no GPU, ONNX Runtime crashes as it loads its part for CUDA.
	if err := findGPU(); err != nil {
		return err
	}
	preloadCUDA(l.Path)
	return l.addCUDA(options, cuda)
}

// newCUDA returns ONNX Runtime's options for CUDA, which must be released; the error is
// its own where it has been built without.
func (l *Library) newCUDA() (cuda handle, err error) {
	if err := l.call(createCUDAProviderOptions, uintptr(unsafe.Pointer(&cuda))); err != nil {
		return 0, fmt.Errorf("%w: %s", err, howToGetCUDA)
	}
	if tooOld(l.Version, oldestCUDA) {
		l.release(releaseCUDAProviderOptions, cuda)
		return 0, fmt.Errorf("version %s always rounds factors to the ten bits of TensorFloat-32, %s or later is needed", l.Version, oldestCUDA)
	}
	return cuda, nil
}

// addCUDA sets what makes results exact and the same in each run: products in full
// float32, not TensorFloat-32, and algorithms that are deterministic and are not chosen
// by measuring which is the fastest now.
func (l *Library) addCUDA(options, cuda handle) error {
	keys := cStrings([]string{"use_tf32", "cudnn_conv_algo_search"})
	values := cStrings([]string{"0", "HEURISTIC"})
	if err := l.call(updateCUDAProviderOptions, cuda, uintptr(unsafe.Pointer(&keys[0])), uintptr(unsafe.Pointer(&values[0])), uintptr(len(keys))); err != nil {
		return fmt.Errorf("%w: %s", err, howToGetCUDA)
	}
	const yes = 1
	if err := l.call(setDeterministicCompute, options, yes); err != nil {
		return err
	}
	return l.call(appendCUDA, options, cuda)
}

// findGPU returns an error where NVIDIA's driver finds no GPU.
func findGPU() error {
	start, err := openSymbol(cudaDriver, "cuInit")
	if err != nil {
		return fmt.Errorf("there is no driver of NVIDIA: %w", err)
	}
	if code, _, _ := purego.SyscallN(start, 0); int32(code) != 0 {
		return fmt.Errorf("the driver of NVIDIA does not start: CUDA error %d", int32(code))
	}
	count, err := openSymbol(cudaDriver, "cuDeviceGetCount")
	if err != nil {
		return err
	}
	var gpus int32
	if code, _, _ := purego.SyscallN(count, uintptr(unsafe.Pointer(&gpus))); int32(code) != 0 || gpus == 0 {
		return errors.New("the driver of NVIDIA finds no GPU")
	}
	return nil
}
