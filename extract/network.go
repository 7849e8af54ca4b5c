package extract

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sfdalab/extract/datasets"
	"sfdalab/extract/onnx"
	"sfdalab/internal/memory"
	"sfdalab/internal/onnxruntime"
)

// A network is an ONNX model that computes features and, where it is a classifier,
// logits.
type network struct {
	Name     string
	Path     string
	Hash     string // SHA-256 of the model with its external data
	Features string // the tensor that features are taken from
	Logits   string // the output that goes with it, "" where there is none
	Notes    []string

	model   *onnx.Model
	weights *onnx.Weights
	session *onnxruntime.Session
	input   onnxruntime.Value
	pool    Pool
	batch   int

	computing time.Duration // by ONNX Runtime until now
}

// NetworkOptions say how networks are read and run.
type NetworkOptions struct {
	Layer   string // tensor to take features from; what the classifier takes when empty
	Pool    Pool
	Device  string // "cpu" when empty, or "cuda"
	Threads int    // that compute; 1 when 0
	once    bool   // the network runs once
}

// batchSize is the number of images that a network computes at once. With ONNX Runtime
// 1.32, a ResNet-50 gives the same bits in batches of 1 to 8, in any order and on any
// number of threads, but that is not promised for other networks and versions: batches
// are always full, and their size belongs to the identity of features.
const batchSize = 8

// mostBatch is how many images a network may want at once: so many of 224×224 take 2.3 GiB.
const mostBatch = 4096

// FindNetworks lists the files that a pattern finds, by the name that {model} stands
// for. A path without {model} is that of one network, named after its file.
func FindNetworks(pattern string) (names, paths []string, err error) {
	before, after, ok := strings.Cut(pattern, "{model}")
	if !ok {
		return []string{strings.TrimSuffix(filepath.Base(pattern), filepath.Ext(pattern))}, []string{pattern}, nil
	}
	if strings.Contains(after, "{model}") {
		return nil, nil, fmt.Errorf("the pattern %s has {model} twice", pattern)
	}
	paths, err = filepath.Glob(datasets.EscapeGlob(before) + "*" + datasets.EscapeGlob(after))
	if err != nil {
		return nil, nil, fmt.Errorf("the pattern %s: %w", pattern, err)
	}
	if len(paths) == 0 {
		return nil, nil, fmt.Errorf("no file matches %s", pattern)
	}
	slices.Sort(paths)
	for _, p := range paths {
		names = append(names, p[len(before):len(p)-len(after)])
	}
	return names, paths, nil
}

// openNetwork reads a model, finds its features and makes it ready to run. Close
// frees it.
func openNetwork(library *onnxruntime.Library, name, path string, o NetworkOptions) (_ *network, err error) {
	model, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	n := &network{Name: name, Path: path, model: model, pool: o.Pool}
	defer func() {
		if err != nil {
			n.Close()
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	if err := n.findInput(); err != nil {
		return nil, err
	}
	if err := n.findFeatures(o.Layer); err != nil {
		return nil, err
	}
	if op := model.TrainingOp(n.Features); op != "" {
		return nil, fmt.Errorf("layer %s is computed by %s as in training, so that it differs from run to run or with the other images of a batch: export the network after model.eval()", n.Features, op)
	}
	if n.Hash, err = model.Hash(); err != nil {
		return nil, err
	}
	outputs := []string{n.Features}
	if n.Logits != "" {
		outputs = append(outputs, n.Logits)
	}
	n.session, n.weights, err = open(library, model, outputs, o)
	n.model = nil // ONNX Runtime has its own copy
	return n, err
}

// open makes a model ready to run with more outputs.
func open(library *onnxruntime.Library, model *onnx.Model, outputs []string, o NetworkOptions) (*onnxruntime.Session, *onnx.Weights, error) {
	weights, err := model.Weights()
	if err != nil {
		return nil, nil, err
	}
	session, err := library.NewSession(model.WithOutputs(outputs...), onnxruntime.Options{
		Threads: o.Threads, Device: o.Device, Once: o.once, Weights: weights.Tensors,
	})
	if err != nil {
		weights.Close()
		return nil, nil, err
	}
	return session, weights, nil
}

// findInput finds the input that takes images, N×3×H×W.
func (n *network) findInput() error {
	inputs := n.model.Inputs
	if len(inputs) != 1 {
		var names []string
		for _, in := range inputs {
			names = append(names, fmt.Sprintf("%s (%s %s)", in.Name, in.Type, shape(in.Shape)))
		}
		if slices.ContainsFunc(inputs, func(v onnxruntime.Value) bool { return v.Type == onnxruntime.Int64 || v.Type == onnxruntime.Int32 }) {
			return fmt.Errorf("it takes text: its inputs are %s; export only the part that takes images", strings.Join(names, ", "))
		}
		return fmt.Errorf("it has %d inputs and must have one, for images: %s", len(inputs), strings.Join(names, ", "))
	}
	in := inputs[0]
	switch {
	case in.Type == onnxruntime.Int64 || in.Type == onnxruntime.Int32:
		return fmt.Errorf("its input %s is of %s, as for text, and not an image", in.Name, in.Type)
	case in.Type != onnxruntime.Float32 && in.Type != onnxruntime.Float16:
		return fmt.Errorf("its input %s is of %s: images are given as float32 or float16", in.Name, in.Type)
	case len(in.Shape) != 4:
		return fmt.Errorf("its input %s is %s and must be N×3×H×W", in.Name, shape(in.Shape))
	case in.Shape[1] != 3 && in.Shape[3] == 3:
		return fmt.Errorf("its input %s is %s, channels last: export it with channels first, N×3×H×W", in.Name, shape(in.Shape))
	case in.Shape[1] != 3 && in.Shape[1] != -1:
		return fmt.Errorf("its input %s has %d channels and images have 3", in.Name, in.Shape[1])
	case in.Shape[0] > mostBatch:
		return fmt.Errorf("its input %s is %s, of more than %d images: export it for any number of images", in.Name, shape(in.Shape), mostBatch)
	}
	n.input, n.batch = in, batchSize
	if in.Shape[0] > 0 {
		n.batch = int(in.Shape[0])
	}
	return nil
}

// findFeatures decides which tensors are the features and the logits.
func (n *network) findFeatures(layer string) error {
	classifiers := n.model.Classifiers()
	if layer != "" {
		return n.takeLayer(layer, classifiers)
	}
	const otherwise = "name the layer by --layer (--layers lists them)"
	switch {
	case len(classifiers) == 0:
		output := n.model.Outputs[0].Name
		return fmt.Errorf("its output %s comes from %s and not from a linear layer (Gemm or MatMul), so there is no classifier whose input could be the features: %s, --layer %s takes the output itself",
			output, cmp.Or(n.model.Source(output), "no operator"), otherwise, output)
	case len(classifiers) > 1:
		var layers []string
		for _, c := range classifiers {
			if !slices.Contains(layers, c.Features) {
				layers = append(layers, c.Features)
			}
		}
		if len(layers) > 1 {
			return fmt.Errorf("it has %d classifiers: %s, --layer %s", len(classifiers), otherwise, strings.Join(layers, " or --layer "))
		}
		n.Notes = append(n.Notes, fmt.Sprintf("it has %d classifiers on the same features: outputs are those of %s", len(classifiers), classifiers[0].Logits))
	}
	n.Features, n.Logits = classifiers[0].Features, classifiers[0].Logits
	return nil
}

// takeLayer takes the features from a tensor that the user names, and the logits from
// the classifier that takes it.
func (n *network) takeLayer(layer string, classifiers []onnx.Classifier) error {
	layers := n.model.Layers()
	if !slices.ContainsFunc(layers, func(l onnx.Layer) bool { return l.Name == layer }) {
		return fmt.Errorf("it has no layer %q: --layers lists them", layer)
	}
	n.Features = layer
	for _, c := range classifiers {
		if c.Features == layer || len(classifiers) == 1 && c.Logits != layer {
			n.Logits = c.Logits
			return nil
		}
	}
	n.Notes = append(n.Notes, "no classifier goes with this layer, so no outputs are written")
	return nil
}

// checkSize refuses images of a size that the network does not take.
func (n *network) checkSize(height, width int) error {
	h, w := n.input.Shape[2], n.input.Shape[3]
	if h > 0 && h != int64(height) || w > 0 && w != int64(width) {
		return &sizeError{[]string{n.Path}, shape([]int64{h, w}), fmt.Sprintf("%d×%d", height, width)}
	}
	return nil
}

// A sizeError is that of all networks which take images of one size, and get another.
type sizeError struct {
	networks     []string
	takes, makes string
}

func (e *sizeError) Error() string {
	const most = 3
	subject, verb := e.networks[0], "takes"
	if n := len(e.networks); n > 1 {
		subject, verb = strings.Join(e.networks[:min(n, most)], ", "), "take"
		if n > most {
			subject += fmt.Sprintf(" and %d more", n-most)
		}
	}
	return fmt.Sprintf("%s %s images of %s pixels and the transform makes %s: choose one that fits (--transform, or transform in a spec)", subject, verb, e.takes, e.makes)
}

// joinSizeErrors gives networks to which the same happened one error, which is told once.
func joinSizeErrors(extracted []Extracted) {
	first := make(map[[2]string]*sizeError)
	for i := range extracted {
		var e *sizeError
		if !errors.As(extracted[i].Err, &e) {
			continue
		}
		sizes := [2]string{e.takes, e.makes}
		if joined, ok := first[sizes]; ok {
			joined.networks = append(joined.networks, e.networks...)
			extracted[i].Err = joined
		} else {
			first[sizes] = e
		}
	}
}

// compute returns features (rows×D) and logits (rows×Z, nil where there are none) of
// the first rows of a batch of images, which is filled up to its full size.
func (n *network) compute(images []float32, rows, height, width int) (features, logits []float32, err error) {
	t, err := onnxruntime.FromFloats(n.input.Type, images, int64(n.batch), 3, int64(height), int64(width))
	if err != nil {
		return nil, nil, err
	}
	outputs := []string{n.Features}
	if n.Logits != "" {
		outputs = append(outputs, n.Logits)
	}
	started := time.Now()
	err = n.session.Run(n.input.Name, t, outputs, func(output int, t onnxruntime.Tensor) (err error) {
		if output == 1 {
			if logits, err = n.rows(t, rows, NoPool); err != nil {
				return fmt.Errorf("output %s: %w", n.Logits, err)
			}
			return nil
		}
		n.computing += time.Since(started)
		if features, err = n.rows(t, rows, n.pool); err != nil {
			return fmt.Errorf("layer %s: %w", n.Features, err)
		}
		return nil
	})
	return features, logits, err
}

// rows turns a tensor into one row for each image of a batch.
func (n *network) rows(t onnxruntime.Tensor, rows int, pool Pool) ([]float32, error) {
	if len(t.Shape) == 0 || t.Shape[0] != int64(n.batch) {
		return nil, fmt.Errorf("its shape is %s for %d images: there must be a row for each", shape(t.Shape), n.batch)
	}
	if need, free := 2*int64(len(t.Bytes)/n.batch)*blockSize, memory.Free(); need > free {
		return nil, fmt.Errorf("its shape is %s: of %d images, which are kept together, it takes %d MiB, and %d are left", shape(t.Shape), blockSize, need>>20, free>>20)
	}
	values, err := t.Floats()
	if err != nil {
		return nil, err
	}
	values, width, err := pool.apply(values, t.Shape)
	if err != nil {
		return nil, err
	}
	if width == 0 {
		return nil, errors.New("it is empty")
	}
	return values[:rows*width], nil
}

// Close frees the network.
func (n *network) Close() {
	if n.session != nil {
		n.session.Close()
	}
	if n.weights != nil {
		n.weights.Close()
	}
	n.session, n.weights = nil, nil
}

// shape shows dimensions, the open ones as a question mark.
func shape(dims []int64) string {
	if dims == nil {
		return "of no shape"
	}
	var parts []string
	for _, d := range dims {
		if d < 0 {
			parts = append(parts, "?")
		} else {
			parts = append(parts, fmt.Sprint(d))
		}
	}
	return strings.Join(parts, "×")
}
