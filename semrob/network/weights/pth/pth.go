// Package pth reads the parameters of a network from a file that PyTorch's
// torch.save wrote (.pth, .pt), in its zip form and in the one before 1.6.
package pth

import (
	"fmt"

	"github.com/nlpodyssey/gopickle/pytorch"
	"github.com/nlpodyssey/gopickle/types"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Read returns the floating-point tensors of a file's state dictionary. The
// dictionary may stand at the top or under "state_dict", "model_state_dict",
// "model" or "state"; a "module." that DataParallel put before every name is
// taken away. Integer tensors (num_batches_tracked) are left out.
func Read(path string) (weights.Set, error) {
	object, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("reading PyTorch weights %s: %w", path, err)
	}
	items, ok := dictionary(object)
	if !ok {
		return nil, fmt.Errorf("reading PyTorch weights %s: it holds a %T, not a dictionary of tensors: save it with torch.save(model.state_dict(), file)", path, object)
	}
	for _, key := range []string{"state_dict", "model_state_dict", "model", "state"} {
		if inner, ok := dictionary(items[key]); ok {
			items = inner
			break
		}
	}
	set := weights.Set{}
	for name, value := range items {
		tensor, ok := value.(*pytorch.Tensor)
		if !ok {
			continue // such as an epoch's number beside the tensors
		}
		values, err := contiguous(tensor)
		if err != nil {
			return nil, fmt.Errorf("reading PyTorch weights %s: %s: %w", path, name, err)
		}
		if values != nil {
			set[name] = weights.Tensor{Shape: tensor.Size, Data: values}
		}
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("reading PyTorch weights %s: there are no floating-point tensors in it: save it with torch.save(model.state_dict(), file)", path)
	}
	return withoutModule(set), nil
}

// load unpickles a file; a damaged one may make the unpickler panic.
func load(path string) (object any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the file is damaged: %v", r)
		}
	}()
	return pytorch.Load(path)
}

// dictionary returns the items with string keys of a Python dictionary.
func dictionary(object any) (map[string]any, bool) {
	items := map[string]any{}
	switch d := object.(type) {
	case *types.OrderedDict:
		for key, e := range d.Map {
			if name, ok := key.(string); ok {
				items[name] = e.Value
			}
		}
	case *types.Dict:
		for _, e := range *d {
			if name, ok := e.Key.(string); ok {
				items[name] = e.Value
			}
		}
	default:
		return nil, false
	}
	return items, true
}

// contiguous returns a tensor's values in row-major order, nil where they are
// no floating point.
func contiguous(t *pytorch.Tensor) ([]float32, error) {
	at, length, ok := storage(t.Source)
	if !ok {
		return nil, nil
	}
	if len(t.Stride) != len(t.Size) {
		return nil, fmt.Errorf("%d strides for %d axes", len(t.Stride), len(t.Size))
	}
	size, last := 1, t.StorageOffset
	for k, d := range t.Size {
		if d < 0 || t.Stride[k] < 0 {
			return nil, fmt.Errorf("negative shape %v or stride %v", t.Size, t.Stride)
		}
		size *= d
		last += (d - 1) * t.Stride[k]
	}
	if size == 0 {
		return []float32{}, nil
	}
	if t.StorageOffset < 0 || last >= length {
		return nil, fmt.Errorf("shape %v reaches beyond its %d stored values", t.Size, length)
	}
	values := make([]float32, size)
	index := make([]int, len(t.Size))
	position := t.StorageOffset
	for i := range values {
		values[i] = at(position)
		for k := len(index) - 1; k >= 0; k-- {
			index[k]++
			position += t.Stride[k]
			if index[k] < t.Size[k] {
				break
			}
			position -= t.Size[k] * t.Stride[k]
			index[k] = 0
		}
	}
	return values, nil
}

// storage returns how to read a value of a floating-point storage and how many
// there are.
func storage(s pytorch.StorageInterface) (at func(i int) float32, length int, ok bool) {
	switch s := s.(type) {
	case *pytorch.FloatStorage:
		return func(i int) float32 { return s.Data[i] }, len(s.Data), true
	case *pytorch.HalfStorage:
		return func(i int) float32 { return s.Data[i] }, len(s.Data), true
	case *pytorch.BFloat16Storage:
		return func(i int) float32 { return s.Data[i] }, len(s.Data), true
	case *pytorch.DoubleStorage:
		return func(i int) float32 { return float32(s.Data[i]) }, len(s.Data), true
	}
	return nil, 0, false
}

// withoutModule takes "module." from the names where all have it.
func withoutModule(set weights.Set) weights.Set {
	const prefix = "module."
	short := make(weights.Set, len(set))
	for name, t := range set {
		if len(name) <= len(prefix) || name[:len(prefix)] != prefix {
			return set
		}
		short[name[len(prefix):]] = t
	}
	return short
}
