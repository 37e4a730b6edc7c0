package flat

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// TestHalf compares every binary16 with its definition, evaluated in float64.
func TestHalf(t *testing.T) {
	for bits := range 1 << 16 {
		sign, exponent, fraction := 1.0, bits>>10&31, float64(bits&1023)
		if bits&0x8000 != 0 {
			sign = -1
		}
		want := sign * math.Ldexp(1024+fraction, exponent-25)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 31 && fraction == 0:
			want = math.Inf(int(sign))
		case exponent == 31:
			want = math.NaN()
		}
		got := float64(half(uint16(bits)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || want == 0 && math.Signbit(got) != math.Signbit(sign) {
			t.Fatalf("half(%#04x) = %g, want %g", bits, got, want)
		}
	}
}

// TestRead reads more than a chunk of each type.
func TestRead(t *testing.T) {
	const size = chunk/2 + 3
	for dtype, put := range map[string]func([]byte, int) []byte{
		"F64": func(b []byte, v int) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
		},
		"F32": func(b []byte, v int) []byte {
			return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		},
		"BF16": func(b []byte, v int) []byte {
			return binary.LittleEndian.AppendUint16(b, uint16(math.Float32bits(float32(v))>>16))
		},
		"I16": func(b []byte, v int) []byte { return binary.LittleEndian.AppendUint16(b, uint16(v)) },
	} {
		t.Run(dtype, func(t *testing.T) {
			var file []byte
			for i := range size {
				file = put(file, i%100-50)
			}
			values, err := Read(bytes.NewReader(file), dtype, size)
			if err != nil {
				t.Fatalf("%s: %v", dtype, err)
			}
			for i, v := range values {
				if v != float32(i%100-50) {
					t.Fatalf("%s: value %d is %g, want %d", dtype, i, v, i%100-50)
				}
			}
			if _, err := Read(bytes.NewReader(file[:len(file)-1]), dtype, size); err == nil {
				t.Errorf("%s: a truncated file: no error", dtype)
			}
		})
	}
	if _, err := Read(bytes.NewReader(nil), "I64", 0); err == nil {
		t.Error("integers: no error")
	}
}
