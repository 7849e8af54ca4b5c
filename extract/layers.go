package extract

import (
	"sfdalab/extract/onnx"
	"sfdalab/internal/onnxruntime"
)

// A Layer is a tensor that features can be taken from.
type Layer struct {
	Name  string
	Op    string // the operator that makes it
	Shape string // such as ?×2048; open dimensions are question marks
	Taken bool   // whether features are taken from it when no layer is named
}

// Layers lists the tensors of a network that hold floating-point numbers and depend on
// the image, in the order in which they are computed.
func Layers(library *onnxruntime.Library, path string) ([]Layer, error) {
	model, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	all := model.Layers()
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = l.Name
	}
	session, weights, err := open(library, model, names, NetworkOptions{once: true})
	if err != nil {
		return nil, err
	}
	defer weights.Close()
	defer session.Close()
	described := map[string]onnxruntime.Value{}
	for _, v := range session.Outputs {
		described[v.Name] = v
	}
	taken := model.Classifiers()
	var layers []Layer
	for _, l := range all {
		v := described[l.Name]
		switch v.Type {
		case onnxruntime.Float32, onnxruntime.Float16, onnxruntime.Float64:
			layers = append(layers, Layer{l.Name, l.Op, shape(v.Shape), len(taken) == 1 && taken[0].Features == l.Name})
		}
	}
	return layers, nil
}
