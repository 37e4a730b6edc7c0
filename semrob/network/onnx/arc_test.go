package onnx

import (
	"math"
	"testing"
)

// TestArcs compares arc functions of a picture with Go's: XLA's Atan2 returned memory
// that was never written.
func TestArcs(t *testing.T) {
	for op, f := range map[string]func(float64) float64{"Atan": math.Atan, "Asin": math.Asin, "Acos": math.Acos} {
		b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
		b.add("Flatten", []string{b.add(op, []string{"images"})})
		m, err := Open(b.write(t), Options{})
		if err != nil {
			t.Fatal(err)
		}
		images := random(8 * 8 * 3)
		for i := range images {
			if op == "Atan" {
				images[i] *= float32(math.Pow(10, float64(i%7-2)))
			} else {
				images[i] = float32(math.Tanh(float64(images[i])))
			}
		}
		images[0] = 0
		got, _ := run(t, m, images, 1, false)
		for i, v := range images {
			if at := (i%3)*64 + i/3; !(math.Abs(float64(got[at])-f(float64(v))) <= 1e-6) {
				t.Errorf("%s of %g is %g, want %g", op, v, got[at], f(float64(v)))
			}
		}
	}
}
