package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
)

// entry describes one tensor in a safetensors header.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// metadataKey is the header's entry that is not a tensor.
const metadataKey = "__metadata__"

// Encode returns the set as a safetensors file. If compact, tensors of two or more
// axes become 16-bit integers NAME with float32 scales NAME.scale, one per index
// of the first axis; Decode reverses this. The file's header has the metadata and a
// description of the format.
//
// The same set and metadata give the same bytes.
func Encode(s Set, compact bool, metadata map[string]string) ([]byte, error) {
	about := map[string]string{"format": "pt"}
	maps.Copy(about, metadata)
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
			return nil, fmt.Errorf("encoding weights: %s has %d values, but its shape %v needs %d", name, len(t.Data), t.Shape, Size(t.Shape))
		}
		if !compact || len(t.Shape) < 2 {
			add(name, "F32", t.Shape, floats(t.Data))
			continue
		}
		if _, taken := s[name+scaleSuffix]; taken {
			return nil, fmt.Errorf("encoding weights: the scales of %s need the name %s, which is in use: write this set in full precision", name, name+scaleSuffix)
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
	// The format requires data at a multiple of eight bytes.
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	file := binary.LittleEndian.AppendUint64(make([]byte, 0, 8+len(text)+len(data)), uint64(len(text)))
	return append(append(file, text...), data...), nil
}
