package onnxruntime

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// A Library is ONNX Runtime's shared library, loaded into the program. It stays
// loaded until the program ends.
type Library struct {
	Path    string // of its file
	Version string // such as "1.22.0"

	api       [tableSize]uintptr // functions by entry
	env       handle
	allocator handle
	memory    handle // description of the main memory

	bounding sync.Mutex // held while a session is made whose memory is bounded
}

// oldest is the first version of ONNX Runtime whose C API has all that is needed.
const oldest = "1.17"

// HowToGet says how to install ONNX Runtime and where it is looked for.
const HowToGet = "install it (pip install -U onnxruntime), or name its library by --onnxruntime or the environment variable " + Variable

// A MissingError says that there is no library of ONNX Runtime that can be used.
type MissingError struct {
	Tried []error // why the libraries that were found cannot be used
}

// Error says why the first library that was found cannot be used, and how to get one that can.
func (e *MissingError) Error() string {
	if len(e.Tried) == 0 {
		return "ONNX Runtime is not found: " + HowToGet
	}
	return fmt.Sprintf("ONNX Runtime cannot be used: %v: %s", e.Tried[0], HowToGet)
}

// Unwrap returns why the libraries that were found cannot be used.
func (e *MissingError) Unwrap() []error { return e.Tried }

// loaded has the libraries of this process by path: to load one twice would make a second
// environment of it, with threads of its own.
var (
	loading sync.Mutex // guards loaded, and that a library is loaded once
	loaded  = map[string]*Library{}
)

// Open loads ONNX Runtime. The path is that of its library or of the folder that
// holds it; where it is empty, the first library that can be used is taken of those
// that are found. The error is a *MissingError where there is none.
func Open(path string) (*Library, error) {
	loading.Lock()
	defer loading.Unlock()
	candidates, err := candidates(path)
	if err != nil {
		return nil, err
	}
	var tried []error
	for _, file := range candidates {
		l, err := load(file)
		if err == nil {
			return l, nil
		}
		tried = append(tried, err)
	}
	if err := wheelWithout(); err != nil && path == "" {
		tried = append(tried, err)
	}
	return nil, &MissingError{tried}
}

// load loads one library, once.
func load(path string) (*Library, error) {
	if l := loaded[path]; l != nil {
		return l, nil
	}
	symbol, err := openSymbol(path, "OrtGetApiBase")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l := &Library{Path: path}
	if err := l.init(symbol); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	loaded[path] = l
	return l, nil
}

// init takes the functions that the program uses and makes what all sessions share.
func (l *Library) init(getAPIBase uintptr) error {
	address, _, _ := purego.SyscallN(getAPIBase)
	base := (*struct{ getAPI, getVersion uintptr })(pointer(address))
	version, _, _ := purego.SyscallN(base.getVersion)
	l.Version = goString(version)
	if tooOld(l.Version, oldest) {
		return fmt.Errorf("version %s is too old, %s or later is needed", l.Version, oldest)
	}
	table, _, _ := purego.SyscallN(base.getAPI, apiVersion)
	if table == 0 {
		return fmt.Errorf("version %s does not have version %d of the C API", l.Version, apiVersion)
	}
	l.api = *(*[tableSize]uintptr)(pointer(table))
	// One cause, one line: what goes wrong comes back as an error, so the library
	// need not print it as well.
	const onlyFatal = 4
	return errors.Join(
		l.call(createEnv, onlyFatal, uintptr(unsafe.Pointer(cString("sfdalab"))), uintptr(unsafe.Pointer(&l.env))),
		l.call(getAllocatorWithDefaultOptions, uintptr(unsafe.Pointer(&l.allocator))),
		l.call(createCPUMemoryInfo, 1 /* arena */, 0 /* default */, uintptr(unsafe.Pointer(&l.memory))),
	)
}

// tooOld reports whether a version precedes the oldest that will do.
func tooOld(version, oldest string) bool {
	number := func(v string) (n [2]int) {
		for i, part := range strings.SplitN(v, ".", 3)[:2] {
			n[i], _ = strconv.Atoi(part)
		}
		return n
	}
	if strings.Count(version, ".") == 0 {
		return true
	}
	v, least := number(version), number(oldest)
	return v[0] < least[0] || v[0] == least[0] && v[1] < least[1]
}
