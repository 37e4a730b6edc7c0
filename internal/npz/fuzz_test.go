package npz

import (
	"bytes"
	"os"
	"testing"
)

// FuzzRead finds archives that make the reader fail in other ways than by an error.
func FuzzRead(f *testing.F) {
	if whole, err := os.ReadFile("testdata/numpy.npz"); err == nil {
		f.Add(whole)
	}
	for _, file := range []File{
		{"z": {Shape: []int{2, 3}, Data: make([]float32, 6)}, "meta": {Data: `{"a": 1}`}},
		{"t": {Shape: []int{2}, Data: []string{"a", "ü"}}, "b": {Shape: []int{0, 3}, Data: []bool{}}},
	} {
		var out bytes.Buffer
		if err := file.Write(&out); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(data)
		if err != nil {
			return
		}
		for name := range file {
			values, shape, err := file.Float64s(name)
			if err == nil && len(values) != Len(shape) {
				t.Errorf("%s of shape %v has %d values", name, shape, len(values))
			}
		}
		_, _ = file.Meta(&struct{}{})
	})
}

// FuzzArray is FuzzRead for one array: fuzzing rarely keeps an archive's checksums.
func FuzzArray(f *testing.F) {
	f.Add(append(header("<f8", []int{2, 2}), make([]byte, 32)...))
	f.Add(append(header("<U2", []int{2}), make([]byte, 16)...))
	f.Add(bytes.Replace(append(header(">i2", []int{2, 3}), make([]byte, 12)...), []byte("False"), []byte("True "), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decode(data)
		if err != nil || a.unreadable != nil {
			return
		}
		if values, ok := float64s(a.Data); ok && len(values) != Len(a.Shape) {
			t.Errorf("the shape %v has %d values", a.Shape, len(values))
		}
	})
}
