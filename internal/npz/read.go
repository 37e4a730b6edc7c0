package npz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sbinet/npyio/npy"

	"github.com/semrob/gonb-semrob/internal/limit"
)

// decode reads one .npy file. It converts column-major order to row-major order
// and big-endian elements to native ones. An array of a type that Array.Data does
// not support has no Data, but the reason in unreadable.
func decode(raw []byte) (Array, error) {
	head, body, err := readHeader(raw)
	if err != nil {
		return Array{}, err
	}
	a := Array{Shape: head.Descr.Shape}
	n := 1
	for _, d := range a.Shape {
		if d < 0 || (d > 0 && n > maxEntry/d) {
			return Array{}, fmt.Errorf("its shape %v is invalid", a.Shape)
		}
		n *= d
	}
	e, err := parseElement(head.Descr.Type)
	if err != nil {
		a.unreadable = err
		return a, nil
	}
	const eachText = 32 // of a string, besides its bytes
	if e.kind == 'U' && n > maxEntry/(e.size+eachText) {
		return Array{}, fmt.Errorf("%d texts are %w", n, limit.ErrTooLarge)
	}
	if len(body)/e.size < n {
		return Array{}, fmt.Errorf("truncated: %d bytes, but its shape %v needs %d", len(body), a.Shape, n*e.size)
	}
	body = body[:n*e.size]
	if head.Descr.Fortran && len(a.Shape) > 1 {
		body = rowMajor(body, a.Shape, e.size)
	}
	a.Data, err = e.decode(body, n)
	if text, ok := a.Data.([]string); ok && len(a.Shape) == 0 {
		a.Data = text[0]
	}
	return a, err
}

// readHeader returns the header and the bytes after it. npyio trusts the header's
// length and layout, so the length is checked first, and panics become errors.
func readHeader(raw []byte) (head npy.Header, body []byte, err error) {
	notNPY := errors.New("not a .npy file")
	length, prefix := 0, 0
	switch {
	case len(raw) < 12 || !bytes.HasPrefix(raw, npy.Magic[:]):
		return head, nil, notNPY
	case raw[6] == 1:
		length, prefix = int(binary.LittleEndian.Uint16(raw[8:])), 10
	default:
		length, prefix = int(binary.LittleEndian.Uint32(raw[8:])), 12
	}
	if length > len(raw)-prefix {
		return head, nil, fmt.Errorf("truncated: its header of %d bytes is longer than the file", length)
	}
	defer func() {
		if recover() != nil {
			err = notNPY
		}
	}()
	r, err := npy.NewReader(bytes.NewReader(raw[:prefix+length]))
	if err != nil {
		return head, nil, err
	}
	return r.Header, raw[prefix+length:], nil
}

// element is the type of an array's elements: NumPy's letter for the kind, the
// size in bytes, and the byte order.
type element struct {
	kind  byte
	size  int
	order binary.ByteOrder
}

// parseElement parses NumPy's name of a type, such as "<f4".
func parseElement(descr string) (element, error) {
	unsupported := fmt.Errorf("its type %q is not supported: save it as floats, integers, booleans or text", descr)
	if len(descr) < 3 {
		return element{}, unsupported
	}
	size, err := strconv.Atoi(descr[2:])
	if err != nil || size < 1 || size > maxEntry/4 {
		return element{}, unsupported
	}
	e := element{kind: descr[1], size: size, order: binary.LittleEndian}
	switch descr[0] {
	case '<', '|':
	case '>':
		e.order = binary.BigEndian
	default:
		return element{}, unsupported
	}
	switch descr[1:] {
	case "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8":
		return e, nil
	}
	if e.kind == 'U' { // the size is in characters of four bytes
		e.size *= 4
		return e, nil
	}
	return element{}, unsupported
}

// decode reads n elements; body has exactly their size.
func (e element) decode(body []byte, n int) (any, error) {
	switch e.kind {
	case 'b':
		return numbers[bool](e, body, n)
	case 'U':
		return texts(e, body, n)
	case 'f':
		switch e.size {
		case 2:
			return halves(e, body, n)
		case 4:
			return numbers[float32](e, body, n)
		}
		return numbers[float64](e, body, n)
	case 'i':
		switch e.size {
		case 1:
			return numbers[int8](e, body, n)
		case 2:
			return numbers[int16](e, body, n)
		case 4:
			return numbers[int32](e, body, n)
		}
		return numbers[int64](e, body, n)
	}
	switch e.size {
	case 1:
		return numbers[uint8](e, body, n)
	case 2:
		return numbers[uint16](e, body, n)
	case 4:
		return numbers[uint32](e, body, n)
	}
	return numbers[uint64](e, body, n)
}

func numbers[T any](e element, body []byte, n int) ([]T, error) {
	out := make([]T, n)
	_, err := binary.Decode(body, e.order, out)
	return out, err
}

// halves widens IEEE 754 binary16 numbers, for which Go has no type.
func halves(e element, body []byte, n int) ([]float32, error) {
	bits, err := numbers[uint16](e, body, n)
	out := make([]float32, n)
	for i, b := range bits {
		out[i] = half(b)
	}
	return out, err
}

// half returns the value of a binary16: 1 sign, 5 exponent, 10 fraction bits.
func half(b uint16) float32 {
	exponent, fraction := int(b>>10&31), float64(b&1023)
	var x float64
	switch {
	case exponent == 31 && fraction != 0:
		return float32(math.NaN())
	case exponent == 31:
		x = math.Inf(1)
	case exponent == 0:
		x = math.Ldexp(fraction, -24)
	default:
		x = math.Ldexp(1024+fraction, exponent-25)
	}
	if b>>15 == 1 {
		x = -x
	}
	return float32(x)
}

func texts(e element, body []byte, n int) ([]string, error) {
	runes, err := numbers[rune](e, body, len(body)/4)
	out := make([]string, n)
	for i := range out {
		at := i * e.size / 4
		out[i] = strings.TrimRight(string(runes[at:at+e.size/4]), "\x00")
	}
	return out, err
}

// rowMajor reorders elements of size bytes that are stored with the first axis
// varying fastest.
func rowMajor(body []byte, shape []int, size int) []byte {
	out := make([]byte, 0, len(body))
	strides, stride := make([]int, len(shape)), size
	for k, d := range shape {
		strides[k] = stride
		stride *= d
	}
	index, at := make([]int, len(shape)), 0
	for len(out) < len(body) {
		out = append(out, body[at:at+size]...)
		for k := len(shape) - 1; k >= 0; k-- {
			index[k]++
			at += strides[k]
			if index[k] < shape[k] {
				break
			}
			at -= index[k] * strides[k]
			index[k] = 0
		}
	}
	return out
}

// float64s returns numbers of any type as float64.
func float64s(data any) ([]float64, bool) {
	switch d := data.(type) {
	case []float64:
		return d, true
	case []float32:
		return widen(d), true
	case []int8:
		return widen(d), true
	case []int16:
		return widen(d), true
	case []int32:
		return widen(d), true
	case []int64:
		return widen(d), true
	case []uint8:
		return widen(d), true
	case []uint16:
		return widen(d), true
	case []uint32:
		return widen(d), true
	case []uint64:
		return widen(d), true
	case []bool:
		out := make([]float64, len(d))
		for i, x := range d {
			if x {
				out[i] = 1
			}
		}
		return out, true
	}
	return nil, false
}

type number interface {
	float32 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

func widen[T number](in []T) []float64 {
	out := make([]float64, len(in))
	for i, x := range in {
		out[i] = float64(x)
	}
	return out
}
