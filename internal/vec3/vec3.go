// Package vec3 is arithmetic on vectors of three float64.
package vec3

import "math"

// V is a vector.
type V = [3]float64

// Of converts a vector from float32.
func Of(v [3]float32) V { return V{float64(v[0]), float64(v[1]), float64(v[2])} }

// Sub returns a − b.
func Sub(a, b V) V { return V{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

// Dot returns a · b, summed from the first component on.
func Dot(a, b V) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// Cross returns a × b.
func Cross(a, b V) V {
	return V{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// Length returns the length of v.
func Length(v V) float64 { return math.Sqrt(Dot(v, v)) }

// Unit returns v scaled to length 1, or 0 if v has no direction. Huge and tiny
// vectors are no problem.
func Unit(v V) V {
	largest := max(math.Abs(v[0]), math.Abs(v[1]), math.Abs(v[2]))
	if !(largest > 0) {
		return V{}
	}
	// Scaling first keeps the square of the length within range.
	for d := range v {
		v[d] /= largest
	}
	length := Length(v)
	for d := range v {
		v[d] /= length
	}
	return v
}
