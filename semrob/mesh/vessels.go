package mesh

import (
	"math"
	"slices"
)

// vesselSegments is the number of segments around the generated vessels.
const vesselSegments = 96

// curveSteps is the number of pieces of each Bézier curve of a vessel's profile.
const curveSteps = 12

// Bottle returns a water bottle (ImageNet class 898) of plastic, y up, standing on
// y = 0: 7.3 cm wide and 22.1 cm high, in centimetres, with three waves around its
// body, a collar, and a cap with a pull-up spout. It is one closed surface.
func Bottle() *Mesh {
	b := newBuilder("bottle")
	b.revolve(bottleProfile(), vesselSegments)
	return b.mesh
}

func bottleProfile() [][2]float64 {
	return slices.Concat(
		[][2]float64{{0, 0.4}, {2.2, 0.2}},
		curve(curveSteps, [2]float64{2.75, 0}, [2]float64{3.4, 0}, [2]float64{3.66, 0.2}, [2]float64{3.66, 0.9}),
		waves(3, 3.66, 0.17, 1.2, 9.86),
		curve(curveSteps, [2]float64{3.66, 14.42}, [2]float64{3.66, 17.51}, [2]float64{1.51, 17.86}, [2]float64{1.41, 19.04}),
		[][2]float64{{1.81, 19.04}, {1.81, 19.34}, {1.41, 19.34}},                         // collar
		[][2]float64{{1.72, 19.54}, {1.72, 20.49}, {1.57, 20.64}},                         // cap
		[][2]float64{{0.7, 20.94}, {0.7, 21.64}, {0.85, 21.74}, {0.8, 22.14}, {0, 22.14}}, // spout
	)
}

// waves returns a profile between two heights with count waves, each of which goes
// inwards from a radius by depth and back.
func waves(count int, radius, depth, low, high float64) (line [][2]float64) {
	steps := count * curveSteps
	for i := range steps + 1 {
		turn := float64(i) / float64(curveSteps)
		line = append(line, [2]float64{
			radius - depth*(1-math.Cos(2*math.Pi*turn))/2,
			low + (high-low)*float64(i)/float64(steps),
		})
	}
	return line
}

// Vase returns an amphora-like vase without handles, y up, standing on y = 0: 20 cm
// wide and 34 cm high, in centimetres, hollow, with a foot, a slender neck and a
// flared lip. It is one closed surface.
func Vase() *Mesh {
	b := newBuilder("vase")
	b.revolve(vaseProfile(), vesselSegments)
	return b.mesh
}

func vaseProfile() [][2]float64 {
	return slices.Concat(
		[][2]float64{{0, 0.4}, {4.6, 0.4}},
		curve(curveSteps, [2]float64{4.9, 0}, [2]float64{5.6, 0}, [2]float64{5.7, 0.6}, [2]float64{5.2, 1.0}),
		curve(curveSteps,
			[2]float64{4.4, 1.7},
			[2]float64{5.0, 7.5}, [2]float64{10.0, 11.5}, [2]float64{10.0, 18.5},
			[2]float64{10.0, 24.5}, [2]float64{4.0, 24.0}, [2]float64{3.7, 28.4},
			[2]float64{3.6, 30.6}, [2]float64{4.6, 32.6}, [2]float64{6.2, 33.6}),
		curve(curveSteps, [2]float64{6.2, 33.6}, [2]float64{6.4, 33.9}, [2]float64{6.2, 34.1}, [2]float64{5.9, 33.9}),
		curve(curveSteps,
			[2]float64{5.9, 33.9},
			[2]float64{4.2, 32.8}, [2]float64{3.2, 30.8}, [2]float64{3.3, 28.4},
			[2]float64{3.6, 23.6}, [2]float64{9.5, 24.2}, [2]float64{9.5, 18.5},
			[2]float64{9.5, 12.0}, [2]float64{4.6, 8.0}, [2]float64{3.8, 3.0}),
		[][2]float64{{0, 2.6}},
	)
}

// Cup returns a tea cup with a handle on its +x side, y up, standing on y = 0: 8.4 cm
// wide without the handle and 7.2 cm high, in centimetres, hollow. The bowl and the
// handle are closed surfaces; the handle ends inside the bowl's wall.
func Cup() *Mesh {
	b := newBuilder("cup")
	b.revolve(cupProfile(), vesselSegments)
	b.tube(curve(2*curveSteps,
		[2]float64{4.01, 5.9}, [2]float64{6.9, 6.3}, [2]float64{7.3, 3.2}, [2]float64{3.62, 2.6}),
		[2]float64{0.34, 0.5}, 24)
	return b.mesh
}

func cupProfile() [][2]float64 {
	return slices.Concat(
		[][2]float64{{0, 0.3}, {2.0, 0.3}},
		curve(curveSteps, [2]float64{2.05, 0}, [2]float64{2.2, -0.02}, [2]float64{2.45, 0.0}, [2]float64{2.45, 0.15}),
		curve(curveSteps, [2]float64{2.4, 0.5}, [2]float64{3.6, 1.2}, [2]float64{4.0, 3.6}, [2]float64{4.2, 7.1}),
		curve(curveSteps, [2]float64{4.2, 7.1}, [2]float64{4.2, 7.24}, [2]float64{3.95, 7.24}, [2]float64{3.95, 7.1}),
		curve(curveSteps, [2]float64{3.95, 7.1}, [2]float64{3.75, 3.6}, [2]float64{3.4, 1.4}, [2]float64{2.0, 0.8}),
		[][2]float64{{0, 0.75}},
	)
}

// tube adds a closed tube along a polyline of points {x, y} in the plane z = 0.
// Its section is an ellipse of half axes radii, the first in the plane, the
// second along z, with the given number of segments; its ends are flat.
func (b *builder) tube(line [][2]float64, radii [2]float64, segments int) {
	turn := circle(segments)
	rows := make([][]int32, 0, len(line)+2)
	row := func(i int, size float64) {
		across := normal(line, i)
		vertices := make([]int32, len(turn))
		for column, direction := range turn {
			offset := size * radii[0] * direction[0]
			vertices[column] = b.vertex([3]float64{
				line[i][0] + offset*across[0],
				line[i][1] + offset*across[1],
				size * radii[1] * direction[1],
			})
		}
		rows = append(rows, vertices)
	}
	row(0, 0)
	for i := range line {
		row(i, 1)
	}
	row(len(line)-1, 0)
	b.grid(rows)
}

// normal returns the unit normal of a polyline at point i, to the right of its
// direction, which is the mean of the pieces before and after.
func normal(line [][2]float64, i int) [2]float64 {
	before, after := line[max(i-1, 0)], line[min(i+1, len(line)-1)]
	dx, dy := after[0]-before[0], after[1]-before[1]
	length := math.Hypot(dx, dy)
	return [2]float64{dy / length, -dx / length}
}
