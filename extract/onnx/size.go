package onnx

import (
	"slices"

	"sfdalab/internal/onnxruntime"
)

// Operators whose multiply-adds are counted, and those that multiply as well and are not.
var (
	products  = []string{"Conv", "Gemm", "MatMul"}
	uncounted = []string{
		"Attention", "ConvInteger", "ConvTranspose", "DeformConv", "Einsum", "GRU", "If", "Loop", "LSTM",
		"MatMulInteger", "QLinearConv", "QLinearMatMul", "RNN", "Scan",
	}
	quantized = []string{
		"ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QuantizeLinear",
	}
)

// has reports whether an operator is one of these, or none of the standard ones: what such
// a one holds and computes is not known.
func (m *Model) has(ops []string) bool {
	return slices.ContainsFunc(m.nodes, func(n node) bool {
		return n.domain != "" && n.domain != "ai.onnx" || slices.Contains(ops, n.op)
	})
}

// Parameters returns the number of the model's parameters: the elements of its
// floating-point initializers, but for the running means and variances of batch
// normalization. It is that of PyTorch, less one for each channel whose batch normalization
// the export folded into a convolution. False where weights are quantized, sparse, or in
// subgraphs or constants, or where operators are not ONNX's own.
func (m *Model) Parameters() (int64, bool) {
	if m.otherWeights || m.has(slices.Concat(quantized, []string{"If", "Loop", "Scan"})) {
		return 0, false
	}
	statistics := map[string]bool{}
	for _, n := range m.nodes {
		if n.op == "BatchNormalization" && len(n.inputs) == 5 {
			statistics[n.inputs[3]], statistics[n.inputs[4]] = true, true
		}
	}
	var sum int64
	for name, t := range m.initializers {
		if isFloat(t.dataType) && !statistics[name] {
			sum += elements(t.dims)
		}
	}
	return sum, sum > 0
}

// isFloat reports whether a type is one of floating-point numbers.
func isFloat(t onnxruntime.Type) bool {
	return slices.Contains([]onnxruntime.Type{onnxruntime.Float32, onnxruntime.Float16, onnxruntime.Float64, onnxruntime.BFloat16}, t)
}

// MultiplyAdds returns the multiply-adds of the model's convolutions and matrix products,
// those of attention included, for inputs that give tensors the shapes that shapeOf
// returns for those of [Model.Factors] and for inputs; nothing else is counted, as is the
// custom. False where a shape is not known, or where operators multiply in other ways.
func (m *Model) MultiplyAdds(shapeOf func(tensor string) []int64) (int64, bool) {
	if m.has(uncounted) {
		return 0, false
	}
	shape := func(tensor string) []int64 {
		if t, ok := m.initializers[tensor]; ok {
			return t.dims
		}
		return shapeOf(tensor)
	}
	var sum int64
	for _, n := range m.products() {
		a, b, y := shape(n.inputs[0]), shape(n.inputs[1]), shape(n.outputs[0])
		if len(a) == 0 || len(b) == 0 || n.op != "MatMul" && len(y) == 0 {
			return 0, false
		}
		terms := a[len(a)-1] // of each sum
		switch n.op {
		case "Conv": // weights are M×C/group×kernel
			terms = elements(b[1:])
		case "Gemm": // a is M×K or, transposed, K×M, and y is M×N
			terms = elements(a) / max(y[0], 1)
		}
		sum += terms * elements(y)
	}
	return sum, true
}

// products are the operators that multiply data by weights, or data by data.
func (m *Model) products() []node {
	var found []node
	for _, n := range m.nodes {
		if slices.Contains(products, n.op) && len(n.inputs) >= 2 && len(n.outputs) == 1 && !m.constant[n.outputs[0]] {
			found = append(found, n)
		}
	}
	return found
}

// Factors lists the tensors whose shapes MultiplyAdds asks for, besides inputs and
// initializers; false where shapes are not enough, as operators multiply in other ways.
func (m *Model) Factors() (names []string, ok bool) {
	if m.has(uncounted) {
		return nil, false
	}
	listed := map[string]bool{}
	for _, n := range m.products() {
		for _, tensor := range []string{n.inputs[0], n.inputs[1], n.outputs[0]} {
			if _, made := m.made[tensor]; made && !listed[tensor] {
				listed[tensor] = true
				names = append(names, tensor)
			}
		}
	}
	return names, true
}

// elements is the product of dimensions.
func elements(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}
