package mesh

import (
	"math"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// Up is the axis of a file that points up: CAD programs, robots and scanners use z,
// others y. glTF files are always y-up.
type Up string

// The axes that may point up.
const (
	UpY      Up = "y" // as in the paper, and the default
	UpZ      Up = "z"
	UpX      Up = "x"
	UpMinusY Up = "-y"
	UpMinusZ Up = "-z"
	UpMinusX Up = "-x"
)

// Ups are the axes by name.
var Ups = enum.Of("up axis", UpY, UpZ, UpX, UpMinusY, UpMinusZ, UpMinusX)

// UnmarshalText reads the name of an axis; "" is the default.
func (u *Up) UnmarshalText(text []byte) error { return Ups.Unmarshal(u, text) }

// MarshalText returns the name.
func (u Up) MarshalText() ([]byte, error) { return []byte(u), nil }

// turns are the rotations that turn an axis up: for each new coordinate the old one
// and its sign.
var turns = map[Up][3]struct {
	axis int
	sign float32
}{
	UpZ: {{0, 1}, {2, 1}, {1, -1}}, UpMinusZ: {{0, 1}, {2, -1}, {1, 1}},
	UpX: {{1, -1}, {0, 1}, {2, 1}}, UpMinusX: {{1, 1}, {0, -1}, {2, 1}},
	UpMinusY: {{0, 1}, {1, -1}, {2, -1}},
}

// Turned returns the mesh turned so that an axis points up, and then about the
// vertical by front degrees, so that what a camera at that azimuth saw is seen at
// azimuth 0. It shares what it does not change.
func (m *Mesh) Turned(up Up, front float64) *Mesh {
	turn, turned := turns[up]
	front = math.Mod(front, 360)
	if !turned && front == 0 {
		return m
	}
	sin, cos := math.Sincos(front * math.Pi / 180)
	switch front {
	case 90, -270:
		sin, cos = 1, 0
	case 180, -180:
		sin, cos = 0, -1
	case 270, -90:
		sin, cos = -1, 0
	}
	rotate := func(v [3]float32) [3]float32 {
		if turned {
			v = [3]float32{turn[0].sign * v[turn[0].axis], turn[1].sign * v[turn[1].axis], turn[2].sign * v[turn[2].axis]}
		}
		if front != 0 {
			x, z := float64(v[0]), float64(v[2])
			v[0], v[2] = float32(x*cos+z*sin), float32(z*cos-x*sin)
		}
		return v
	}
	result := *m
	result.Vertices, result.Normals = all(m.Vertices, rotate), all(m.Normals, rotate)
	return &result
}

// all applies a function to all values; nil stays nil.
func all(values [][3]float32, do func([3]float32) [3]float32) [][3]float32 {
	if values == nil {
		return nil
	}
	done := make([][3]float32, len(values))
	for i, v := range values {
		done[i] = do(v)
	}
	return done
}
