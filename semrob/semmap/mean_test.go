package semmap

import (
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

func TestMeanAndStd(t *testing.T) {
	grid := func(step float64, z ...float64) *Map {
		azimuth := Samples{Axis: objective.Azimuth}
		for i := range z {
			azimuth.Values = append(azimuth.Values, step*float64(i))
		}
		m, err := New(azimuth)
		if err != nil {
			t.Fatal(err)
		}
		copy(m.Z, z)
		return m
	}
	m, err := Mean(grid(30, 0.1, 0.5, 1), grid(30, 0.3, 0.25, math.NaN()), grid(30, 0.2, 0.75, 1))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(m.Z[0]-0.2) > 1e-12 || math.Abs(m.Z[1]-0.5) > 1e-12 || !math.IsNaN(m.Z[2]) {
		t.Errorf("the mean is %v, want [0.2 0.5 NaN]", m.Z)
	}
	if m, err = Std(grid(30, 0.1, 0.5, 1), grid(30, 0.5, 0.5, math.NaN())); err != nil {
		t.Fatal(err)
	}
	if math.Abs(m.Z[0]-0.2) > 1e-12 || m.Z[1] != 0 || !math.IsNaN(m.Z[2]) {
		t.Errorf("the standard deviation is %v, want [0.2 0 NaN]", m.Z)
	}
	for want, maps := range map[string][]*Map{
		"no maps given": nil,
		"map 2 of 2":    {grid(30, 1, 2), grid(40, 1, 2)},
	} {
		if _, err := Mean(maps...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}
