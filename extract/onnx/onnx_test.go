package onnx_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/x448/float16"

	"sfdalab/extract/onnx"
	"sfdalab/extract/onnx/onnxtest"
	"sfdalab/internal/memory"
	"sfdalab/internal/onnxruntime"
)

type (
	node   = onnxtest.Node
	value  = onnxtest.Value
	weight = onnxtest.Weight
)

var (
	in     = []value{{Name: "x", Shape: []int64{-1, 2}}}
	out    = []value{{Name: "y"}}
	w      = weight{Name: "w", Shape: []int64{2, 3}, Floats: []float32{1, 2, 3, 4, 5, 6}}
	b      = weight{Name: "b", Shape: []int64{3}, Floats: []float32{10, 20, 30}}
	kernel = weight{Name: "kernel", Shape: []int64{3, 2, 1, 1}, Floats: w.Floats}
)

func op(name, inputs, output string) node {
	return node{Op: name, Inputs: strings.Fields(inputs), Outputs: []string{output}}
}

func TestClassifiers(t *testing.T) {
	for _, c := range []struct {
		name  string
		graph onnxtest.Graph
		want  []onnx.Classifier
	}{
		{"Gemm", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("Gemm", "h w b", "y")},
		}, []onnx.Classifier{{"Gemm", "h", "y", "y"}}},
		{"MatMul and Add, bias first", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("MatMul", "h w", "m"), op("Add", "b m", "y")},
		}, []onnx.Classifier{{"MatMul", "h", "y", "y"}}},
		{"softmax", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("Gemm", "h w b", "l"), op("Softmax", "l", "y")},
		}, []onnx.Classifier{{"Gemm", "h", "l", "y"}}},
		{"transposed weights", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("Transpose", "w", "t"), op("Transpose", "t", "u"), op("MatMul", "h u", "y")},
		}, []onnx.Classifier{{"MatMul", "h", "y", "y"}}},
		{"attention is no classifier", onnxtest.Graph{
			Nodes: []node{op("Transpose", "x", "t"), op("MatMul", "x t", "y")},
		}, nil},
		{"no classifier", onnxtest.Graph{
			Nodes: []node{op("MatMul", "x w", "m"), op("Relu", "m", "y")},
		}, nil},
		{"two", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("Gemm", "x w b", "g"), op("Gemm", "h w b", "k"), op("Add", "g k", "y")},
		}, []onnx.Classifier{{"Gemm", "x", "y", "y"}, {"Gemm", "h", "y", "y"}}},
		{"batch normalization after it", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("Gemm", "h w b", "g"), op("BatchNormalization", "g b b b b", "y")},
		}, []onnx.Classifier{{"Gemm", "h", "y", "y"}}},
		{"convolution of pooled images", onnxtest.Graph{
			Nodes: []node{op("GlobalAveragePool", "x", "h"), op("Dropout", "h", "d"), op("Conv", "d kernel", "c"), op("Flatten", "c", "y")},
		}, []onnx.Classifier{{"Conv", "d", "y", "y"}}},
		{"convolution of positions", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("Conv", "h kernel", "c"), op("GlobalAveragePool", "c", "y")},
		}, nil},
		{"residual block", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("MatMul", "h w", "m"), op("Add", "x m", "y")},
		}, nil},
		{"classifier divided by its norm", onnxtest.Graph{
			Nodes: []node{op("MatMul", "x w", "m"), op("ReduceL2", "m", "l"), op("Div", "m l", "y")},
		}, []onnx.Classifier{{"MatMul", "x", "y", "y"}}},
		{"subgraph that takes the image", onnxtest.Graph{
			Nodes: []node{
				{Op: "If", Inputs: []string{"b"}, Outputs: []string{"h"}, Attributes: map[string]any{"then_branch": twoLayers()}},
				op("MatMul", "h w", "y"),
			},
		}, []onnx.Classifier{{"MatMul", "h", "y", "y"}}},
		{"dynamic quantisation", onnxtest.Graph{
			Nodes: []node{
				op("Relu", "x", "h"),
				{Op: "DynamicQuantizeLinear", Inputs: []string{"h"}, Outputs: []string{"q", "s", "z"}},
				op("MatMulInteger", "q w z", "i"), op("Cast", "i", "f"), op("Mul", "s b", "k"), op("Mul", "f k", "m"), op("Add", "m b", "y"),
			},
		}, []onnx.Classifier{{"MatMulInteger", "h", "y", "y"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.graph.Inputs, c.graph.Outputs, c.graph.Weights = in, out, []weight{w, b, kernel}
			m, err := onnx.Read(c.graph.Write(t, t.TempDir(), "n.onnx"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, m.Classifiers()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTrainingOp(t *testing.T) {
	truth := func(b byte) weight { return weight{Name: "t", Type: onnxruntime.Bool, Raw: []byte{b}} }
	dropout := []node{op("Dropout", "x r t", "h"), op("Gemm", "h w b", "y")}
	normalization := op("BatchNormalization", "x b b b b", "h")
	normalization.Attributes = map[string]any{"training_mode": int64(1)}
	for _, c := range []struct {
		name  string
		graph onnxtest.Graph
		want  string
	}{
		{"dropout", onnxtest.Graph{Nodes: dropout, Weights: []weight{w, b, truth(1)}}, "Dropout"},
		{"dropout of evaluation", onnxtest.Graph{Nodes: dropout, Weights: []weight{w, b, truth(0)}}, ""},
		{"dropout after the layer", onnxtest.Graph{
			Nodes: []node{op("Relu", "x", "h"), op("Dropout", "h r t", "d"), op("Gemm", "d w b", "y")}, Weights: []weight{w, b, truth(1)},
		}, ""},
		{"batch normalization", onnxtest.Graph{Nodes: []node{normalization, op("Gemm", "h w b", "y")}, Weights: []weight{w, b}}, "BatchNormalization"},
		{"noise", onnxtest.Graph{
			Nodes: []node{op("RandomNormalLike", "x", "n"), op("Add", "x n", "h"), op("Gemm", "h w b", "y")}, Weights: []weight{w, b},
		}, "RandomNormalLike"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.graph.Inputs, c.graph.Outputs = in, out
			m, err := onnx.Read(c.graph.Write(t, t.TempDir(), "n.onnx"))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.TrainingOp("h"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// twoLayers is y = relu(x)·w + b with features h = relu(x).
func twoLayers() onnxtest.Graph {
	return onnxtest.Graph{
		Inputs: in, Outputs: out, Weights: []weight{w, b},
		Nodes: []node{op("Relu", "x", "h"), op("Gemm", "h w b", "y")},
	}
}

func TestAddedOutputIsComputed(t *testing.T) {
	for _, c := range []struct {
		name     string
		external bool
		opset    int64
	}{
		{"one file", false, 13}, {"external data", true, 13}, {"opset 9", false, 9}, {"opset 21", false, 21},
	} {
		t.Run(c.name, func(t *testing.T) {
			library := onnxtest.Library(t)
			dir := t.TempDir()
			g := twoLayers()
			g.Opset = c.opset
			if c.external {
				file := append(make([]byte, 64), w.Bytes()...)
				if err := os.WriteFile(filepath.Join(dir, "weights.bin"), file, 0o644); err != nil {
					t.Fatal(err)
				}
				g.Weights = []weight{{Name: "w", Shape: w.Shape, Floats: w.Floats, File: "weights.bin", Offset: 64}, b}
			}
			m, err := onnx.Read(g.Write(t, dir, "n.onnx"))
			if err != nil {
				t.Fatal(err)
			}
			weights, err := m.Weights()
			if err != nil {
				t.Fatal(err)
			}
			defer weights.Close()
			session, err := library.NewSession(m.WithOutputs("h"), onnxruntime.Options{Weights: weights.Tensors})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			x, err := onnxruntime.FromFloats(onnxruntime.Float32, []float32{1, -1, 2, 3}, 2, 2)
			if err != nil {
				t.Fatal(err)
			}
			want := [][]float32{{1, 0, 2, 3}, {11, 22, 33, 24, 39, 54}}
			err = session.Run("x", x, []string{"h", "y"}, func(i int, result onnxruntime.Tensor) error {
				got, err := result.Floats()
				if diff := cmp.Diff(want[i], got); diff != "" {
					t.Error(diff)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestHalfPrecision(t *testing.T) {
	library := onnxtest.Library(t)
	half := func(values ...float32) (b []byte) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint16(b, float16.Fromfloat32(v).Bits())
		}
		return b
	}
	g := twoLayers()
	g.Inputs = []value{{Name: "x", Type: onnxruntime.Float16, Shape: []int64{-1, 2}}}
	g.Outputs = []value{{Name: "y", Type: onnxruntime.Float16}}
	g.Weights = []weight{
		{Name: "w", Type: onnxruntime.Float16, Shape: w.Shape, Raw: half(w.Floats...)},
		{Name: "b", Type: onnxruntime.Float16, Shape: b.Shape, Raw: half(b.Floats...)},
	}
	session, err := library.NewSession(g.Bytes(), onnxruntime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	x, err := onnxruntime.FromFloats(session.Inputs[0].Type, []float32{1, -1}, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	err = session.Run("x", x, []string{"y"}, func(_ int, result onnxruntime.Tensor) error {
		got, err := result.Floats()
		if diff := cmp.Diff([]float32{11, 22, 33}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestBadModels(t *testing.T) {
	dir := t.TempDir()
	escaping := twoLayers()
	escaping.Weights = []weight{{Name: "w", Shape: w.Shape, Floats: w.Floats, File: "../secret"}, b}
	folder := twoLayers()
	folder.Weights = []weight{{Name: "w", Shape: w.Shape, Floats: w.Floats, File: "folder"}, b}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	short := twoLayers()
	short.Weights = []weight{{Name: "w", Shape: w.Shape, Floats: w.Floats, File: "short.bin", Offset: 8}, b}
	if err := os.WriteFile(filepath.Join(dir, "short.bin"), make([]byte, 24), 0o644); err != nil {
		t.Fatal(err)
	}
	wrong := twoLayers()
	wrong.Weights = []weight{{Name: "w", Shape: []int64{1 << 40, 1 << 40}, File: "short.bin"}, b}
	crowded := twoLayers()
	for i := range 20_001 {
		crowded.Weights = append(crowded.Weights, weight{Name: fmt.Sprint("v", i), Shape: []int64{1}, Floats: []float32{0}})
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  string
	}{
		{"initializers without end", crowded.Bytes(), "20003 initializers, and more than 20000"},
		{"external data of another size", wrong.Bytes(), "of float32 are no 0 bytes"},
		{"empty", nil, "is empty"},
		{"text", []byte("hello, this is no network"), "is not an ONNX model"},
		{"truncated", twoLayers().Bytes()[:100], "is not an ONNX model"},
		{"LFS pointer", []byte("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"},
		{"external data elsewhere", escaping.Bytes(), "outside the model's folder"},
		{"external data in no file", folder.Bytes(), "folder is not a file"},
		{"external data too short", short.Bytes(), "too short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, "n.onnx")
			if err := os.WriteFile(path, c.bytes, 0o644); err != nil {
				t.Fatal(err)
			}
			m, err := onnx.Read(path)
			if err == nil {
				_, err = m.Weights()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if strings.HasPrefix(c.name, "external data") {
				if _, err := m.Hash(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("hash: error %v, want one with %q", err, c.want)
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(twoLayers().Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "n.onnx")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if m, err := onnx.Read(path); err == nil {
			m.Classifiers()
			m.Layers()
			m.Source(m.Outputs[0].Name)
			m.TrainingOp(m.Outputs[0].Name)
			m.WithOutputs("z")
			m.Parameters()
			m.Factors()
			m.MultiplyAdds(func(string) []int64 { return []int64{2, 2} })
		}
	})
}

// TestHashTakenBytes hashes what the model takes of its external data, and no more: a file may
// be much larger.
func TestHashTakenBytes(t *testing.T) {
	dir := t.TempDir()
	g := twoLayers()
	g.Weights = []weight{{Name: "w", Shape: w.Shape, Floats: w.Floats, File: "w.bin"}, b}
	if err := os.WriteFile(filepath.Join(dir, "w.bin"), g.Weights[0].Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Read(g.Write(t, dir, "n.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	before, err := m.Hash()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "w.bin"), 1<<40); err != nil {
		t.Skip(err)
	}
	if after, err := m.Hash(); err != nil || after != before {
		t.Errorf("%s, %v, want %s", after, err, before)
	}
	if _, err := m.Weights(); err != nil {
		t.Error(err)
	}
	defer func(usual func() int64) { memory.Free = usual }(memory.Free)
	memory.Free = func() int64 { return 10 }
	if _, err := m.Hash(); err == nil || !strings.Contains(err.Error(), "more memory than") {
		t.Errorf("%v", err)
	}
}

// TestBoundedMemory fails a network that wants more memory than there is, and goes on.
func TestBoundedMemory(t *testing.T) {
	library := onnxtest.Library(t)
	defer func(usual func() int64) { memory.Free = usual }(memory.Free)
	memory.Free = func() int64 { return 8 << 20 }
	session, err := library.NewSession(twoLayers().Bytes(), onnxruntime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, c := range []struct {
		rows int64
		want string // error
	}{{1000, ""}, {4 << 20, "the network wants 32 MiB of memory at once"}, {1000, ""}} {
		x, err := onnxruntime.FromFloats(onnxruntime.Float32, make([]float32, 2*c.rows), c.rows, 2)
		if err != nil {
			t.Fatal(err)
		}
		err = session.Run("x", x, []string{"y"}, func(_ int, y onnxruntime.Tensor) error {
			if y.Shape[0] != c.rows {
				t.Errorf("%v for %d rows", y.Shape, c.rows)
			}
			return nil
		})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d rows: %v, want %s", c.rows, err, c.want)
		}
	}
}
