package files

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"sfdalab/internal/mat"
)

// openMat reads a variable of numbers of a MATLAB file of version 5 (-v6 and -v7). MATLAB
// has no lists: what is 1×N holds N samples.
func openMat(in *input, key string, usual []string) (content, error) {
	var a *array
	err := in.parse(len(in.bytes), func() (err error) {
		a, err = variable(in, key, usual)
		return err
	})
	return a, err
}

// variable returns the variable that key names or that choose takes, as an array of float64,
// or of int64 where MATLAB's type is one of whole numbers.
func variable(in *input, key string, usual []string) (*array, error) {
	variables, err := mat.Parse(in.bytes)
	if err != nil {
		return nil, err
	}
	if key, err = choose(key, slices.Sorted(maps.Keys(variables)), usual); err != nil {
		return nil, err
	}
	v := variables[key]
	if v.Numbers == nil {
		return nil, fmt.Errorf("variable %q does not hold plain numbers: make it a full array of doubles", clip(key))
	}
	in.path += ":" + key
	t := tensor{storage: storage{kind: "DoubleStorage"}, shape: v.Dims}
	if len(t.shape) == 2 && t.shape[0] == 1 {
		t.shape = t.shape[1:]
	}
	stride := 1 // the first side runs fastest
	for _, side := range t.shape {
		t.strides, stride = append(t.strides, stride), stride*side
	}
	data := make([]byte, 0, 8*len(v.Numbers))
	if v.Whole {
		t.storage.kind = "LongStorage"
	}
	for _, x := range v.Numbers {
		bits := math.Float64bits(x)
		if v.Whole {
			bits = uint64(int64(x))
		}
		data = binary.LittleEndian.AppendUint64(data, bits)
	}
	return t.array(in, data)
}
