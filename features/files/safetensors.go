package files

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"sfdalab/internal/strict"
)

// tensorTypes are the types of safetensors and of torch's storages, as NumPy names them.
var tensorTypes = map[string]string{
	"F64": "f8", "F32": "f4", "F16": "f2", "BF16": "V2",
	"I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1", "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "b1",
	"DoubleStorage": "f8", "FloatStorage": "f4", "HalfStorage": "f2", "BFloat16Storage": "V2",
	"LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1", "ByteStorage": "u1", "BoolStorage": "b1",
}

// tensorType returns the type of that name; ok is false where it is not known.
func tensorType(name string) (t dtype, ok bool) {
	numpy, ok := tensorTypes[name]
	if !ok {
		return dtype{}, false
	}
	t, err := parseType("'<" + numpy + "'")
	t.told = "" // bfloat16 is named there
	return t, err == nil
}

// openSafetensors reads the header of a safetensors file: its length in eight bytes,
// then JSON that says type, shape and place of each tensor in the bytes that follow.
func openSafetensors(in *input, key string, usual []string) (content, error) {
	var a *array
	err := in.parse(maxHeader, func() (err error) {
		a, err = safetensor(in, key, usual)
		return err
	})
	return a, err
}

// safetensor returns the tensor that key names or that choose takes.
func safetensor(in *input, key string, usual []string) (*array, error) {
	b := in.bytes
	if len(b) < 8 {
		return nil, fmt.Errorf("not a safetensors file: it has %d bytes", len(b))
	}
	size := binary.LittleEndian.Uint64(b)
	if size > uint64(len(b)-8) {
		return nil, fmt.Errorf("truncated, or not a safetensors file: claims a header of %d bytes, of which %d are there", size, len(b)-8)
	}
	header, data := b[8:8+size], b[8+size:]
	var entries map[string]json.RawMessage
	if err := strict.JSON(header, &entries); err != nil {
		return nil, fmt.Errorf("damaged: its header: %w", err)
	}
	delete(entries, "__metadata__")
	key, err := choose(key, slices.Sorted(maps.Keys(entries)), usual)
	if err != nil {
		return nil, err
	}
	tensor, err := tensorOf(entries, key, uint64(len(data)))
	if err != nil {
		return nil, err
	}
	t, ok := tensorType(tensor.Type)
	if !ok {
		return nil, fmt.Errorf("tensor %q has type %q, which is not read: convert it to float32", clip(key), clip(tensor.Type))
	}
	if err := checkSides(tensor.Shape); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", clip(key), err)
	}
	a := &array{input: in, dtype: t, shape: tensor.Shape}
	from, to := tensor.Offsets[0], tensor.Offsets[1]
	if slices.ContainsFunc(a.shape, func(side int) bool { return side < 0 }) || from > to || to > uint64(len(data)) {
		return nil, fmt.Errorf("damaged: tensor %q claims shape %v at bytes %d to %d of %d", clip(key), a.shape, from, to, len(data))
	}
	if want, ok := a.bytes(); !ok || uint64(want) != to-from {
		return nil, fmt.Errorf("damaged: tensor %q claims shape %v of %s in %d bytes", clip(key), a.shape, tensor.Type, to-from)
	}
	a.data = data[from:to]
	in.path += ":" + key
	return a, nil
}

// safeTensor is what a header says of a tensor.
type safeTensor struct {
	Type    string    `json:"dtype"`
	Shape   []int     `json:"shape"`
	Offsets [2]uint64 `json:"data_offsets"`
}

// tensorOf returns what the header says of a tensor. All together must fill the data, one
// after the other, as the format demands: a place that is damaged would give other numbers.
func tensorOf(entries map[string]json.RawMessage, key string, size uint64) (safeTensor, error) {
	tensors := make(map[string]safeTensor, len(entries))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		var t safeTensor
		if err := strict.JSON(entries[name], &t); err != nil {
			return t, fmt.Errorf("damaged: tensor %q: %w", clip(name), err)
		}
		tensors[name] = t
	}
	names := slices.SortedFunc(maps.Keys(tensors), func(a, b string) int {
		x, y := tensors[a].Offsets, tensors[b].Offsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), cmp.Compare(a, b))
	})
	end := uint64(0)
	for _, name := range names {
		o := tensors[name].Offsets
		if o[0] != end || o[1] < o[0] || o[1] > size {
			return safeTensor{}, fmt.Errorf("damaged: tensor %q is at bytes %d to %d of %d, and the one before it ends at %d", clip(name), o[0], o[1], size, end)
		}
		end = o[1]
	}
	if end != size {
		return safeTensor{}, fmt.Errorf("damaged: the tensors end at byte %d of %d", end, size)
	}
	return tensors[key], nil
}
