package render

import (
	"math"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/vec3"
)

// Near and Far bound the depths, along the viewing direction and in units of
// the mesh, at which something is visible.
const (
	Near = 0.1
	Far  = 100
)

// Convention is the choice of what is left in pictures.
type Convention string

// The conventions. The camera is at the same place in both.
const (
	// Physical pictures are as a camera takes them.
	Physical Convention = "physical"
	// Paper pictures are mirrored left to right, as the reference renderer's are:
	// writing on textures reads backwards.
	Paper Convention = "paper"
)

// Conventions are the conventions by name.
var Conventions = enum.Of("camera", Physical, Paper)

// UnmarshalText reads the name of a value; "" is the default.
func (c *Convention) UnmarshalText(text []byte) error { return Conventions.Unmarshal(c, text) }

// MarshalText returns the name.
func (c Convention) MarshalText() ([]byte, error) { return []byte(c), nil }

// Camera maps points of the mesh to sample coordinates.
type Camera struct {
	// Right, Up and Forward are the camera's axes in the mesh's axes.
	Right, Up, Forward [3]float64
	// Shift is the mesh's origin in the camera's axes.
	Shift [3]float64
	// Scale is the number of samples per unit of x/z.
	Scale float64
	// Centre is the sample coordinate of the middle of the picture.
	Centre float64
}

// NewCamera places the camera of a scene in front of a picture of samples ×
// samples, by a convention. sincos returns the sine and cosine of an angle in degrees: SinCos for
// the cameras of this package.
func NewCamera(s *Scene, samples int, convention Convention, sincos func(degrees float64) (sin, cos float64)) Camera {
	sinA, cosA := sincos(s.Azimuth)
	sinE, cosE := sincos(s.Elevation)
	sinR, cosR := sincos(s.Roll)
	// z = −eye/|eye|; x = up×z, normalised, is (cos φ, 0, sin φ) wherever it is
	// defined, and this continues it to the poles; y = z×x.
	forward := [3]float64{-cosE * sinA, -sinE, cosE * cosA}
	right := [3]float64{cosA, 0, sinA}
	up := vec3.Cross(forward, right)
	if convention == Physical {
		right = [3]float64{-right[0], 0, -right[2]}
	}

	c := Camera{Forward: forward}
	// Turning the picture counter-clockwise is turning the axes clockwise.
	for k := range 3 {
		c.Right[k] = cosR*right[k] - sinR*up[k]
		c.Up[k] = sinR*right[k] + cosR*up[k]
	}
	c.Shift = [3]float64{-s.OffsetX, -s.OffsetY, s.Distance}
	c.Scale = float64(samples) / 2 / math.Tan(s.FOV/2*math.Pi/180)
	c.Centre = float64(samples-1) / 2
	return c
}

// SinCos returns sine and cosine of an angle in degrees: exactly equal for
// angles 360 apart, and exact at multiples of 90.
func SinCos(degrees float64) (sin, cos float64) {
	degrees = math.Mod(degrees, 360)
	if degrees < 0 {
		degrees += 360
	}
	switch degrees {
	case 90:
		return 1, 0
	case 180:
		return 0, -1
	case 270:
		return -1, 0
	}
	return math.Sincos(degrees * math.Pi / 180)
}
