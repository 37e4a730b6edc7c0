package goldenratio

import (
	"math"
	"testing"
)

// TestSteps compares with the golden ratio and the plastic number, and checks
// that 100 points leave no gap of a line three times as long as the mean one.
func TestSteps(t *testing.T) {
	golden := (math.Sqrt(5) - 1) / 2
	plastic := 1 / 1.32471795724474602596
	if got := Steps(1); math.Abs(got[0]-golden) > 1e-12 {
		t.Errorf("one axis: %v, want %v", got, golden)
	}
	if got := Steps(2); math.Abs(got[0]-plastic) > 1e-12 || math.Abs(got[1]-plastic*plastic) > 1e-12 {
		t.Errorf("two axes: %v, want %v and its square", got, plastic)
	}
	for axis, step := range Steps(3) {
		var filled [33]bool
		for i := range 100 {
			_, x := math.Modf(float64(i) * step)
			filled[int(x*33)] = true
		}
		for cell, ok := range filled {
			if !ok {
				t.Errorf("axis %d: cell %d of 33 is empty after 100 points", axis, cell)
			}
		}
	}
}
