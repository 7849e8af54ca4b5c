package onnx

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// A value is that of one field: a number, or the bytes of a text or message.
type value struct {
	number uint64
	bytes  []byte
}

// fields calls fn for each field of a message, in order. Bytes are not copied.
func fields(message []byte, fn func(protowire.Number, value) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		var v value
		switch kind {
		case protowire.VarintType:
			v.number, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(message)
		case protowire.Fixed32Type:
			_, n = protowire.ConsumeFixed32(message)
		case protowire.Fixed64Type:
			_, n = protowire.ConsumeFixed64(message)
		default:
			return errors.New("a field of a kind that ONNX does not use")
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := fn(number, v); err != nil {
			return err
		}
	}
	return nil
}

// integers appends what a repeated field of whole numbers holds, packed or not.
func (v value) integers(to *[]int64) error {
	if v.bytes == nil {
		*to = append(*to, int64(v.number))
		return nil
	}
	for packed := v.bytes; len(packed) > 0; {
		number, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return protowire.ParseError(n)
		}
		*to = append(*to, int64(number))
		packed = packed[n:]
	}
	return nil
}
