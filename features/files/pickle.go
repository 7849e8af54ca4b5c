package files

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// unpickle reads a pickle of torch.save for what it says of tensors: dictionaries, lists,
// numbers, text and tensors. It is a description that is read, not a program that is
// run: of the functions that a pickle may name, only those that put tensors and ordered
// dictionaries together are known, and these are not called but understood. Whatever
// else an object is stays opaque.
//
// It is read here and not by a library: gopickle v0.3 allocates whatever length a
// damaged file claims.
func unpickle(program []byte) (value any, err error) {
	u := &unpickler{rest: program, memo: make(map[int]any)}
	for {
		op, err := u.byte()
		if err != nil {
			return nil, err
		}
		if op == '.' {
			return u.pop()
		}
		if err := u.step(op); err != nil {
			return nil, err
		}
	}
}

// What a pickle is made of, besides numbers, text and tensors.
type (
	marker struct{}
	name   struct{ module, name string } // of a class or function
	tuple  []any
	opaque struct{ what string } // an object of a class that is not known
	items  struct{ keys, values []any }
	elems  struct{ values []any }
)

// An unpickler runs a pickle's instructions, which are a byte each and what follows it, on a
// stack of values. An instruction may keep the value on top, for others to use again.
type unpickler struct {
	rest  []byte
	stack []any
	memo  map[int]any
}

var errPickle = errors.New("damaged: its pickle ends too early or is inconsistent")

// byte reads a byte.
func (u *unpickler) byte() (byte, error) {
	b, err := u.bytes(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// bytes reads n bytes.
func (u *unpickler) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(u.rest)) {
		return nil, errPickle
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b, nil
}

// number reads a whole number of that many bytes.
func (u *unpickler) number(size int) (uint64, error) {
	b, err := u.bytes(uint64(size))
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(append(append([]byte{}, b...), make([]byte, 8-size)...)), nil
}

// line reads a line.
func (u *unpickler) line() (string, error) {
	line, rest, ok := bytes.Cut(u.rest, []byte("\n"))
	if !ok {
		return "", errPickle
	}
	u.rest = rest
	return string(line), nil
}

// text reads text behind its length of that many bytes.
func (u *unpickler) text(size int) error {
	n, err := u.number(size)
	if err != nil {
		return err
	}
	b, err := u.bytes(n)
	u.push(string(b))
	return err
}

// push puts a value on the stack.
func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// pop takes the value on top of the stack.
func (u *unpickler) pop() (any, error) {
	if len(u.stack) == 0 {
		return nil, errPickle
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

// popN takes n values, the one on top last.
func (u *unpickler) popN(n int) ([]any, error) {
	if len(u.stack) < n {
		return nil, errPickle
	}
	top := append([]any{}, u.stack[len(u.stack)-n:]...)
	u.stack = u.stack[:len(u.stack)-n]
	return top, nil
}

// popMark returns what lies above the last mark, and takes that away, too.
func (u *unpickler) popMark() ([]any, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, ok := u.stack[i].(marker); ok {
			top := append([]any{}, u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return top, nil
		}
	}
	return nil, errPickle
}

// step takes one instruction.
func (u *unpickler) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		_, err := u.byte()
		return err
	case 0x95: // FRAME
		_, err := u.bytes(8)
		return err
	case '(': // MARK
		u.push(marker{})
	case '}': // EMPTY_DICT
		u.push(&items{})
	case ']': // EMPTY_LIST
		u.push(&elems{})
	case ')': // EMPTY_TUPLE
		u.push(tuple{})
	case 'N': // NONE
		u.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		u.push(op == 0x88)
	case '0': // POP
		_, err := u.pop()
		return err
	case 'X': // BINUNICODE
		return u.text(4)
	case 0x8c: // SHORT_BINUNICODE
		return u.text(1)
	case 'K', 'M', 'J': // BININT1, BININT2, BININT
		return u.integer(map[byte]int{'K': 1, 'M': 2, 'J': 4}[op])
	case 0x8a: // LONG1
		n, err := u.byte()
		if err != nil || n > 8 {
			return errPickle
		}
		return u.integer(int(n))
	case 'G': // BINFLOAT
		b, err := u.bytes(8)
		if err == nil {
			u.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
		}
		return err
	case 'q', 'r', 0x94: // BINPUT, LONG_BINPUT, MEMOIZE
		return u.remember(op)
	case 'h', 'j': // BINGET, LONG_BINGET
		at, err := u.number(map[byte]int{'h': 1, 'j': 4}[op])
		v, ok := u.memo[int(at)]
		if err != nil || !ok {
			return errPickle
		}
		u.push(v)
	case 0x85, 0x86, 0x87, 't', 'Q', 'c', 0x93, 'R', 0x81, 'b', 's', 'u', 'a', 'e':
		return u.compose(op)
	default:
		return fmt.Errorf("its pickle has instruction %#x, which no tensor needs: save the tensor alone by torch.save", op)
	}
	return nil
}

// integer reads a whole number; four bytes and more have a sign.
func (u *unpickler) integer(size int) error {
	x, err := u.number(size)
	v := int(x)
	if shift := 64 - 8*size; size >= 4 || size == 0 {
		if size > 0 {
			v = int(int64(x<<shift) >> shift)
		}
	}
	u.push(v)
	return err
}

// remember keeps the value on top under a number: the next one, or one that follows.
func (u *unpickler) remember(op byte) error {
	if len(u.stack) == 0 {
		return errPickle
	}
	at := uint64(len(u.memo))
	var err error
	switch op {
	case 'q':
		at, err = u.number(1)
	case 'r':
		at, err = u.number(4)
	}
	u.memo[int(at)] = u.stack[len(u.stack)-1]
	return err
}

// compose takes an instruction that puts values together.
func (u *unpickler) compose(op byte) error {
	switch op {
	case 0x85, 0x86, 0x87: // TUPLE1, TUPLE2, TUPLE3
		values, err := u.popN(int(op) - 0x84)
		u.push(tuple(values))
		return err
	case 't': // TUPLE
		values, err := u.popMark()
		u.push(tuple(values))
		return err
	case 'Q': // BINPERSID: torch.save refers to a storage by it
		id, err := u.pop()
		if err != nil {
			return err
		}
		s, err := storageOf(id)
		u.push(s)
		return err
	case 'c': // GLOBAL
		module, err := u.line()
		if err != nil {
			return err
		}
		n, err := u.line()
		u.push(name{module, n})
		return err
	case 0x93: // STACK_GLOBAL
		both, err := u.popN(2)
		if err != nil {
			return err
		}
		module, ok := both[0].(string)
		n, ok2 := both[1].(string)
		if !ok || !ok2 {
			return errPickle
		}
		u.push(name{module, n})
	case 'R', 0x81: // REDUCE, NEWOBJ
		both, err := u.popN(2)
		if err != nil {
			return err
		}
		v, err := build(both[0], both[1])
		u.push(v)
		return err
	case 'b': // BUILD: the state of an object, of which none is kept
		_, err := u.pop()
		return err
	case 's': // SETITEM
		both, err := u.popN(2)
		if err != nil {
			return err
		}
		return u.extend(both)
	case 'a': // APPEND
		v, err := u.pop()
		if err != nil {
			return err
		}
		return u.extend([]any{v})
	default: // SETITEMS, APPENDS
		values, err := u.popMark()
		if err != nil {
			return err
		}
		return u.extend(values)
	}
	return nil
}

// extend adds values to the dictionary or list on the stack.
func (u *unpickler) extend(values []any) error {
	if len(u.stack) == 0 {
		return errPickle
	}
	switch v := u.stack[len(u.stack)-1].(type) {
	case *items:
		if len(values)%2 != 0 {
			return errPickle
		}
		for i := 0; i < len(values); i += 2 {
			v.keys, v.values = append(v.keys, values[i]), append(v.values, values[i+1])
		}
	case *elems:
		v.values = append(v.values, values...)
	case opaque: // whatever it holds
	default:
		return errPickle
	}
	return nil
}

// storageOf understands ('storage', class, member, device, size).
func storageOf(id any) (storage, error) {
	parts, ok := id.(tuple)
	if !ok || len(parts) < 3 || parts[0] != "storage" {
		return storage{}, errPickle
	}
	class, ok := parts[1].(name)
	member, ok2 := parts[2].(string)
	if !ok || !ok2 {
		return storage{}, errPickle
	}
	return storage{class.name, member}, nil
}

// build understands the call of a function by its name.
func build(function, arguments any) (any, error) {
	f, ok := function.(name)
	args, ok2 := arguments.(tuple)
	if !ok || !ok2 {
		return opaque{"an object"}, nil
	}
	switch f {
	case name{"collections", "OrderedDict"}:
		return &items{}, nil
	case name{"torch._utils", "_rebuild_parameter"}:
		if len(args) > 0 {
			if t, ok := args[0].(tensor); ok {
				return t, nil
			}
		}
		return nil, errPickle
	case name{"torch._utils", "_rebuild_tensor_v2"}:
		return rebuild(args)
	}
	return opaque{f.module + "." + f.name}, nil
}

// rebuild understands (storage, offset, shape, strides, …).
func rebuild(args tuple) (any, error) {
	if len(args) < 4 {
		return nil, errPickle
	}
	s, ok := args[0].(storage)
	offset, ok2 := args[1].(int)
	shape, ok3 := sides(args[2])
	strides, ok4 := sides(args[3])
	if !ok || !ok2 || !ok3 || !ok4 {
		return nil, errPickle
	}
	return tensor{s, offset, shape, strides}, nil
}

// sides understands a tuple of whole numbers, none below 0.
func sides(v any) ([]int, bool) {
	parts, ok := v.(tuple)
	if !ok || len(parts) > 64 {
		return nil, false
	}
	out := make([]int, len(parts))
	for i, p := range parts {
		side, ok := p.(int)
		if !ok || side < 0 {
			return nil, false
		}
		out[i] = side
	}
	return out, true
}

// namedTensor is a tensor by its key in a dictionary; the name is empty for a tensor that
// is all there is.
type namedTensor struct {
	name   string
	tensor tensor
}

// tensors returns the tensors of a value: itself, or those of a dictionary by name.
func tensors(value any) ([]namedTensor, error) {
	switch v := value.(type) {
	case tensor:
		return []namedTensor{{"", v}}, nil
	case *items:
		var found []namedTensor
		seen := make(map[string]bool)
		for i, key := range v.keys {
			name, ok := key.(string)
			t, ok2 := v.values[i].(tensor)
			if ok && ok2 && !seen[name] {
				seen[name] = true
				found = append(found, namedTensor{name, t})
			}
		}
		if len(found) > 0 {
			return found, nil
		}
		return nil, errors.New("its dictionary holds no tensor by name: save the features themselves by torch.save")
	case *elems, tuple:
		return nil, errors.New("it holds a list: join it by torch.cat and save that by torch.save")
	case opaque:
		return nil, fmt.Errorf("it holds an object of %s, which is not read: save the features themselves, a tensor, by torch.save", clip(v.what))
	}
	return nil, errors.New("it holds no tensor: save the features themselves by torch.save")
}
