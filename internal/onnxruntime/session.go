package onnxruntime

import (
	"fmt"
	"math"
	"runtime"
	"sfdalab/internal/memory"
	"unsafe"
)

// Options say how a network is run.
type Options struct {
	Threads int    // that one network computes with; 1 when 0
	Device  string // "cpu" when empty, or "cuda"
	Once    bool   // the network runs once, so that it is not worth while to optimize it

	// Weights are tensors of the network that are kept in files of their own, by
	// name. They are used where they lie and must not change before the session is
	// closed.
	Weights map[string]Tensor
}

// A Session is a network that is ready to run.
type Session struct {
	Inputs, Outputs []Value

	library *Library
	session handle
	weights map[string]Tensor // alive as long as the session
}

// A Value describes an input or an output of a network.
type Value struct {
	Name  string
	Type  Type
	Shape []int64 // -1 where the dimension is open
}

// NewSession makes a network ready to run from the bytes of an ONNX model. The bytes
// may be dropped after that.
func (l *Library) NewSession(model []byte, o Options) (_ *Session, err error) {
	var options handle
	if err := l.call(createSessionOptions, uintptr(unsafe.Pointer(&options))); err != nil {
		return nil, err
	}
	defer l.release(releaseSessionOptions, options)
	const noOptimizations, allOptimizations = 0, 99     // as the C API numbers them
	level, prepacking := uintptr(allOptimizations), "0" // weights are put in the order that products read them in
	if o.Once {
		level, prepacking = noOptimizations, "1"
	}
	for _, set := range []error{
		l.call(setGraphOptimizationLevel, options, level),
		l.config(options, "session.disable_prepacking", prepacking),
		l.call(setIntraOpNumThreads, options, uintptr(max(o.Threads, 1))),
		l.call(setInterOpNumThreads, options, 1),
		// Threads that wait for the next batch leave the core to those that make it.
		l.config(options, "session.intra_op.allow_spinning", "0"),
	} {
		if set != nil {
			return nil, set
		}
	}
	if err := l.setDevice(options, o.Device); err != nil {
		return nil, err
	}
	release, err := l.setWeights(options, o.Weights)
	if err != nil {
		return nil, err
	}
	defer release()
	unbound, err := l.boundMemory(options)
	if err != nil {
		return nil, err
	}
	defer unbound()

	s := &Session{library: l, weights: o.Weights}
	if err := l.call(createSessionFromArray, l.env, uintptr(unsafe.Pointer(unsafe.SliceData(model))), uintptr(len(model)),
		options, uintptr(unsafe.Pointer(&s.session))); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.Inputs, err = s.values(sessionGetInputCount, sessionGetInputName, sessionGetInputTypeInfo); err != nil {
		return nil, err
	}
	s.Outputs, err = s.values(sessionGetOutputCount, sessionGetOutputName, sessionGetOutputTypeInfo)
	return s, err
}

// boundMemory bounds what the next session takes for tensors to what is left: a network that
// wants more fails, and does not end the program. unbound must be called once the session is
// made.
func (l *Library) boundMemory(options handle) (unbound func(), err error) {
	left := memory.Free()
	if left == math.MaxInt64 { // not known
		return func() {}, nil
	}
	l.bounding.Lock() // ONNX Runtime registers one allocator for all sessions that are made
	defer func() {
		if err != nil {
			l.bounding.Unlock()
		}
	}()
	const usual = ^uintptr(0) // −1 leaves a setting to ONNX Runtime
	var arena handle
	if err := l.call(createArenaCfg, uintptr(left-left/8), usual, usual, usual, uintptr(unsafe.Pointer(&arena))); err != nil {
		return nil, err
	}
	defer l.release(releaseArenaCfg, arena)
	if err := l.call(createAndRegisterAllocator, l.env, l.memory, arena); err != nil {
		return nil, err
	}
	unbound = func() {
		_ = l.call(unregisterAllocator, l.env, l.memory) // the session keeps it
		l.bounding.Unlock()
	}
	if err := l.config(options, "session.use_env_allocators", "1"); err != nil {
		_ = l.call(unregisterAllocator, l.env, l.memory)
		return nil, err
	}
	return unbound, nil
}

// config sets one of the options that have a name, not a function.
func (l *Library) config(options handle, key, value string) error {
	return l.call(addSessionConfigEntry, options, uintptr(unsafe.Pointer(cString(key))), uintptr(unsafe.Pointer(cString(value))))
}

// setDevice has the network computed elsewhere than on the CPU.
func (l *Library) setDevice(options handle, device string) error {
	switch device {
	case "", "cpu":
		return nil
	case "cuda":
		if err := l.useCUDA(options); err != nil {
			return fmt.Errorf("%s cannot use CUDA: %w", l.Path, err)
		}
		return nil
	}
	return fmt.Errorf("unknown device %q: want cpu or cuda", device)
}

// setWeights hands over weights that are not in the model itself.
func (l *Library) setWeights(options handle, weights map[string]Tensor) (release func(), err error) {
	var names []string
	var values []handle
	release = func() {
		for _, v := range values {
			l.release(releaseValue, v)
		}
	}
	for name, t := range weights {
		v, err := l.newValue(t)
		if err != nil {
			release()
			return nil, fmt.Errorf("weights %s: %w", name, err)
		}
		names, values = append(names, name), append(values, v)
	}
	if len(names) == 0 {
		return release, nil
	}
	texts := cStrings(names)
	if err := l.call(addExternalInitializers, options, uintptr(unsafe.Pointer(&texts[0])),
		uintptr(unsafe.Pointer(&values[0])), uintptr(len(names))); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// newValue describes a tensor to ONNX Runtime, which uses its bytes where they lie.
func (l *Library) newValue(t Tensor) (handle, error) {
	var v handle
	err := l.call(createTensorWithData, l.memory,
		uintptr(unsafe.Pointer(unsafe.SliceData(t.Bytes))), uintptr(len(t.Bytes)),
		uintptr(unsafe.Pointer(unsafe.SliceData(t.Shape))), uintptr(len(t.Shape)),
		uintptr(t.Type), uintptr(unsafe.Pointer(&v)))
	return v, err
}

// values describes the inputs or the outputs of the network.
func (s *Session) values(count, name, typeInfo entry) ([]Value, error) {
	l := s.library
	var n uintptr
	if err := l.call(count, s.session, uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	all := make([]Value, n)
	for i := range all {
		var text, info handle
		if err := l.call(name, s.session, uintptr(i), l.allocator, uintptr(unsafe.Pointer(&text))); err != nil {
			return nil, err
		}
		all[i].Name = goString(text)
		if err := l.call(allocatorFree, l.allocator, text); err != nil {
			return nil, err
		}
		if err := l.call(typeInfo, s.session, uintptr(i), uintptr(unsafe.Pointer(&info))); err != nil {
			return nil, err
		}
		err := l.describe(info, &all[i])
		l.release(releaseTypeInfo, info)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// describe sets type and shape of a value that is a tensor; others keep type 0.
func (l *Library) describe(typeInfo handle, v *Value) error {
	var tensor handle // belongs to typeInfo
	if err := l.call(castTypeInfoToTensorInfo, typeInfo, uintptr(unsafe.Pointer(&tensor))); err != nil || tensor == 0 {
		return err
	}
	var err error
	v.Type, v.Shape, err = l.typeAndShape(tensor)
	return err
}

// typeAndShape reads the type and the dimensions of a tensor.
func (l *Library) typeAndShape(info handle) (Type, []int64, error) {
	var t Type
	var dims uintptr
	if err := l.call(getTensorElementType, info, uintptr(unsafe.Pointer(&t))); err != nil {
		return 0, nil, err
	}
	if err := l.call(getDimensionsCount, info, uintptr(unsafe.Pointer(&dims))); err != nil {
		return 0, nil, err
	}
	shape := make([]int64, dims)
	err := l.call(getDimensions, info, uintptr(unsafe.Pointer(unsafe.SliceData(shape))), dims)
	return t, shape, err
}

// Run computes the named outputs for one input, and calls use for each, in the order of
// their names. The bytes of the tensors are ONNX Runtime's own and must not be kept. It may
// not be called by several goroutines at once.
func (s *Session) Run(input string, t Tensor, outputs []string, use func(output int, t Tensor) error) error {
	l := s.library
	in, err := l.newValue(t)
	if err != nil {
		return err
	}
	defer l.release(releaseValue, in)
	names, inputs := []*byte{cString(input)}, []handle{in}
	outNames, out := cStrings(outputs), make([]handle, len(outputs))
	defer func() {
		for _, v := range out {
			l.release(releaseValue, v)
		}
	}()
	const defaults = 0 // for how to run
	err = l.call(run, s.session, defaults,
		uintptr(unsafe.Pointer(&names[0])), uintptr(unsafe.Pointer(&inputs[0])), 1,
		uintptr(unsafe.Pointer(unsafe.SliceData(outNames))), uintptr(len(out)), uintptr(unsafe.Pointer(unsafe.SliceData(out))))
	runtime.KeepAlive(t) // whose bytes ONNX Runtime reads, which the collector cannot see
	runtime.KeepAlive(s)
	if err != nil {
		return err
	}
	for i, v := range out {
		tensor, err := l.tensor(v)
		if err != nil {
			return fmt.Errorf("output %s: %w", outputs[i], err)
		}
		if err := use(i, tensor); err != nil {
			return err
		}
	}
	return nil
}

// tensor describes a tensor in ONNX Runtime's memory.
func (l *Library) tensor(v handle) (Tensor, error) {
	var info, data handle
	if err := l.call(getTensorTypeAndShape, v, uintptr(unsafe.Pointer(&info))); err != nil {
		return Tensor{}, err
	}
	defer l.release(releaseTensorTypeAndShapeInfo, info)
	t, shape, err := l.typeAndShape(info)
	if err != nil {
		return Tensor{}, err
	}
	n, ok := t.Bytes(shape)
	if !ok {
		return Tensor{}, fmt.Errorf("it is of %s", t)
	}
	if err := l.call(getTensorMutableData, v, uintptr(unsafe.Pointer(&data))); err != nil {
		return Tensor{}, err
	}
	return Tensor{t, shape, unsafe.Slice((*byte)(pointer(data)), n)}, nil
}

// Close frees the network.
func (s *Session) Close() {
	s.library.release(releaseSession, s.session)
	s.session, s.weights = 0, nil
}
