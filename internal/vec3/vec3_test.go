package vec3_test

import (
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

func TestUnit(t *testing.T) {
	third := 1 / math.Sqrt(3)
	for name, c := range map[string]struct{ of, want vec3.V }{
		"zero":   {vec3.V{}, vec3.V{}},
		"NaN":    {vec3.V{math.NaN(), 1, 0}, vec3.V{}},
		"huge":   {vec3.V{-1e300, 1e300, 1e300}, vec3.V{-third, third, third}},
		"tiny":   {vec3.V{0, 0, -5e-324}, vec3.V{0, 0, -1}},
		"common": {vec3.V{3, 0, 4}, vec3.V{0.6, 0, 0.8}},
	} {
		t.Run(name, func(t *testing.T) {
			got := vec3.Unit(c.of)
			if vec3.Length(vec3.Sub(got, c.want)) > 1e-15 {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestCross(t *testing.T) {
	a, b := vec3.V{1, 2, 3}, vec3.Of([3]float32{-4, 5, 0.5})
	c := vec3.Cross(a, b)
	if c != (vec3.V{-14, -12.5, 13}) || vec3.Dot(a, c) != 0 || vec3.Dot(b, c) != 0 {
		t.Errorf("%v × %v = %v", a, b, c)
	}
}
