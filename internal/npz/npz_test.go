package npz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"reflect"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	want := File{
		"a": {Shape: []int{2, 3, 1}, Data: []float32{1, 2, 3, float32(math.Inf(1)), -5, 6e-9}},
		"b": {Shape: []int{}, Data: []float64{math.Pi}},
		"c": {Shape: []int{3}, Data: []int32{-1, 0, math.MaxInt32}},
		"d": {Shape: []int{2, 2}, Data: []int64{1, 2, 3, math.MinInt64}},
		"e": {Shape: []int{4}, Data: []uint8{0, 1, 254, 255}},
		"m": {Shape: []int{}, Data: `{"α":"azimuth 0…360°"}`},
		"z": {Shape: []int{0, 5}, Data: []float64{}},
		"f": {Shape: []int{2}, Data: []int8{-128, 127}},
		"g": {Shape: []int{1, 2}, Data: []int16{math.MinInt16, math.MaxInt16}},
		"h": {Shape: []int{1}, Data: []uint16{math.MaxUint16}},
		"i": {Shape: []int{1}, Data: []uint32{math.MaxUint32}},
		"j": {Shape: []int{1}, Data: []uint64{math.MaxUint64}},
		"k": {Shape: []int{3}, Data: []bool{true, false, true}},
		"l": {Shape: []int{2, 2}, Data: []string{"azimuth", "", "°", "cup"}},
	}
	var buf bytes.Buffer
	if err := want.Write(&buf); err != nil {
		t.Fatal(err)
	}
	got, err := Read(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range want {
		g := got[name]
		if !reflect.DeepEqual(g.Data, a.Data) || len(g.Shape) != len(a.Shape) || Len(g.Shape) != Len(a.Shape) {
			t.Errorf("%s: got %v, want %v", name, g, a)
		}
	}
}

// TestHeaderFollowsTheFormat checks the header byte by byte against NumPy's
// description of format version 1.0.
func TestHeaderFollowsTheFormat(t *testing.T) {
	h := header("<f4", []int{34, 120})
	if !bytes.HasPrefix(h, []byte("\x93NUMPY\x01\x00")) {
		t.Fatalf("magic and version are %q", h[:8])
	}
	if n := int(binary.LittleEndian.Uint16(h[8:])); n != len(h)-10 {
		t.Errorf("length %d, the rest has %d bytes", n, len(h)-10)
	}
	if len(h)%64 != 0 || h[len(h)-1] != '\n' {
		t.Errorf("%d bytes, last %q: must be a multiple of 64 and end a line", len(h), h[len(h)-1])
	}
	text := "{'descr': '<f4', 'fortran_order': False, 'shape': (34, 120,), }"
	if !bytes.HasPrefix(h[10:], []byte(text)) {
		t.Errorf("description %q", h[10:])
	}
}

func TestMeta(t *testing.T) {
	var meta struct{ Version int }
	f := File{"meta": {Data: `{"version": 3}`}}
	if text, err := f.Meta(&meta); err != nil || meta.Version != 3 || text != `{"version": 3}` {
		t.Errorf("%q decodes to %v, error %v", text, meta, err)
	}
	for name, f := range map[string]File{
		"absent":       {},
		"numbers":      {"meta": {Shape: []int{1}, Data: []int32{3}}},
		"not JSON":     {"meta": {Data: "three"}},
		"another type": {"meta": {Data: `{"version": "three"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := f.Meta(&meta); !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v, want ErrDamaged", err)
			}
		})
	}
}

func TestDamagedArchives(t *testing.T) {
	var whole bytes.Buffer
	f := File{"a": {Shape: []int{2}, Data: []float64{1, 2}}}
	if err := f.Write(&whole); err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole.Bytes())
	flipped[50] ^= 1
	for name, data := range map[string][]byte{"empty": nil, "truncated": whole.Bytes()[:100], "a flipped bit": flipped} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(data); !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v, want ErrDamaged", err)
			}
		})
	}
	if _, err := Open("testdata/absent.npz"); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrDamaged) {
		t.Errorf("error %v, want fs.ErrNotExist alone", err)
	}
}

func TestWrongShapesAreErrors(t *testing.T) {
	f := File{"a": {Shape: []int{2, 2}, Data: []float32{1, 2, 3}}}
	if err := f.Write(&bytes.Buffer{}); err == nil {
		t.Error("three elements filled the shape [2, 2]")
	}
}
