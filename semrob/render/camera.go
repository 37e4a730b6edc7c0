package render

import "math"

// Near and Far bound the depths, along the viewing direction and in units of
// the mesh, at which something is visible.
const (
	Near = 0.1
	Far  = 100
)

// camera maps points of the mesh to sample coordinates.
type camera struct {
	// right, up and forward are the camera's axes in the mesh's axes.
	right, up, forward [3]float64
	// shift is the mesh's origin in the camera's axes.
	shift [3]float64
	// scale is the number of samples per unit of x/z.
	scale float64
	// centre is the sample coordinate of the middle of the picture.
	centre float64
}

// newCamera places the camera of a scene before a picture of samples × samples.
func newCamera(s *Scene, samples int) camera {
	sinA, cosA := sincos(s.Azimuth)
	sinE, cosE := sincos(s.Elevation)
	sinR, cosR := sincos(s.Roll)
	// z = −eye/|eye|; x = up×z, normalised, is (cos φ, 0, sin φ) wherever it is
	// defined, and goes on being so at the poles; y = z×x.
	forward := [3]float64{-cosE * sinA, -sinE, cosE * cosA}
	right := [3]float64{cosA, 0, sinA}
	up := cross(forward, right)

	c := camera{forward: forward}
	// Turning the picture counter-clockwise is turning the axes clockwise.
	for k := range 3 {
		c.right[k] = cosR*right[k] - sinR*up[k]
		c.up[k] = sinR*right[k] + cosR*up[k]
	}
	c.shift = [3]float64{-s.OffsetX, -s.OffsetY, s.Distance}
	c.scale = float64(samples) / 2 / math.Tan(s.FOV/2*math.Pi/180)
	c.centre = float64(samples-1) / 2
	return c
}

// sincos returns sine and cosine of an angle in degrees, exactly the same ones
// for angles 360 apart, and exact at multiples of 90.
func sincos(degrees float64) (sin, cos float64) {
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

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
