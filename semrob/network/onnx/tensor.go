package onnx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"unsafe"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/tensors"
	"google.golang.org/protobuf/encoding/protowire"
)

// kinds are the element types of the standard, by number.
var kinds = map[int64]struct {
	name  string
	dtype dtypes.DType
}{
	1: {"float", dtypes.Float32}, 2: {"uint8", dtypes.Uint8}, 3: {"int8", dtypes.Int8}, 4: {"uint16", dtypes.Uint16}, 5: {"int16", dtypes.Int16},
	6: {"int32", dtypes.Int32}, 7: {"int64", dtypes.Int64}, 9: {"bool", dtypes.Bool}, 10: {"float16", dtypes.Float16}, 11: {"double", dtypes.Float64},
	12: {"uint32", dtypes.Uint32}, 13: {"uint64", dtypes.Uint64}, 16: {"bfloat16", dtypes.BFloat16},
	// Types without a counterpart here.
	8: {name: "string"}, 14: {name: "complex64"}, 15: {name: "complex128"}, 17: {name: "float8e4m3fn"}, 18: {name: "float8e4m3fnuz"}, 19: {name: "float8e5m2"},
	20: {name: "float8e5m2fnuz"}, 21: {name: "uint4"}, 22: {name: "int4"}, 23: {name: "float4e2m1"}, 24: {name: "float8e8m0"}, 25: {name: "uint2"}, 26: {name: "int2"},
}

// kindName names an element type.
func kindName(kind int64) string {
	if k, ok := kinds[kind]; ok {
		return k.name
	}
	return "type " + strconv.FormatInt(kind, 10)
}

// dtypeOf returns the type of tensors of a kind.
func dtypeOf(kind int64) (dtypes.DType, error) {
	k := kinds[kind]
	if k.dtype == dtypes.InvalidDType {
		return 0, fmt.Errorf("tensors of type %s are not supported", kindName(kind))
	}
	return k.dtype, nil
}

// mostValues limits the size of a tensor: 2³³ values are more than a device has.
const mostValues = 1 << 33

// sizeOf returns the dimensions of a tensor and its number of values.
func sizeOf(t message) (dims []int, size int, err error) {
	all, err := t.integers(tensorDims)
	if err != nil {
		return nil, 0, err
	}
	size = 1
	for _, d := range all {
		if d < 0 || d > mostValues || d > 0 && size > mostValues/int(d) {
			return nil, 0, fmt.Errorf("the tensor %q has the shape %v", t.text(tensorName), all)
		}
		dims, size = append(dims, int(d)), size*int(d)
	}
	return dims, size, nil
}

// decode returns a tensor's values, in a flat slice of its type that does not share
// memory with the message.
func decode(t message, from source) (flat any, dims []int, err error) {
	dims, size, err := sizeOf(t)
	if err != nil {
		return nil, nil, err
	}
	dtype, err := dtypeOf(t.integer(tensorType))
	if err != nil {
		return nil, nil, fmt.Errorf("the tensor %q: %w", t.text(tensorName), err)
	}
	for _, as := range []struct {
		dtype dtypes.DType
		read  func(message, source, int) (any, error)
	}{
		{dtypes.Float32, reader[float32]}, {dtypes.Float64, reader[float64]}, {dtypes.Float16, reader[float16.Float16]}, {dtypes.BFloat16, reader[bfloat16.BFloat16]},
		{dtypes.Int8, reader[int8]}, {dtypes.Int16, reader[int16]}, {dtypes.Int32, reader[int32]}, {dtypes.Int64, reader[int64]},
		{dtypes.Uint8, reader[uint8]}, {dtypes.Uint16, reader[uint16]}, {dtypes.Uint32, reader[uint32]}, {dtypes.Uint64, reader[uint64]}, {dtypes.Bool, reader[bool]},
	} {
		if as.dtype == dtype {
			flat, err = as.read(t, from, size)
			if err != nil {
				err = fmt.Errorf("the tensor %q: %w", t.text(tensorName), err)
			}
			return flat, dims, err
		}
	}
	return nil, nil, fmt.Errorf("the tensor %q: tensors of type %s are not supported", t.text(tensorName), dtype)
}

// reader returns the values of a tensor of one type.
func reader[T any](t message, from source, size int) (any, error) {
	width := int(unsafe.Sizeof(*new(T)))
	// Values in fields take a byte or more each.
	if size > mostValues/width {
		return nil, fmt.Errorf("%d values are too many", size)
	}
	if t.integer(tensorLocation) == external {
		content, err := readExternal(t, from.folder, size*width)
		if err != nil {
			return nil, err
		}
		return typed[T](content, size), nil
	}
	if values, found, err := from.later(t, size*width); err != nil || found {
		return typed[T](values, size), err
	}
	if all := t.all(tensorRaw); len(all) > 0 {
		raw := all[len(all)-1]
		if len(raw) != size*width {
			return nil, fmt.Errorf("%d bytes instead of %d", len(raw), size*width)
		}
		return typed[T](bytes.Clone(raw), size), nil
	}
	content, err := fromFields(t, width)
	if err != nil {
		return nil, err
	}
	if len(content) != size*width {
		return nil, fmt.Errorf("%d values instead of %d", len(content)/width, size)
	}
	return typed[T](content, size), nil
}

// typed returns bytes, little-endian as on every machine that XLA runs on, as
// values. Go aligns slices of bytes of eight or more to eight bytes.
func typed[T any](bytes []byte, size int) []T {
	values := make([]T, 0)
	if size == 0 {
		return values
	}
	if uintptr(unsafe.Pointer(&bytes[0]))%unsafe.Alignof(*new(T)) == 0 {
		return unsafe.Slice((*T)(unsafe.Pointer(&bytes[0])), size)
	}
	values = make([]T, size)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(bytes)), bytes)
	return values
}

// Fields of a tensor with values of some types.
const tensorFloat, tensorInt32, tensorDouble, tensorUint64 = 4, 5, 10, 11

// fromFields returns the values of a tensor that are not in its raw field.
func fromFields(t message, width int) ([]byte, error) {
	var bytes []byte
	add := func(word uint64) {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], word)
		bytes = append(bytes, b[:width]...)
	}
	for _, f := range t {
		fixed := 0
		switch f.number {
		case tensorFloat:
			fixed = 4
		case tensorDouble:
			fixed = 8
		case tensorInt32, tensorInt64, tensorUint64:
		default:
			continue
		}
		if f.kind != protowire.BytesType {
			add(f.word)
			continue
		}
		if fixed != 0 {
			if fixed != width {
				return nil, errDamaged
			}
			bytes = append(bytes, f.value...)
			continue
		}
		for data := f.value; len(data) > 0; {
			v, n := protowire.ConsumeVarint(data)
			if n < 0 {
				return nil, errDamaged
			}
			add(v)
			data = data[n:]
		}
	}
	return bytes, nil
}

// readExternal reads a tensor's bytes from another file.
func readExternal(t message, folder string, length int) ([]byte, error) {
	location, offset := "", int64(0)
	for _, data := range t.all(tensorExternal) {
		entry, err := parse(data)
		if err != nil {
			return nil, err
		}
		switch entry.text(1) {
		case "location":
			location = entry.text(2)
		case "offset":
			if offset, err = strconv.ParseInt(entry.text(2), 10, 64); err != nil || offset < 0 {
				return nil, fmt.Errorf("offset %q in its file", entry.text(2))
			}
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.Open(location)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !about.Mode().IsRegular() || about.Size() < offset+int64(length) {
		return nil, fmt.Errorf("%s is too short for %d bytes at %d", location, length, offset)
	}
	bytes := make([]byte, length)
	if _, err := file.ReadAt(bytes, offset); err != nil && err != io.EOF {
		return nil, err
	}
	return bytes, nil
}

// tensorFrom returns a tensor with the values of a flat slice.
func tensorFrom(flat any, dims []int) *tensors.Tensor {
	switch flat := flat.(type) {
	case []float32:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []float64:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []float16.Float16:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []bfloat16.BFloat16:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []int8:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []int16:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []int32:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []int64:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []uint8:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []uint16:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []uint32:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []uint64:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	case []bool:
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	}
	panic(fmt.Sprintf("a tensor of %T", flat))
}

// floats32 returns floating-point values as float32; false for other types.
func floats32(flat any) ([]float32, bool) {
	switch flat := flat.(type) {
	case []float32:
		return flat, true
	case []float64:
		return converted(flat, func(v float64) float32 { return float32(v) }), true
	case []float16.Float16:
		return converted(flat, float16.Float16.Float32), true
	case []bfloat16.BFloat16:
		return converted(flat, bfloat16.BFloat16.Float32), true
	}
	return nil, false
}

func converted[T, U any](values []T, f func(T) U) []U {
	result := make([]U, len(values))
	for i, v := range values {
		result[i] = f(v)
	}
	return result
}

// numbers returns the values of a constant as integers, floating-point ones
// truncated, and as float64.
func numbers(t *tensors.Tensor) (integers []int64, reals []float64) {
	t.MustConstFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []int64:
			integers, reals = append(integers, flat...), converted(flat, func(v int64) float64 { return float64(v) })
		case []int32:
			integers, reals = both(flat)
		case []int16:
			integers, reals = both(flat)
		case []int8:
			integers, reals = both(flat)
		case []uint8:
			integers, reals = both(flat)
		case []uint16:
			integers, reals = both(flat)
		case []uint32:
			integers, reals = both(flat)
		case []uint64:
			integers, reals = both(flat)
		case []float64:
			integers, reals = both(flat)
		case []bool:
			for _, v := range flat {
				n := 0.0
				if v {
					n = 1
				}
				integers, reals = append(integers, int64(n)), append(reals, n)
			}
		default:
			if values, ok := floats32(flat); ok {
				integers, reals = both(values)
			}
		}
	})
	return integers, reals
}

func both[T int32 | int16 | int8 | uint8 | uint16 | uint32 | uint64 | float32 | float64](values []T) ([]int64, []float64) {
	return converted(values, func(v T) int64 { return int64(v) }), converted(values, func(v T) float64 { return float64(v) })
}
