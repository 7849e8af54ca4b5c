package files

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// openTorch reads a file of torch.save (PyTorch 1.6 or later): a zip archive of a pickle
// that describes tensors, and of the bytes of each. Nothing in the pickle is executed.
func openTorch(in *input, key string, usual []string) (content, error) {
	var a *array
	err := in.parse(len(in.bytes), func() (err error) {
		a, err = torchTensor(in, key, usual)
		return err
	})
	return a, err
}

// A tensor is what a pickle says of one: where its numbers are, in units of them.
type tensor struct {
	storage        storage
	offset         int
	shape, strides []int
}

// A storage is a member of the archive, by the type of its numbers.
type storage struct{ kind, member string }

// torchTensor returns the tensor that key names or that choose takes.
func torchTensor(in *input, key string, usual []string) (*array, error) {
	archive, err := zip.NewReader(bytes.NewReader(in.bytes), int64(len(in.bytes)))
	if err != nil {
		return nil, errors.New("not a file of torch.save (PyTorch 1.6 or later), or damaged; to convert it, in Python: torch.save(torch.load(path), path)")
	}
	var pickled *zip.File
	members := make(map[string]*zip.File)
	for _, f := range archive.File {
		if members[f.Name] != nil {
			return nil, fmt.Errorf("damaged: two of its members are named %s", clip(f.Name))
		}
		members[f.Name] = f
		if path.Base(f.Name) != "data.pkl" {
			continue
		}
		if pickled != nil {
			return nil, errors.New("damaged: it has more than one data.pkl")
		}
		pickled = f
	}
	if pickled == nil {
		return nil, errors.New("not a file of torch.save: it has no data.pkl; of a scripted model, save the output tensor with torch.save")
	}
	root := path.Dir(pickled.Name)
	if order := members[path.Join(root, "byteorder")]; order != nil {
		if b, err := unpack(order, in.bytes); err != nil || strings.TrimSpace(string(b)) != "little" {
			return nil, errors.New("its numbers are in big-endian order, which is not read")
		}
	}
	program, err := unpack(pickled, in.bytes)
	if err != nil {
		return nil, err
	}
	value, err := unpickle(program)
	if err != nil {
		return nil, err
	}
	found, err := tensors(value)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, t := range found {
		keys = append(keys, t.name)
	}
	if len(found) == 1 && found[0].name == "" && key != "" {
		return nil, fmt.Errorf("it holds one tensor, not several by name such as %q", clip(key))
	}
	if len(found) != 1 || key != "" {
		if key, err = choose(key, keys, usual); err != nil {
			return nil, err
		}
		in.path += ":" + key
	} else {
		key = found[0].name
	}
	t := found[slices.Index(keys, key)].tensor
	member := members[path.Join(root, "data", t.storage.member)]
	if member == nil {
		return nil, fmt.Errorf("damaged: the numbers of tensor %q are missing", clip(key))
	}
	data, err := unpack(member, in.bytes)
	if err != nil {
		return nil, err
	}
	return t.array(in, data)
}

// array finds the numbers of a tensor in its storage.
func (t tensor) array(in *input, data []byte) (*array, error) {
	kind, ok := tensorType(t.storage.kind)
	if !ok {
		return nil, fmt.Errorf("it holds type %q, which is not read: convert it by .float()", clip(t.storage.kind))
	}
	if err := checkSides(t.shape); err != nil {
		return nil, err
	}
	a := &array{input: in, dtype: kind, shape: t.shape}
	size, ok := a.bytes()
	if len(t.strides) != len(t.shape) || !ok {
		return nil, fmt.Errorf("damaged: claims shape %v with strides %v", t.shape, t.strides)
	}
	last, following, n := t.offset, 1, len(data)/kind.size
	contiguous := true
	for k := len(t.shape) - 1; k >= 0; k-- {
		side, stride := t.shape[k], t.strides[k]
		if side == 0 {
			return a, nil
		}
		if stride < 0 || last < 0 || stride > n || side > n+1 || (side-1)*stride > n-last {
			return nil, fmt.Errorf("truncated or damaged: shape %v with strides %v from %d on, of %d numbers", t.shape, t.strides, t.offset, n)
		}
		last += (side - 1) * stride
		contiguous = contiguous && (side == 1 || stride == following)
		following *= side
	}
	if t.offset < 0 || last >= n {
		return nil, fmt.Errorf("truncated or damaged: shape %v with strides %v from %d on, of %d numbers", t.shape, t.strides, t.offset, n)
	}
	if contiguous {
		a.data = data[t.offset*kind.size:][:size]
		return a, nil
	}
	if size > 16*len(data) { // expanded, as no features are
		return nil, fmt.Errorf("shape %v with strides %v repeats its numbers: save it by .contiguous()", t.shape, t.strides)
	}
	a.data = make([]byte, 0, size)
	t.copy(a, data, 0, t.offset)
	return a, nil
}

// copy appends the numbers of the sides from k on, the first of which is at a place in
// data.
func (t tensor) copy(a *array, data []byte, k, at int) {
	if k == len(t.shape) {
		a.data = append(a.data, data[at*a.dtype.size:][:a.dtype.size]...)
		return
	}
	for i := range t.shape[k] {
		t.copy(a, data, k+1, at+i*t.strides[k])
	}
}
