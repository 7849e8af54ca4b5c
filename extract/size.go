package extract

import (
	"sfdalab/extract/onnx"
	"sfdalab/internal/onnxruntime"
)

// A Size is how large a network is, and what it computes for an image; 0 is not known.
type Size struct {
	Parameters   int64 `json:"parameters,omitempty"`
	MultiplyAdds int64 `json:"multiply_adds,omitempty"` // of convolutions and matrix products
}

// sizeOf measures a network for images of a size: see [onnx.Model.Parameters] and
// [onnx.Model.MultiplyAdds]. Shapes are those that tensors have when ONNX Runtime computes
// one batch.
func sizeOf(library *onnxruntime.Library, path string, height, width, threads int) (Size, error) {
	model, err := onnx.Read(path)
	if err != nil {
		return Size{}, err
	}
	n := network{model: model}
	if err := n.findInput(); err != nil {
		return Size{}, err
	}
	var s Size
	s.Parameters, _ = model.Parameters()
	names, ok := model.Factors()
	if !ok || len(names) == 0 {
		return s, nil
	}
	session, weights, err := open(library, model, names, NetworkOptions{Threads: threads, once: true})
	if err != nil {
		return s, err
	}
	defer weights.Close()
	defer session.Close()
	images := max(n.input.Shape[0], 1)
	shapes := map[string][]int64{n.input.Name: {images, 3, int64(height), int64(width)}}
	black := make([]float32, int(images)*3*height*width)
	batch, err := onnxruntime.FromFloats(n.input.Type, black, shapes[n.input.Name]...)
	if err != nil {
		return s, err
	}
	err = session.Run(n.input.Name, batch, names, func(i int, t onnxruntime.Tensor) error {
		shapes[names[i]] = t.Shape
		return nil
	})
	if err != nil {
		return s, err
	}
	if sum, ok := model.MultiplyAdds(func(tensor string) []int64 { return shapes[tensor] }); ok {
		s.MultiplyAdds = sum / images
	}
	return s, nil
}
