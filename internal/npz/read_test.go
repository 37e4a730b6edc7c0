package npz

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

// TestWhatNumPyWrites reads testdata/numpy.npz, written by NumPy 2.4 with
//
//	v = np.arange(24).reshape(2, 3, 4)
//	for t in i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8, in both orders of bytes and
//	both layouts: ((v if unsigned else v-7) / (4 if float else 1)).astype(…)
//
// and booleans v % 3 == 0, texts, extremes, and types that Array.Data does not
// support.
func TestWhatNumPyWrites(t *testing.T) {
	f, err := Open("testdata/numpy.npz")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name := range f {
		kind, _, _ := strings.Cut(name, "_")
		if len(kind) != 2 || !strings.Contains("biuf", kind[:1]) {
			continue
		}
		checked++
		got, shape, err := f.Float64s(name)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(shape, []int{2, 3, 4}) {
			t.Errorf("%s has the shape %v", name, shape)
		}
		for i, x := range got {
			if want := expected(kind[0], i); x != want {
				t.Errorf("%s: element %d is %g, want %g", name, i, x, want)
			}
		}
	}
	if checked != 11*2*2+2 {
		t.Errorf("%d arrays of numbers were checked", checked)
	}
}

func expected(kind byte, i int) float64 {
	switch kind {
	case 'u':
		return float64(i)
	case 'i':
		return float64(i - 7)
	case 'f':
		return float64(i-7) / 4
	}
	if i%3 == 0 {
		return 1
	}
	return 0
}

func TestEdgesOfNumPysTypes(t *testing.T) {
	f, err := Open("testdata/numpy.npz")
	if err != nil {
		t.Fatal(err)
	}
	halves, _, err := f.Float64s("half")
	if err != nil {
		t.Fatal(err)
	}
	wide, _, err := f.Float64s("half_wide") // widened by NumPy
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range wide {
		same := math.Float64bits(halves[i]) == math.Float64bits(want) || math.IsNaN(halves[i]) && math.IsNaN(want)
		if !same {
			t.Errorf("half %d is %g, want %g", i, halves[i], want)
		}
	}
	for name, want := range map[string]any{
		"extremes_u8": []uint64{math.MaxUint64},
		"extremes_i1": []int8{-128, 127},
		"extremes_i2": []int16{-32768, 32767},
		"empty_F":     []float64{},
		"text":        []string{"aeroplane", "Klöße", "", "cup"},
		"words_big":   []string{"α", "bc"},
		"one":         "viewpoints",
	} {
		if got := f[name].Data; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, want %#v", name, got, want)
		}
	}
	for _, name := range []string{"objects", "complex", "record", "when"} {
		_, _, err := f.Float64s(name)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "not supported") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if _, _, err := f.Float64s("text"); err == nil || !strings.Contains(err.Error(), "text") {
		t.Errorf("numbers asked of text: the error is %v", err)
	}
}

// TestDamagedHeaders decodes files that npyio would panic on, and every
// prefix of a valid file.
func TestDamagedHeaders(t *testing.T) {
	good := append(header("<f8", []int{2, 2}), make([]byte, 32)...)
	if _, err := decode(good); err != nil {
		t.Fatal(err)
	}
	for n := range good {
		if _, err := decode(good[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a whole array", n, len(good))
		}
	}
	long := bytes.Clone(good)
	long[6], long[11] = 2, 0xff // a header of 4 GB
	for name, raw := range map[string][]byte{
		"long header":      long,
		"no end of line":   bytes.Replace(good, []byte(" \n"), []byte("  "), 1),
		"no dictionary":    append(append(bytes.Clone(good[:10]), bytes.Repeat([]byte{'\n'}, 118)...), good[128:]...),
		"keys out of line": bytes.Replace(good, []byte("'descr': '<f8', 'fortran_order'"), []byte("'fortran_order': '<f', 'descr'"), 1),
		"negative shape":   bytes.Replace(good, []byte("(2, 2,)"), []byte("(2,-2,)"), 1),
		"shape too large":  bytes.Replace(good, []byte("(2, 2,)"), []byte("(99999999999, 9,)"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			if a, err := decode(raw); err == nil {
				t.Errorf("no error, but %v", a)
			}
		})
	}
}
