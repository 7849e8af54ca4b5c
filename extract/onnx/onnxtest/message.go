package onnxtest

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// A message is one of Protocol Buffers, encoded field by field.
type message []byte

func (m *message) number(field protowire.Number, v uint64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), v)
}

func (m *message) text(field protowire.Number, s string) { m.message(field, []byte(s)) }

func (m *message) message(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
