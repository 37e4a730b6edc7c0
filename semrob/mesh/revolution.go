package mesh

import (
	"fmt"
	"math"
)

// segmentsDefault is the default number of segments of Revolution.
const segmentsDefault = 64

// Revolution returns the surface that a profile sweeps when it turns about the
// y axis, cut into that many segments (0: 64; at least 3).
//
// The profile is a polyline of points {radius, height}, radius ≥ 0. With radius
// drawn to the right and height up, the outside is to its right: it runs from the
// middle of the bottom outwards, up the wall, and over the top back to the axis. A
// profile that begins and ends on the axis, or that is closed, gives a closed
// surface. Triangles are counter-clockwise as seen from outside.
//
// Revolution panics if there are fewer than two points, a negative radius or a
// number that is not finite.
func Revolution(profile [][2]float64, segments int) *Mesh {
	b := newBuilder("revolution")
	b.revolve(profile, segments)
	return b.mesh
}

// revolve adds a surface of revolution.
func (b *builder) revolve(profile [][2]float64, segments int) {
	checkProfile(profile)
	if segments <= 0 {
		segments = segmentsDefault
	}
	turn := circle(max(segments, 3))
	vertices := make([][]int32, len(profile))
	for row, point := range profile {
		vertices[row] = make([]int32, len(turn))
		for column, direction := range turn {
			vertices[row][column] = b.vertex([3]float64{point[0] * direction[0], point[1], point[0] * direction[1]})
		}
	}
	b.grid(vertices)
}

func checkProfile(profile [][2]float64) {
	if len(profile) < 2 {
		panic(fmt.Sprintf("mesh.Revolution: the profile has %d points: give two or more", len(profile)))
	}
	for i, point := range profile {
		if !(point[0] >= 0 && point[0] <= maxCoordinate && math.Abs(point[1]) <= maxCoordinate) {
			panic(fmt.Sprintf("mesh.Revolution: point %d of the profile is {%g, %g}: give a radius of at least 0 and a finite height", i, point[0], point[1]))
		}
	}
}

// circle returns n + 1 directions {cos, sin} around the circle. The last equals
// the first exactly, and zeros are exact.
func circle(n int) [][2]float64 {
	directions := make([][2]float64, n+1)
	for i := range directions {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%n) / float64(n))
		for axis, value := range [2]float64{cos, sin} {
			if math.Abs(value) > 1e-15 {
				directions[i][axis] = value
			}
		}
	}
	return directions
}

// curve returns a polyline along k cubic Bézier curves, joined end to end. control
// has 3k + 1 points, of which the line passes through every third; each curve
// becomes steps pieces.
func curve(steps int, control ...[2]float64) [][2]float64 {
	line := [][2]float64{control[0]}
	for ; len(control) >= 4; control = control[3:] {
		for i := 1; i <= steps; i++ {
			weights := bernstein(i, steps)
			var point [2]float64
			for axis := range point {
				point[axis] = blend(weights, [4]float64{control[0][axis], control[1][axis], control[2][axis], control[3][axis]})
			}
			line = append(line, point)
		}
	}
	return line
}
