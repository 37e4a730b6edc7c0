package onnx

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"
)

// TestLargeWeights opens a model whose weights stay in the file until they are
// decoded: they are the file's, and are not held twice.
func TestLargeWeights(t *testing.T) {
	const rows, columns = 12, 500
	weights := random(rows * columns)
	b := &builder{opset: 17, dims: []int64{-1, 3, 2, 2}}
	x := b.add("Flatten", []string{"images"})
	b.add("MatMul", []string{x, b.weights("w", weights, rows, columns)})
	data := b.bytes()
	small, err := shrunk(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(small) > len(data)-4*rows*columns+100 {
		t.Errorf("%d of %d bytes are read with the model", len(small), len(data))
	}
	m, err := open(data, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Constants[0].Data.([]float32); !slices.Equal(got, weights) {
		t.Error("the weights are not those of the file")
	}
	for _, n := range []int{1, len(data) / 2, len(data) - 1} {
		if _, err := open(data[:n], "", Options{}); !errors.Is(err, errDamaged) {
			t.Errorf("the first %d bytes: error %v", n, err)
		}
	}
	// A file cannot name a place itself.
	whole, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := whole.inner(modelGraph)
	if err != nil {
		t.Fatal(err)
	}
	initializer, err := graph.inner(graphInitializer)
	if err != nil {
		t.Fatal(err)
	}
	hostile := initializer.without(tensorRaw).with(tensorLater, bytes.Repeat([]byte{255}, 16))
	data = whole.without(modelGraph).with(modelGraph, graph.without(graphInitializer).with(graphInitializer, hostile.bytes()).bytes()).bytes()
	if _, err := open(data, "", Options{}); err == nil {
		t.Error("a place outside of the file is no error")
	}
}

// TestOpenSizes opens a model with every size left open, as Hugging Face's optimum
// exports it: the name of an axis shows the layout.
func TestOpenSizes(t *testing.T) {
	for nchw, dims := range map[bool][]int64{true: {-1, -2, -1, -1}, false: {-1, -1, -1, -2}} {
		b := &builder{opset: 17, dims: dims}
		b.add("Flatten", []string{b.add("ReduceMean", []string{"images"}, ints("axes", 2), integer("keepdims", 0))})
		if m, err := open(b.bytes(), "", Options{InputSize: 8}); err != nil || m.NCHW != nchw || m.InputSize != 8 {
			t.Errorf("%v: %+v, error %v", dims, m, err)
		}
	}
}

// TestFolder refuses what is no file.
func TestFolder(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{}); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
