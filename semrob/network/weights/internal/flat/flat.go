// Package flat reads arrays of floating-point numbers from files as float32.
package flat

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unsafe"
)

// widths are the sizes of values in bytes, by safetensors' names of the types. I16
// are integers, read without a scale.
var widths = map[string]int{"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I16": 2}

// Width returns the size of a value in bytes, 0 for unsupported types.
func Width(dtype string) int { return widths[dtype] }

// littleEndian reports whether float32 are stored in memory as in files.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// chunk is the number of bytes converted at a time.
const chunk = 1 << 20

// Read reads size values of a type.
func Read(r io.Reader, dtype string, size int) ([]float32, error) {
	width := widths[dtype]
	if width == 0 {
		return nil, fmt.Errorf("type %q is not a supported floating-point type", dtype)
	}
	values := make([]float32, size)
	if size == 0 {
		return values, nil
	}
	if dtype == "F32" && littleEndian {
		_, err := io.ReadFull(r, unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*size))
		return values, err
	}
	buffer := make([]byte, min(chunk, size*width))
	for done := 0; done < size; {
		n := min(len(buffer)/width, size-done)
		if _, err := io.ReadFull(r, buffer[:n*width]); err != nil {
			return nil, err
		}
		Convert(values[done:done+n], dtype, buffer)
		done += n
	}
	return values, nil
}

// Convert fills values from part, which has at least as many of a supported type.
func Convert(values []float32, dtype string, part []byte) {
	switch dtype {
	case "F64":
		for i := range values {
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(part[8*i:])))
		}
	case "F32":
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(part[4*i:]))
		}
	case "BF16":
		for i := range values {
			values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(part[2*i:])) << 16)
		}
	case "F16":
		for i := range values {
			values[i] = half(binary.LittleEndian.Uint16(part[2*i:]))
		}
	case "I16":
		for i := range values {
			values[i] = float32(int16(binary.LittleEndian.Uint16(part[2*i:])))
		}
	}
}

// half returns the value of an IEEE 754 binary16.
func half(bits uint16) float32 {
	sign := uint32(bits&0x8000) << 16
	exponent, fraction := uint32(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 0: // zero and subnormal numbers
		value := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(value) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
