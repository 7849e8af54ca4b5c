package onnx

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"sfdalab/internal/onnxruntime"
)

// A Model is the graph of an ONNX model.
type Model struct {
	Path    string
	Inputs  []onnxruntime.Value // that a caller must give: not those that have an initializer
	Outputs []onnxruntime.Value
	Opset   int64 // version of the standard operators

	bytes        []byte         // of the file
	nodes        []node         // in topological order
	made         map[string]int // the node that makes a tensor
	initializers map[string]initializer
	constant     map[string]bool // tensors that do not depend on an input
	isTrue       map[string]bool // constants that are the truth value true
	otherWeights bool            // besides initializers: sparse ones, and constants of floating-point numbers
	operators    int             // with those of subgraphs
	weights      int             // initializers with those of subgraphs; several may have one name
}

// A node is one operator.
type node struct {
	op, domain      string
	inputs, outputs []string
	training        bool // its attribute training_mode
	subgraphs       bool // which may take any tensor of the graph
	isTrue          bool // a constant of the truth value true
}

// An initializer is a tensor whose values are part of the model.
type initializer struct {
	dims     []int64
	dataType onnxruntime.Type
	external map[string]string // location, offset and length of what lies in another file
	isTrue   bool              // a truth value, and true
}

// maxBytes is the size of the largest message that Protocol Buffers can hold.
// Larger networks keep their weights in files of their own.
const maxBytes = 1<<31 - 1

// Read reads a model. Weights that it keeps in other files are read by
// [Model.Weights].
func Read(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", path)
	case info.Size() > maxBytes:
		return nil, fmt.Errorf("%s is larger than 2 GiB, the most that an ONNX file may hold: export the network with external data", path)
	}
	data, err := readFile(path, int(info.Size()))
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("version https://git-lfs")) {
		return nil, fmt.Errorf("%s is a pointer of Git LFS, not the network itself: run git lfs pull", path)
	}
	m, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s is not an ONNX model: %w", path, err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.Path = path
	return m, nil
}

// readFile reads a file of so many bytes, with room behind it for more outputs.
func readFile(path string, size int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const room = 4096
	data := make([]byte, size, size+room)
	_, err = io.ReadFull(f, data)
	return data, err
}

// What a model may have, subgraphs included: ONNX Runtime takes time that grows with the
// square of these numbers to load it, here some seconds. The largest classifiers have some
// thousands.
const (
	mostOperators    = 50_000
	mostInitializers = 20_000
	mostOutputs      = 1_000
)

// check refuses what would take very long to load.
func (m *Model) check() error {
	for _, part := range []struct {
		name    string
		n, most int
	}{
		{"operators", m.operators, mostOperators},
		{"initializers", m.weights, mostInitializers},
		{"outputs", len(m.Outputs), mostOutputs},
	} {
		if part.n > part.most {
			return fmt.Errorf("it has %d %s, and more than %d take ONNX Runtime too long", part.n, part.name, part.most)
		}
	}
	return nil
}

// parse reads the graph of a ModelProto. Numbers of fields, here and below, are those of
// onnx.proto.
func parse(data []byte) (*Model, error) {
	m := &Model{bytes: data, made: map[string]int{}, initializers: map[string]initializer{}, constant: map[string]bool{}, isTrue: map[string]bool{}}
	graphs := 0
	err := fields(data, func(number protowire.Number, v value) error {
		switch number {
		case 7: // graph
			graphs++
			return fields(v.bytes, m.graphField)
		case 8: // opset_import
			return m.opset(v.bytes)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if graphs == 0 || len(m.nodes) == 0 || len(m.Outputs) == 0 {
		return nil, fmt.Errorf("it has no graph with operators and outputs")
	}
	m.Inputs = slices.DeleteFunc(m.Inputs, func(v onnxruntime.Value) bool { _, ok := m.initializers[v.Name]; return ok })
	m.connect()
	return m, nil
}

// connect notes which node makes each tensor, and which tensors are constant.
func (m *Model) connect() {
	for name, t := range m.initializers {
		m.constant[name], m.isTrue[name] = true, t.isTrue
	}
	m.constant[""] = true // an optional input that is left out
	for i, n := range m.nodes {
		constant := !n.subgraphs && !slices.ContainsFunc(n.inputs, func(in string) bool { return !m.constant[in] })
		for _, out := range n.outputs {
			m.made[out] = i
			m.constant[out] = m.constant[out] || constant
			m.isTrue[out] = n.isTrue
		}
	}
}

// graphField reads a field of GraphProto.
func (m *Model) graphField(number protowire.Number, v value) error {
	switch number {
	case 1: // node
		m.operators++
		return m.addNode(v.bytes)
	case 5: // initializer
		m.weights++
		name, t, err := tensor(v.bytes)
		m.initializers[name] = t
		return err
	case 15: // sparse_initializer
		m.otherWeights = true
	case 11, 12: // input, output
		info, err := valueInfo(v.bytes)
		if number == 11 {
			m.Inputs = append(m.Inputs, info)
		} else {
			m.Outputs = append(m.Outputs, info)
		}
		return err
	}
	return nil
}

// addNode reads a NodeProto.
func (m *Model) addNode(data []byte) error {
	var n node
	err := fields(data, func(number protowire.Number, v value) error {
		switch number {
		case 1: // input
			n.inputs = append(n.inputs, string(v.bytes))
		case 2: // output
			n.outputs = append(n.outputs, string(v.bytes))
		case 4: // op_type
			n.op = string(v.bytes)
		case 5: // attribute
			return m.attribute(v.bytes, &n)
		case 7: // domain
			n.domain = string(v.bytes)
		}
		return nil
	})
	m.nodes = append(m.nodes, n)
	return err
}

// maxDepth is how deep subgraphs may lie in each other.
const maxDepth = 50

// count counts what a subgraph has, and subgraphs of it to a depth.
func (m *Model) count(graph []byte, depth int) error {
	if depth == 0 {
		return fmt.Errorf("its subgraphs lie in each other more than %d deep", maxDepth)
	}
	attribute := func(number protowire.Number, v value) error {
		if number == 6 || number == 11 { // g, graphs
			return m.count(v.bytes, depth-1)
		}
		return nil
	}
	return fields(graph, func(number protowire.Number, v value) error {
		switch number {
		case 1: // node
			m.operators++
			return fields(v.bytes, func(number protowire.Number, v value) error {
				if number == 5 { // attribute
					return fields(v.bytes, attribute)
				}
				return nil
			})
		case 5: // initializer
			m.weights++
		}
		return nil
	})
}

// attribute reads an AttributeProto of a node as far as it takes to see weights in it, a
// tensor of more than one floating-point number, and what the node has of interest.
func (m *Model) attribute(data []byte, n *node) error {
	var name string
	var number int64
	err := fields(data, func(field protowire.Number, v value) error {
		switch field {
		case 1: // name
			name = string(v.bytes)
		case 3: // i
			number = int64(v.number)
		case 5: // t
			_, t, err := tensor(v.bytes)
			m.otherWeights = m.otherWeights || isFloat(t.dataType) && elements(t.dims) > 1
			n.isTrue = t.isTrue
			return err
		case 6, 11: // g, graphs
			n.subgraphs = true
			return m.count(v.bytes, maxDepth)
		case 22: // sparse_tensor
			m.otherWeights = true
		}
		return nil
	})
	n.training = n.training || name == "training_mode" && number != 0
	return err
}

// tensor reads a TensorProto without its values, but for a single truth value.
func tensor(data []byte) (name string, t initializer, err error) {
	var truth []int64
	err = fields(data, func(number protowire.Number, v value) error {
		switch number {
		case 1: // dims
			return v.integers(&t.dims)
		case 2: // data_type
			t.dataType = onnxruntime.Type(v.number)
		case 5: // int32_data
			return v.integers(&truth)
		case 8: // name
			name = string(v.bytes)
		case 9: // raw_data
			if len(v.bytes) == 1 {
				truth = append(truth, int64(v.bytes[0]))
			}
		case 13: // external_data
			if t.external == nil {
				t.external = map[string]string{}
			}
			return entry(v.bytes, t.external)
		}
		return nil
	})
	t.isTrue = t.dataType == onnxruntime.Bool && len(truth) == 1 && truth[0] != 0
	return name, t, err
}

// entry reads a StringStringEntryProto into a map.
func entry(data []byte, to map[string]string) error {
	var key, text string
	err := fields(data, func(number protowire.Number, v value) error {
		switch number {
		case 1:
			key = string(v.bytes)
		case 2:
			text = string(v.bytes)
		}
		return nil
	})
	to[key] = text
	return err
}

// opset reads an OperatorSetIdProto.
func (m *Model) opset(data []byte) error {
	var domain string
	var version int64
	err := fields(data, func(number protowire.Number, v value) error {
		switch number {
		case 1:
			domain = string(v.bytes)
		case 2:
			version = int64(v.number)
		}
		return nil
	})
	if domain == "" || domain == "ai.onnx" {
		m.Opset = version
	}
	return err
}

// valueInfo reads a ValueInfoProto with the TypeProto.Tensor in it.
func valueInfo(data []byte) (onnxruntime.Value, error) {
	var info onnxruntime.Value
	dim := func(number protowire.Number, v value) error {
		if number != 1 {
			return nil
		}
		size := int64(-1)
		err := fields(v.bytes, func(number protowire.Number, v value) error {
			if number == 1 {
				size = int64(v.number)
			}
			return nil
		})
		info.Shape = append(info.Shape, size)
		return err
	}
	tensor := func(number protowire.Number, v value) error {
		switch number {
		case 1:
			info.Type = onnxruntime.Type(v.number)
		case 2:
			return fields(v.bytes, dim)
		}
		return nil
	}
	err := fields(data, func(number protowire.Number, v value) error {
		switch number {
		case 1:
			info.Name = string(v.bytes)
		case 2:
			return fields(v.bytes, func(number protowire.Number, v value) error {
				if number == 1 {
					return fields(v.bytes, tensor)
				}
				return nil
			})
		}
		return nil
	})
	return info, err
}

// WithOutputs returns the bytes of the model with more tensors among its outputs.
// Protocol Buffers merge a message that occurs twice, so that a second graph behind
// the model, with nothing but these outputs, adds them to the first. The weights are not
// copied: the bytes are valid until the next call.
func (m *Model) WithOutputs(names ...string) []byte {
	var graph []byte
	for _, name := range names {
		if slices.ContainsFunc(m.Outputs, func(v onnxruntime.Value) bool { return v.Name == name }) {
			continue
		}
		output := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
		graph = protowire.AppendBytes(protowire.AppendTag(graph, 12, protowire.BytesType), output)
	}
	if len(graph) == 0 {
		return m.bytes
	}
	return protowire.AppendBytes(protowire.AppendTag(m.bytes, 7, protowire.BytesType), graph)
}
