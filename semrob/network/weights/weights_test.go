package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func example() Set {
	r := rand.New(rand.NewPCG(3, 4))
	values := func(n int, size float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64() * size)
		}
		return v
	}
	return Set{
		"conv.weight": {Shape: []int{4, 3, 2, 2}, Data: append(values(36, 1e-3), make([]float32, 12)...)}, // the last channel is zero
		"fc.weight":   {Shape: []int{2, 5}, Data: values(10, 100)},
		"fc.bias":     {Shape: []int{2}, Data: values(2, 1)},
	}
}

func roundTrip(t *testing.T, s Set, compact bool) (Set, map[string]string) {
	t.Helper()
	file, err := Encode(s, compact, map[string]string{"source": "a test"})
	if err != nil {
		t.Fatal(err)
	}
	again, metadata, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if metadata["source"] != "a test" {
		t.Errorf("metadata %v", metadata)
	}
	return again, metadata
}

func TestFullPrecision(t *testing.T) {
	s := example()
	again, _ := roundTrip(t, s, false)
	if s.Hash() != again.Hash() {
		t.Error("full precision does not return the same values")
	}
	again["fc.bias"].Data[1]++
	if s.Hash() == again.Hash() {
		t.Error("the hash does not see a changed value")
	}
}

// TestCompact checks that every value is off by at most half a step, the
// largest magnitude of its channel over 32767, and float32's rounding.
func TestCompact(t *testing.T) {
	s := example()
	again, metadata := roundTrip(t, s, true)
	if !strings.Contains(metadata["quantisation"], "I16") {
		t.Errorf("the metadata %v do not describe the format", metadata)
	}
	if len(again) != len(s) {
		t.Fatalf("%d tensors, want %d", len(again), len(s))
	}
	for name, want := range s {
		got := again[name]
		if len(got.Data) != len(want.Data) || Size(got.Shape) != Size(want.Shape) {
			t.Fatalf("%s has shape %v, want %v", name, got.Shape, want.Shape)
		}
		per := len(want.Data) / want.Shape[0]
		for i, w := range want.Data {
			largest := 0.0
			for _, v := range want.Data[i/per*per : (i/per+1)*per] {
				largest = max(largest, math.Abs(float64(v)))
			}
			bound := largest / 32767 / 2 * (1 + 1e-3)
			if len(want.Shape) == 1 {
				bound = 0
			}
			if off := math.Abs(float64(got.Data[i]) - float64(w)); off > bound {
				t.Errorf("%s[%d] is off by %g, at most %g is allowed", name, i, off, bound)
			}
		}
	}
}

// file puts a safetensors file together by hand.
func file(header map[string]any, data []byte) []byte {
	text, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), data...)
}

func tensor(dtype string, start, end int, shape ...int) map[string]any {
	return map[string]any{"dtype": dtype, "shape": shape, "data_offsets": []int{start, end}}
}

func TestDecodeTypes(t *testing.T) {
	data := binary.LittleEndian.AppendUint64(nil, math.Float64bits(-2.5))
	for _, bits := range []uint16{0x3C00, 0xC500, 0x0001, 0x7C00} { // 1, −5, 2⁻²⁴, ∞
		data = binary.LittleEndian.AppendUint16(data, bits)
	}
	data = binary.LittleEndian.AppendUint16(data, 0xC040) // bfloat16 −3
	s, _, err := Decode(file(map[string]any{
		"double": tensor("F64", 0, 8), "half": tensor("F16", 8, 16, 4), "brain": tensor("BF16", 16, 18, 1),
		"counter": tensor("I64", 0, 8), "bn.num_batches_tracked": tensor("F16", 8, 10),
	}, data))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float32{
		"double": {-2.5}, "half": {1, -5, float32(math.Ldexp(1, -24)), float32(math.Inf(1))}, "brain": {-3},
	} {
		for i, w := range want {
			if s[name].Data[i] != w {
				t.Errorf("%s[%d] = %g, want %g", name, i, s[name].Data[i], w)
			}
		}
	}
	if len(s) != 3 {
		t.Errorf("tensors %v, want three: counters are skipped", s.Names())
	}
}

func TestDecodeDamaged(t *testing.T) {
	whole, err := Encode(example(), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string][]byte{
		"empty":           nil,
		"cut in header":   whole[:100],
		"cut in data":     whole[:len(whole)-1],
		"no JSON":         append(binary.LittleEndian.AppendUint64(nil, 4), "what"...),
		"wrong size":      file(map[string]any{"a": tensor("F32", 0, 4, 2)}, make([]byte, 4)),
		"huge shape":      file(map[string]any{"a": tensor("F32", 0, 4, 1<<32, 1<<32)}, make([]byte, 4)),
		"negative shape":  file(map[string]any{"a": tensor("F32", 0, 4, -1)}, make([]byte, 4)),
		"outside":         file(map[string]any{"a": tensor("F32", 4, 8, 1)}, make([]byte, 4)),
		"reversed":        file(map[string]any{"a": tensor("F32", 4, 0, 1)}, make([]byte, 4)),
		"shared values":   file(map[string]any{"a": tensor("F32", 0, 8, 2), "b": tensor("F32", 0, 8, 2)}, make([]byte, 8)),
		"no scales":       file(map[string]any{"a": tensor("I16", 0, 4, 2, 1)}, make([]byte, 4)),
		"too few scales":  file(map[string]any{"a": tensor("I16", 0, 4, 2, 1), "a.scale": tensor("F32", 4, 8, 1)}, make([]byte, 8)),
		"scale of number": file(map[string]any{"a": tensor("I16", 0, 2), "a.scale": tensor("F32", 4, 8, 1)}, make([]byte, 8)),
	} {
		t.Run(what, func(t *testing.T) {
			if s, _, err := Decode(f); err == nil {
				t.Errorf("%s: no error, tensors %v", what, s.Names())
			} else if !strings.HasPrefix(err.Error(), "reading weights: ") {
				t.Errorf("%s: error %v", what, err)
			}
		})
	}
}

// TestReadSafetensors compares a file with the same bytes in memory, and reads it
// truncated at every byte.
func TestReadSafetensors(t *testing.T) {
	s := example()
	for _, compact := range []bool{false, true} {
		whole, err := Encode(s, compact, map[string]string{"source": "a test"})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "weights.safetensors")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		want, _, err := Decode(whole)
		if err != nil {
			t.Fatal(err)
		}
		got, metadata, err := ReadSafetensors(path)
		if err != nil || got.Hash() != want.Hash() || metadata["source"] != "a test" {
			t.Errorf("the file gives other tensors than its bytes: error %v, metadata %v", err, metadata)
		}
		for cut := range whole {
			if _, _, err := Decode(whole[:cut]); err == nil {
				t.Fatalf("%d of %d bytes: no error", cut, len(whole))
			}
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.safetensors")
	if _, _, err := ReadSafetensors(missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing file: error %v", err)
	}
}

func TestCheckFinite(t *testing.T) {
	s := example()
	if err := s.CheckFinite(); err != nil {
		t.Error(err)
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	s["a"] = Tensor{Shape: []int{3}, Data: []float32{1, nan, 2}}
	s["b"] = Tensor{Shape: []int{2}, Data: []float32{inf, 2}}
	s["c"] = Tensor{Shape: []int{2}, Data: []float32{-math.MaxFloat32, math.SmallestNonzeroFloat32}}
	if err := s.CheckFinite(); err == nil || !strings.Contains(err.Error(), "2 of the weights") || !strings.Contains(err.Error(), "(a, b)") {
		t.Errorf("error %v", err)
	}
}

func TestCheckListsTheFirst(t *testing.T) {
	s := Set{"shape": {Shape: []int{2}, Data: make([]float32, 2)}}
	want := []Parameter{{Name: "shape", Shape: []int{3}}}
	for i := range 9 {
		want = append(want, Parameter{Name: fmt.Sprintf("lost.%d", i), Shape: []int{1}})
		s[fmt.Sprintf("extra.%d", i)] = Tensor{Shape: []int{1}, Data: []float32{0}}
	}
	err := s.Check(want)
	for _, part := range []string{"9 missing (lost.0, lost.1, lost.2, lost.3, lost.4 and 4 more)", "1 of another shape (shape [2] instead of [3])", "9 not of this network (extra.0, "} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error %v does not say %q", err, part)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, compact := range []bool{false, true} {
		whole, err := Encode(example(), compact, nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole)
	}
	f.Add(file(map[string]any{"a": tensor("F32", 0, 4, 1<<32, 1<<32)}, make([]byte, 4)))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, _, err := Decode(file)
		if err != nil {
			return
		}
		for name, tensor := range s {
			if Size(tensor.Shape) != len(tensor.Data) || 2*len(tensor.Data) > len(file) {
				t.Errorf("%s of shape %v has %d values in a file of %d bytes", name, tensor.Shape, len(tensor.Data), len(file))
			}
		}
	})
}

func TestEncodeRefuses(t *testing.T) {
	s := example()
	s["fc.weight.scale"] = Tensor{Shape: []int{2}, Data: []float32{1, 1}}
	if _, err := Encode(s, true, nil); err == nil {
		t.Error("a parameter in the place of scales: no error")
	}
	if _, err := Encode(Set{"a": {Shape: []int{2}, Data: []float32{1}}}, false, nil); err == nil {
		t.Error("too few values: no error")
	}
}
