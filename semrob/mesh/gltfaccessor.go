package mesh

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/qmuntal/gltf"
)

// maxAbsent bounds the elements of an accessor without a buffer, which are 0.
const maxAbsent = 1 << 20

// numbers returns the elements of an accessor, [element · components], after
// checking that its buffer holds them. (The library's own reader assumes that
// vectors of bytes and shorts are padded.)
func (g *gltfReader) numbers(index, components int) ([]float64, error) {
	if index < 0 || index >= len(g.document.Accessors) || g.document.Accessors[index] == nil {
		return nil, fmt.Errorf("no accessor %d", index)
	}
	a := g.document.Accessors[index]
	switch {
	case a.Type.Components() != components || a.Type > gltf.AccessorVec4 && (a.Type != gltf.AccessorMat4 || a.ComponentType != gltf.ComponentFloat):
		return nil, fmt.Errorf("accessor %d does not have %d components", index, components)
	case a.Count < 1 || a.Count > maxElements || a.BufferView == nil && a.Count > maxAbsent:
		return nil, fmt.Errorf("accessor %d has %d elements: 1…%d are supported, %d if they are not in the file", index, a.Count, maxElements, maxAbsent)
	}
	// Before memory is allocated for the elements, their bytes must be there.
	var data []byte
	stride := 0
	if a.BufferView != nil {
		var err error
		if data, stride, err = g.bytesOf(*a.BufferView, a.ByteOffset, a.ComponentType, components, a.Count); err != nil {
			return nil, fmt.Errorf("accessor %d: %w", index, err)
		}
	}
	values := make([]float64, a.Count*components)
	if data != nil {
		unpack(values, data, stride, a.ComponentType, components, a.Normalized)
	}
	if a.Sparse != nil {
		if err := g.patch(values, a, components); err != nil {
			return nil, fmt.Errorf("accessor %d: %w", index, err)
		}
	}
	return values, nil
}

// patch writes the values of a sparse accessor.
func (g *gltfReader) patch(values []float64, a *gltf.Accessor, components int) error {
	s := a.Sparse
	if s.Count < 1 || s.Count > a.Count {
		return fmt.Errorf("%d of %d elements are sparse", s.Count, a.Count)
	}
	data, stride, err := g.bytesOf(s.Indices.BufferView, s.Indices.ByteOffset, s.Indices.ComponentType, 1, s.Count)
	if err != nil {
		return err
	}
	places := make([]float64, s.Count)
	unpack(places, data, stride, s.Indices.ComponentType, 1, false)
	if data, stride, err = g.bytesOf(s.Values.BufferView, s.Values.ByteOffset, a.ComponentType, components, s.Count); err != nil {
		return err
	}
	new := make([]float64, s.Count*components)
	unpack(new, data, stride, a.ComponentType, components, a.Normalized)
	for i, place := range places {
		if !(place >= 0 && place < float64(a.Count)) {
			return fmt.Errorf("a sparse element has place %g of %d", place, a.Count)
		}
		copy(values[int(place)*components:][:components], new[i*components:])
	}
	return nil
}

// bytesOf returns the bytes of count elements from an offset of a buffer view
// on, and the distance from one to the next.
func (g *gltfReader) bytesOf(view, offset int, kind gltf.ComponentType, components, count int) (data []byte, stride int, err error) {
	v, data, err := g.view(view)
	if err != nil {
		return nil, 0, err
	}
	if kind > gltf.ComponentUint {
		return nil, 0, fmt.Errorf("component type %d is unknown", kind)
	}
	size := kind.ByteSize() * components
	stride = v.ByteStride
	if stride == 0 {
		stride = size
	}
	if stride < size || stride > 1<<16 || offset < 0 || offset > len(data) || (count-1)*stride+size > len(data)-offset {
		return nil, 0, fmt.Errorf("%d elements of %d bytes, %d apart from byte %d on, are more than the %d bytes of buffer view %d", count, size, stride, offset, len(data), view)
	}
	return data[offset:], stride, nil
}

// view returns a buffer view and its bytes.
func (g *gltfReader) view(index int) (*gltf.BufferView, []byte, error) {
	if index < 0 || index >= len(g.document.BufferViews) || g.document.BufferViews[index] == nil {
		return nil, nil, fmt.Errorf("no buffer view %d", index)
	}
	v := g.document.BufferViews[index]
	if v.Buffer < 0 || v.Buffer >= len(g.document.Buffers) || g.document.Buffers[v.Buffer] == nil {
		return nil, nil, fmt.Errorf("buffer view %d refers to buffer %d, which does not exist", index, v.Buffer)
	}
	data := g.document.Buffers[v.Buffer].Data
	if v.ByteOffset < 0 || v.ByteLength < 0 || v.ByteOffset > len(data) || v.ByteLength > len(data)-v.ByteOffset {
		return nil, nil, fmt.Errorf("buffer view %d is outside its buffer of %d bytes", index, len(data))
	}
	return v, data[v.ByteOffset:][:v.ByteLength], nil
}

// unpack turns enough bytes into numbers. Normalised integers become −1…1 or 0…1.
func unpack(values []float64, data []byte, stride int, kind gltf.ComponentType, components int, normalized bool) {
	size := kind.ByteSize()
	for i := range values {
		at := i/components*stride + i%components*size
		values[i] = number(data[at:], kind, normalized)
	}
}

func number(b []byte, kind gltf.ComponentType, normalized bool) float64 {
	var value, largest float64
	switch kind {
	case gltf.ComponentFloat:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case gltf.ComponentByte:
		value, largest = float64(int8(b[0])), math.MaxInt8
	case gltf.ComponentUbyte:
		value, largest = float64(b[0]), math.MaxUint8
	case gltf.ComponentShort:
		value, largest = float64(int16(binary.LittleEndian.Uint16(b))), math.MaxInt16
	case gltf.ComponentUshort:
		value, largest = float64(binary.LittleEndian.Uint16(b)), math.MaxUint16
	case gltf.ComponentUint:
		value, largest = float64(binary.LittleEndian.Uint32(b)), math.MaxUint32
	}
	if normalized {
		return max(value/largest, -1)
	}
	return value
}

// indices returns the indices of a primitive with count vertices.
func (g *gltfReader) indices(p *gltf.Primitive, count int) ([]int32, error) {
	if p.Indices == nil {
		all := make([]int32, count)
		for i := range all {
			all[i] = int32(i)
		}
		return all, nil
	}
	values, err := g.numbers(*p.Indices, 1)
	if err != nil {
		return nil, fmt.Errorf("the indices: %w", err)
	}
	if g.document.Accessors[*p.Indices].ComponentType == gltf.ComponentFloat {
		return nil, errors.New("the indices are not whole numbers")
	}
	all := make([]int32, len(values))
	for i, value := range values {
		if value < 0 || value >= float64(count) {
			return nil, fmt.Errorf("index %d is %g, but there are %d vertices", i, value, count)
		}
		all[i] = int32(value)
	}
	return all, nil
}
