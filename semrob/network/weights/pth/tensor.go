package pth

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// widths are the sizes of values of the storages' types, and safetensors' names of
// the types ("" if not floating-point).
var widths = map[class]struct {
	bytes int
	dtype string
}{
	"torch.DoubleStorage":   {8, "F64"},
	"torch.FloatStorage":    {4, "F32"},
	"torch.HalfStorage":     {2, "F16"},
	"torch.BFloat16Storage": {2, "BF16"},
	"torch.LongStorage":     {8, ""},
	"torch.IntStorage":      {4, ""},
	"torch.ShortStorage":    {2, ""},
	"torch.CharStorage":     {1, ""},
	"torch.ByteStorage":     {1, ""},
	"torch.BoolStorage":     {1, ""},
}

// storage is a place in the file for the values of tensors.
type storage struct {
	kind   class
	key    string
	length int // in values

	data []float32 // nil until loaded
}

// tensor is a view of a storage.
type tensor struct {
	*storage
	offset        int
	shape, stride []int
}

// newTensor checks that the view is inside its storage and not larger: a view that
// repeats values could need any amount of memory.
func newTensor(s *storage, offset int, shape, stride []int) (*tensor, error) {
	if len(stride) != len(shape) {
		return nil, fmt.Errorf("a tensor has %d strides for %d axes", len(stride), len(shape))
	}
	size, last := 1, offset
	for k, d := range shape {
		if d < 0 || stride[k] < 0 || d > s.length {
			return nil, fmt.Errorf("a tensor has the impossible shape %v or stride %v for %d stored values", shape, stride, s.length)
		}
		if d > 1 && (size > s.length/d || stride[k] > s.length/(d-1)) {
			return nil, fmt.Errorf("a tensor of shape %v and stride %v has more than its %d stored values", shape, stride, s.length)
		}
		size *= d
		last += max(d-1, 0) * stride[k]
	}
	if offset < 0 || offset > s.length || size > 0 && last >= s.length {
		return nil, fmt.Errorf("a tensor of shape %v reaches beyond its %d stored values", shape, s.length)
	}
	return &tensor{s, offset, shape, stride}, nil
}

// isFloat reports whether the tensor has floating-point values.
func (t *tensor) isFloat() bool { return widths[t.kind].dtype != "" }

// contiguous reports whether the values are in row-major order without gaps.
func (t *tensor) contiguous() bool {
	next := 1
	for k := len(t.shape) - 1; k >= 0; k-- {
		if t.shape[k] != 1 && t.stride[k] != next {
			return false
		}
		next *= t.shape[k]
	}
	return true
}

// values returns the values in row-major order; the storage must be loaded.
func (t *tensor) values() []float32 {
	size := weights.Size(t.shape)
	if size == 0 {
		return []float32{}
	}
	if t.contiguous() {
		return t.data[t.offset : t.offset+size : t.offset+size]
	}
	values := make([]float32, size)
	index := make([]int, len(t.shape))
	position := t.offset
	for i := range values {
		values[i] = t.data[position]
		for k := len(index) - 1; k >= 0; k-- {
			index[k]++
			position += t.stride[k]
			if index[k] < t.shape[k] {
				break
			}
			position -= t.shape[k] * t.stride[k]
			index[k] = 0
		}
	}
	return values
}
