// Package onnxtest makes small ONNX models for tests.
package onnxtest

import (
	"cmp"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"sfdalab/internal/onnxruntime"
)

// A Graph is a network.
type Graph struct {
	Opset           int64 // 13 when 0
	Inputs, Outputs []Value
	Nodes           []Node
	Weights         []Weight
}

// A Value is an input or an output. The type is float32 when 0; open dimensions are -1.
type Value struct {
	Name  string
	Type  onnxruntime.Type
	Shape []int64
}

// A Node is an operator of the standard domain, with attributes that are int64,
// []int64, float32 or Graph.
type Node struct {
	Op              string
	Inputs, Outputs []string
	Attributes      map[string]any
}

// A Weight is an initializer. Values of type Float32 are given as numbers, others as
// bytes. Where File is set, the values lie in that file beside the model.
type Weight struct {
	Name   string
	Type   onnxruntime.Type
	Shape  []int64
	Floats []float32
	Raw    []byte
	File   string
	Offset int64
}

// Bytes are those of the weight's values.
func (w Weight) Bytes() []byte {
	if w.Raw != nil {
		return w.Raw
	}
	var b []byte
	for _, v := range w.Floats {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// Bytes encodes the network as a ModelProto.
func (g Graph) Bytes() []byte {
	var opset, model message
	opset.number(2, uint64(cmp.Or(g.Opset, 13)))
	model.number(1, 7)
	model.message(7, g.encode())
	model.message(8, opset)
	return model
}

func (g Graph) encode() message {
	var graph message
	for _, n := range g.Nodes {
		graph.message(1, n.encode())
	}
	graph.text(2, "test")
	for _, w := range g.Weights {
		graph.message(5, w.encode())
	}
	for _, v := range g.Inputs {
		graph.message(11, v.encode())
	}
	for _, v := range g.Outputs {
		graph.message(12, v.encode())
	}
	return graph
}

// Write writes the network into a folder and returns its path.
func (g Graph) Write(t testing.TB, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, g.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Library returns ONNX Runtime as "make packages" installs it or as it is found
// elsewhere, or skips the test where it is not installed.
func Library(t testing.TB) *onnxruntime.Library {
	t.Helper()
	wheel, _ := filepath.Glob(filepath.Join(moduleRoot(t), "bin/venv/lib/python3*/site-packages/onnxruntime/capi"))
	l, err := onnxruntime.Open(append(wheel, "")[0])
	if err != nil {
		t.Skip(err)
	}
	return l
}

// moduleRoot is the folder of go.mod.
func moduleRoot(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	return dir
}

func (n Node) encode() message {
	var m message
	for _, in := range n.Inputs {
		m.text(1, in)
	}
	for _, out := range n.Outputs {
		m.text(2, out)
	}
	m.text(4, n.Op)
	for name, v := range n.Attributes {
		var a message
		a.text(1, name)
		switch v := v.(type) {
		case int64:
			a.number(3, uint64(v))
			a.number(20, 2)
		case float32:
			a = protowire.AppendFixed32(protowire.AppendTag(a, 2, protowire.Fixed32Type), math.Float32bits(v))
			a.number(20, 1)
		case []int64:
			for _, x := range v {
				a.number(8, uint64(x))
			}
			a.number(20, 7)
		case Graph:
			a.message(6, v.encode())
			a.number(20, 5)
		}
		m.message(5, a)
	}
	return m
}

func (w Weight) encode() message {
	var m message
	for _, d := range w.Shape {
		m.number(1, uint64(d))
	}
	m.number(2, uint64(max(w.Type, onnxruntime.Float32)))
	m.text(8, w.Name)
	if w.File == "" {
		m.message(9, w.Bytes())
		return m
	}
	entry := func(key, value string) {
		var e message
		e.text(1, key)
		e.text(2, value)
		m.message(13, e)
	}
	entry("location", w.File)
	entry("offset", itoa(w.Offset))
	entry("length", itoa(int64(len(w.Bytes()))))
	m.number(14, 1)
	return m
}

func (v Value) encode() message {
	var shape message
	for _, d := range v.Shape {
		var dim message
		if d < 0 {
			dim.text(2, "open")
		} else {
			dim.number(1, uint64(d))
		}
		shape.message(1, dim)
	}
	var tensor, kind, m message
	tensor.number(1, uint64(max(v.Type, onnxruntime.Float32)))
	if v.Shape != nil {
		tensor.message(2, shape)
	}
	kind.message(1, tensor)
	m.text(1, v.Name)
	m.message(2, kind)
	return m
}
