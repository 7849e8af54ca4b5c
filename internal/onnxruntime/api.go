package onnxruntime

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// apiVersion is that of the C API (ORT_API_VERSION) which the program asks for:
// what ONNX Runtime 1.17 has.
const apiVersion = 17

// An entry is the place of a function in the table OrtApi of onnxruntime_c_api.h.
// Places never change: new functions are added at the end.
type entry int

// The functions that are called, by their places.
const (
	getErrorMessage                entry = 2
	createEnv                      entry = 3
	createSessionFromArray         entry = 8
	run                            entry = 9
	createSessionOptions           entry = 10
	setGraphOptimizationLevel      entry = 23
	setIntraOpNumThreads           entry = 24
	setInterOpNumThreads           entry = 25
	sessionGetInputCount           entry = 30
	sessionGetOutputCount          entry = 31
	sessionGetInputTypeInfo        entry = 33
	sessionGetOutputTypeInfo       entry = 34
	sessionGetInputName            entry = 36
	sessionGetOutputName           entry = 37
	createTensorWithData           entry = 49
	getTensorMutableData           entry = 51
	castTypeInfoToTensorInfo       entry = 55
	getTensorElementType           entry = 60
	getDimensionsCount             entry = 61
	getDimensions                  entry = 62
	getTensorTypeAndShape          entry = 65
	createCPUMemoryInfo            entry = 69
	allocatorFree                  entry = 76
	getAllocatorWithDefaultOptions entry = 78
	releaseStatus                  entry = 93
	releaseMemoryInfo              entry = 94
	releaseSession                 entry = 95
	releaseValue                   entry = 96
	releaseTypeInfo                entry = 98
	releaseTensorTypeAndShapeInfo  entry = 99
	releaseSessionOptions          entry = 100
	addSessionConfigEntry          entry = 130
	createAndRegisterAllocator     entry = 144
	createArenaCfg                 entry = 156
	releaseArenaCfg                entry = 157
	unregisterAllocator            entry = 177
	appendCUDA                     entry = 204
	createCUDAProviderOptions      entry = 205
	updateCUDAProviderOptions      entry = 206
	releaseCUDAProviderOptions     entry = 208
	addExternalInitializers        entry = 210
	setDeterministicCompute        entry = 273

	tableSize = setDeterministicCompute + 1
)

// handle is the address of what ONNX Runtime made and must be told to release.
type handle = uintptr

// call calls a function of the table that returns a status, and turns the status
// into an error. An argument that is uintptr(unsafe.Pointer(&x)) keeps x in its
// place until the call returns.
//
//go:uintptrescapes
func (l *Library) call(fn entry, args ...uintptr) error {
	status, _, _ := purego.SyscallN(l.api[fn], args...)
	if status == 0 {
		return nil
	}
	defer l.release(releaseStatus, status)
	message, _, _ := purego.SyscallN(l.api[getErrorMessage], status)
	return plain(goString(message))
}

// plain returns a message of ONNX Runtime as an error of one line.
func plain(message string) error {
	var left, wanted int64
	_, amounts, _ := strings.Cut(message, "Available memory of ")
	if n, _ := fmt.Sscanf(amounts, "%d is smaller than requested bytes of %d", &left, &wanted); n == 2 { // see boundMemory
		return fmt.Errorf("the network wants %d MiB of memory at once, and %d are left", wanted>>20, left>>20)
	}
	return errors.New(strings.TrimSuffix(strings.Join(strings.Fields(message), " "), "."))
}

// release frees what ONNX Runtime made.
func (l *Library) release(fn entry, h handle) {
	if h != 0 {
		purego.SyscallN(l.api[fn], h)
	}
}

// pointer turns an address in ONNX Runtime's memory, which Go's collector does not
// move, into a pointer.
func pointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}

// goString copies a C string.
func goString(address uintptr) string {
	if address == 0 {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(pointer(address), n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(pointer(address)), n))
}

// cString is a text as C takes it, with a zero byte at the end.
func cString(s string) *byte { return &append([]byte(s), 0)[0] }

// cStrings is an array of texts as C takes it.
func cStrings(texts []string) []*byte {
	all := make([]*byte, len(texts))
	for i, s := range texts {
		all[i] = cString(s)
	}
	return all
}
