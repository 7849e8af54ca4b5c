package onnx

import "slices"

// A Classifier is the last linear layer before an output of the network.
type Classifier struct {
	Op       string // Gemm, MatMul or their like
	Features string // the tensor that it takes
	Logits   string // its result with the bias, before any softmax
	Output   string // the output of the network that it feeds
}

// Operators between a linear layer and an output that keep what it says of each
// class, and those that turn logits into probabilities.
var (
	linear = []string{
		"Gemm", "MatMul", "FusedGemm", "FusedMatMul", "MatMulNBits",
		"MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QLinearMatMul", "QGemm",
	}
	keeping = []string{
		"Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze",
		"Add", "Sub", "Mul", "Div", "QuantizeLinear", "DequantizeLinear", "QLinearAdd",
	}
	normalizing = []string{"Softmax", "LogSoftmax", "Sigmoid"}
	quantizing  = []string{"QuantizeLinear", "DynamicQuantizeLinear"}
)

// Classifiers finds the last linear layers before the outputs, in the order of the
// outputs. There is none where an output is made otherwise: that of a network without
// a classifier, or of one that ends in a convolution.
func (m *Model) Classifiers() []Classifier {
	var found []Classifier
	seen := map[string]bool{}
	for _, out := range m.Outputs {
		m.walk(out.Name, Classifier{Logits: out.Name, Output: out.Name}, seen, &found)
	}
	return found
}

// walk goes from a tensor back to the linear layers that it is made by.
func (m *Model) walk(tensor string, c Classifier, seen map[string]bool, found *[]Classifier) {
	at, ok := m.made[tensor]
	if !ok || m.constant[tensor] || seen[tensor] {
		return
	}
	seen[tensor] = true
	n := m.nodes[at]
	switch {
	case slices.Contains(linear, n.op):
		if features, ok := m.soleInput(n); ok {
			c.Op, c.Features = n.op, features
			*found = append(*found, c)
		}
	case slices.Contains(normalizing, n.op) && len(n.inputs) > 0:
		c.Logits = n.inputs[0]
		m.walk(n.inputs[0], c, seen, found)
	case slices.Contains(keeping, n.op):
		for _, in := range n.inputs {
			m.walk(in, c, seen, found)
		}
	}
}

// soleInput returns the data that a linear layer multiplies by its weights, in
// floating point: where the network is quantised, as it is before that. There is none
// where both factors depend on the image, as in attention.
func (m *Model) soleInput(n node) (string, bool) {
	var data []string
	for _, in := range n.inputs[:min(len(n.inputs), 2)] {
		if !m.constant[in] {
			data = append(data, in)
		}
	}
	if n.op == "QLinearMatMul" || n.op == "QGemm" { // data, scale, zero point, weights, …
		data = n.inputs[:min(len(n.inputs), 1)]
	}
	if len(data) != 1 {
		return "", false
	}
	tensor := data[0]
	for {
		at, ok := m.made[tensor]
		if !ok || !slices.Contains(quantizing, m.nodes[at].op) {
			return tensor, true
		}
		tensor = m.nodes[at].inputs[0]
	}
}

// A Layer is a tensor that an operator makes of the image.
type Layer struct{ Name, Op string }

// Layers lists all tensors that depend on the image, in the order in which they are
// computed.
func (m *Model) Layers() []Layer {
	var layers []Layer
	for _, n := range m.nodes {
		for _, out := range n.outputs {
			if out != "" && !m.constant[out] {
				layers = append(layers, Layer{out, n.op})
			}
		}
	}
	return layers
}
