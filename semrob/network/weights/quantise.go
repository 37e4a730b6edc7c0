package weights

import "math"

// scaleSuffix is appended to a quantised tensor's name to name its scales.
const scaleSuffix = ".scale"

// quantisation describes the 16-bit format in a file's metadata, for readers
// without this package.
const quantisation = "I16 tensor T: value = T[c, …] * T" + scaleSuffix + "[c], c the first axis (output channel); F32 tensors as they are"

// quantise returns the values of t as 16-bit integers and a scale for each index
// of the first axis: values[c, …] ≈ integers[c, …]·scales[c], with an error of at
// most scales[c]/2 (apart from float32 rounding). The largest magnitude of a
// channel becomes ±32767.
func quantise(t Tensor) (integers []int16, scales []float32) {
	channels := t.Shape[0]
	if channels == 0 {
		return nil, nil
	}
	integers = make([]int16, len(t.Data))
	scales = make([]float32, channels)
	per := len(t.Data) / channels
	for c := range channels {
		values := t.Data[c*per : (c+1)*per]
		largest := 0.0
		for _, v := range values {
			largest = max(largest, math.Abs(float64(v)))
		}
		scale := float32(largest / math.MaxInt16)
		scales[c] = scale
		if scale == 0 { // all zero, or too small for float32
			continue
		}
		for i, v := range values {
			q := math.RoundToEven(float64(v) / float64(scale))
			// The scale's rounding may put the largest value out of range by one.
			q = min(max(q, -math.MaxInt16), math.MaxInt16)
			integers[c*per+i] = int16(q)
		}
	}
	return integers, scales
}
