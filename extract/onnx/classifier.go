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
// class, and those that turn logits into probabilities; what leaves one position of an
// image, and what draws random numbers.
var (
	linear = []string{
		"Gemm", "MatMul", "FusedGemm", "FusedMatMul", "MatMulNBits",
		"MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QLinearMatMul", "QGemm",
	}
	keeping = []string{
		"Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze",
		"Add", "Sub", "Mul", "Div", "BatchNormalization", "QuantizeLinear", "DequantizeLinear", "QLinearAdd",
	}
	summing     = []string{"Add", "Sub", "QLinearAdd"}
	normalizing = []string{"Softmax", "LogSoftmax", "Sigmoid"}
	quantizing  = []string{"QuantizeLinear", "DynamicQuantizeLinear"}
	pooling     = []string{"GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax"}
	random      = []string{"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
)

// Classifiers finds the last linear layers before the outputs, in the order of the
// outputs. There is none where an output is made otherwise: that of a network without
// a classifier, or of one that ends in a convolution of several positions.
func (m *Model) Classifiers() []Classifier {
	var found []Classifier
	seen := map[string]bool{}
	for _, out := range m.Outputs {
		classifiers, _ := m.walk(out.Name, Classifier{Logits: out.Name, Output: out.Name}, seen)
		found = append(found, classifiers...)
	}
	return found
}

// walk goes from a tensor back to the linear layers that it is made by, and reports
// whether there are any. Those of tensors that it has seen are not listed again.
func (m *Model) walk(tensor string, c Classifier, seen map[string]bool) (found []Classifier, ok bool) {
	if made, again := seen[tensor]; again {
		return nil, made
	}
	seen[tensor] = false
	defer func() { seen[tensor] = ok }()
	at, ok := m.made[tensor]
	if !ok || m.constant[tensor] {
		return nil, false
	}
	switch n := m.nodes[at]; {
	case m.isLinear(n):
		features, ok := m.soleInput(n)
		if !ok {
			return nil, false
		}
		c.Op, c.Features = n.op, features
		return []Classifier{c}, true
	case slices.Contains(normalizing, n.op) && len(n.inputs) > 0:
		c.Logits = n.inputs[0]
		return m.walk(n.inputs[0], c, seen)
	case slices.Contains(keeping, n.op):
		every, some := true, false
		for _, in := range n.inputs {
			if m.constant[in] {
				continue
			}
			more, ok := m.walk(in, c, seen)
			found = append(found, more...)
			every, some = every && ok, some || ok
		}
		// A sum with something else is that of a residual block, whose linear layer
		// is none of the network as a whole.
		if some && (every || !slices.Contains(summing, n.op)) {
			return found, true
		}
	}
	return nil, false
}

// isLinear reports whether an operator is a linear layer, which a convolution of 1×1
// is where images have been pooled to one position.
func (m *Model) isLinear(n node) bool {
	if n.op != "Conv" || len(n.inputs) < 2 {
		return slices.Contains(linear, n.op)
	}
	if weights := m.initializers[n.inputs[1]].dims; len(weights) != 4 || weights[2] != 1 || weights[3] != 1 {
		return false
	}
	tensor := n.inputs[0]
	for range m.nodes {
		at, ok := m.made[tensor]
		switch {
		case !ok || len(m.nodes[at].inputs) == 0:
			return false
		case slices.Contains(pooling, m.nodes[at].op):
			return true
		case !slices.Contains(keeping, m.nodes[at].op):
			return false
		}
		tensor = m.nodes[at].inputs[0]
	}
	return false
}

// Source returns the operator that a tensor comes from, before those that only shape or
// normalize it; "" where there is none.
func (m *Model) Source(tensor string) string {
	for range m.nodes {
		at, ok := m.made[tensor]
		if !ok {
			return ""
		}
		n := m.nodes[at]
		data := slices.DeleteFunc(slices.Clone(n.inputs), func(in string) bool { return m.constant[in] })
		if len(data) != 1 || !slices.Contains(keeping, n.op) && !slices.Contains(normalizing, n.op) {
			return n.op
		}
		tensor = data[0]
	}
	return ""
}

// TrainingOp returns an operator that computes a tensor as in training, so that it
// differs from run to run or with the other images of a batch: Dropout that drops,
// batch normalization by the batch's own statistics, or one that draws random numbers.
// It returns "" where there is none.
func (m *Model) TrainingOp(tensor string) string {
	ways, seen := []string{tensor}, map[string]bool{}
	for len(ways) > 0 {
		tensor, ways = ways[0], ways[1:]
		at, ok := m.made[tensor]
		if !ok || seen[tensor] {
			continue
		}
		seen[tensor] = true
		n := m.nodes[at]
		drops := n.op == "Dropout" && len(n.inputs) == 3 && m.isTrue[n.inputs[2]]
		if drops || n.op == "BatchNormalization" && n.training || slices.Contains(random, n.op) {
			return n.op
		}
		ways = append(ways, n.inputs...)
	}
	return ""
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
	for range m.nodes {
		at, ok := m.made[tensor]
		if !ok || !slices.Contains(quantizing, m.nodes[at].op) || len(m.nodes[at].inputs) == 0 {
			return tensor, true
		}
		tensor = m.nodes[at].inputs[0]
	}
	return "", false
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
