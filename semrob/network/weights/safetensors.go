package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// entry describes one tensor in a safetensors header.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// metadataKey is the header's entry that is no tensor.
const metadataKey = "__metadata__"

// Encode returns the set as a safetensors file. With compact set, tensors of
// two or more axes become 16-bit integers NAME with float32 scales NAME.scale,
// one per index of the first axis; Decode turns them back. metadata is kept in
// the file's header, with a description of the format added.
//
// The same set and metadata give the same bytes.
func Encode(s Set, compact bool, metadata map[string]string) ([]byte, error) {
	about := map[string]string{"format": "pt"}
	for k, v := range metadata {
		about[k] = v
	}
	header := map[string]any{}
	var data []byte
	add := func(name, dtype string, shape []int, write func([]byte) []byte) {
		start := len(data)
		data = write(data)
		header[name] = entry{dtype, shape, [2]int{start, len(data)}}
	}
	floats := func(values []float32) func([]byte) []byte {
		return func(b []byte) []byte {
			for _, v := range values {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
			}
			return b
		}
	}
	for _, name := range s.Names() {
		t := s[name]
		if len(t.Data) != Size(t.Shape) {
			return nil, fmt.Errorf("encoding weights: %s has %d values, its shape %v asks for %d", name, len(t.Data), t.Shape, Size(t.Shape))
		}
		if !compact || len(t.Shape) < 2 {
			add(name, "F32", t.Shape, floats(t.Data))
			continue
		}
		if _, taken := s[name+scaleSuffix]; taken {
			return nil, fmt.Errorf("encoding weights: the scales of %s need the name %s, which is taken: write this set in full precision", name, name+scaleSuffix)
		}
		about["quantisation"] = quantisation
		integers, scales := quantise(t)
		add(name+scaleSuffix, "F32", []int{len(scales)}, floats(scales))
		add(name, "I16", t.Shape, func(b []byte) []byte {
			for _, v := range integers {
				b = binary.LittleEndian.AppendUint16(b, uint16(v))
			}
			return b
		})
	}
	header[metadataKey] = about
	text, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("encoding weights: %w", err)
	}
	// The format asks for data at a multiple of eight bytes.
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	file := binary.LittleEndian.AppendUint64(make([]byte, 0, 8+len(text)+len(data)), uint64(len(text)))
	return append(append(file, text...), data...), nil
}

// Decode reads a safetensors file: tensors of float64, float32, float16,
// bfloat16, and 16-bit integers with scales as Encode writes them. Other
// integers (counters) are left out. It returns the parameters in float32 and
// the file's metadata.
func Decode(file []byte) (Set, map[string]string, error) {
	header, metadata, data, err := readHeader(file)
	if err != nil {
		return nil, nil, fmt.Errorf("reading weights: %w", err)
	}
	s := Set{}
	for name, e := range header {
		if of, ok := strings.CutSuffix(name, scaleSuffix); ok && header[of].DType == "I16" {
			continue // read with the tensor it scales
		}
		values, err := e.values(name, data)
		if err != nil {
			return nil, nil, fmt.Errorf("reading weights: %w", err)
		}
		if e.DType == "I16" {
			scales := header[name+scaleSuffix]
			factors, err := scales.values(name+scaleSuffix, data)
			if err != nil {
				return nil, nil, fmt.Errorf("reading weights: %w", err)
			}
			if scales.DType != "F32" || len(e.Shape) == 0 || !slices.Equal(scales.Shape, e.Shape[:1]) {
				return nil, nil, fmt.Errorf("reading weights: %s is I16 of shape %v and has no F32 scales %s of shape [%d…]: write the file with Encode or in floating point", name, e.Shape, name+scaleSuffix, firstOf(e.Shape))
			}
			multiply(values, factors)
		}
		if values != nil {
			s[name] = Tensor{Shape: e.Shape, Data: values}
		}
	}
	return s, metadata, nil
}

func firstOf(shape []int) int {
	if len(shape) == 0 {
		return 0
	}
	return shape[0]
}

// readHeader splits a file into its header and its data.
func readHeader(file []byte) (header map[string]entry, metadata map[string]string, data []byte, err error) {
	if len(file) < 8 {
		return nil, nil, nil, fmt.Errorf("%d bytes are too few for a safetensors file", len(file))
	}
	n := binary.LittleEndian.Uint64(file)
	if n > uint64(len(file)-8) {
		return nil, nil, nil, fmt.Errorf("not a whole safetensors file: its header has %d bytes, the file %d", n, len(file))
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(file[8:8+n], &raw); err != nil {
		return nil, nil, nil, fmt.Errorf("not a safetensors file: its header is no JSON object: %w", err)
	}
	header = make(map[string]entry, len(raw))
	for name, text := range raw {
		if name == metadataKey {
			if err := json.Unmarshal(text, &metadata); err != nil {
				return nil, nil, nil, fmt.Errorf("the metadata of a safetensors file must be strings: %w", err)
			}
			continue
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, nil, nil, fmt.Errorf("the header's entry %q is damaged: %w", name, err)
		}
		header[name] = e
	}
	return header, metadata, file[8+n:], nil
}

// bytesPer is the size of the floating-point types and of I16.
var bytesPer = map[string]int{"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I16": 2}

// values returns a tensor's values; integers in I16 come unscaled, other
// types that are no floating point as nil.
func (e entry) values(name string, data []byte) ([]float32, error) {
	if e.DType == "" {
		return nil, fmt.Errorf("the file lacks %s, which another tensor needs", name)
	}
	width, known := bytesPer[e.DType]
	if !known {
		return nil, nil
	}
	start, end := e.Offsets[0], e.Offsets[1]
	if start < 0 || end < start || end > len(data) {
		return nil, fmt.Errorf("%s lies at bytes %d…%d of %d: the file is cut off or damaged", name, start, end, len(data))
	}
	part := data[start:end]
	size := 1
	for _, d := range e.Shape {
		// Against a product that overflows, no factor may exceed the data.
		if d < 0 || size > len(part) || d > len(part) {
			return nil, fmt.Errorf("%s has the impossible shape %v for %d bytes", name, e.Shape, len(part))
		}
		size *= d
	}
	if size*width != len(part) {
		return nil, fmt.Errorf("%s of shape %v and type %s needs %d bytes and has %d", name, e.Shape, e.DType, size*width, len(part))
	}
	return convert(e.DType, part, size), nil
}

// convert reads size values of a type that bytesPer knows.
func convert(dtype string, part []byte, size int) []float32 {
	values := make([]float32, size)
	for i := range values {
		switch dtype {
		case "F64":
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(part[8*i:])))
		case "F32":
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(part[4*i:]))
		case "BF16":
			values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(part[2*i:])) << 16)
		case "F16":
			values[i] = half(binary.LittleEndian.Uint16(part[2*i:]))
		case "I16":
			values[i] = float32(int16(binary.LittleEndian.Uint16(part[2*i:])))
		}
	}
	return values
}

// half returns the value of an IEEE 754 binary16.
func half(bits uint16) float32 {
	sign := 1.0
	if bits&0x8000 != 0 {
		sign = -1
	}
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	switch exponent {
	case 0: // zero and subnormal numbers
		return float32(sign * math.Ldexp(fraction, -24))
	case 31:
		if fraction != 0 {
			return float32(math.NaN())
		}
		return float32(math.Inf(int(sign)))
	}
	return float32(sign * math.Ldexp(1024+fraction, exponent-25))
}

// multiply scales the values of each index of the first axis.
func multiply(values, scales []float32) {
	if len(scales) == 0 {
		return
	}
	per := len(values) / len(scales)
	for c, scale := range scales {
		for i := c * per; i < (c+1)*per; i++ {
			values[i] *= scale
		}
	}
}
