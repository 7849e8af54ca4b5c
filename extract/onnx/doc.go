// Package onnx reads the graph of an ONNX model as far as it takes to find where a
// network's features are: which tensors there are, what makes each, and which of
// them the last linear layer, the classifier, takes; and to count its parameters and
// multiply-adds.
//
// A network for images of Z source classes ends
//
//	image → … → features (N×D) → Gemm or MatMul(+Add) → logits (N×Z) [→ Softmax]
//
// so that features are the input of the last Gemm or MatMul before the output. That
// tensor becomes an output of the network by adding its name to the graph's outputs;
// see [Model.WithOutputs].
package onnx
