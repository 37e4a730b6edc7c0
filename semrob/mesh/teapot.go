package mesh

import "math"

// teapotDefault is the default resolution of Teapot.
const teapotDefault = 10

// The range of the resolution: with 1 the handle would be flat; with 512 there are
// 16.8 million triangles.
const (
	teapotCoarsest = 2
	teapotFinest   = 512
)

// lidStretch widens the lid to the rim's inner edge, 1.4 instead of 1.3. The
// published control points leave a gap of 0.1 around it.
const lidStretch = 1.4 / 1.3

// Teapot returns the Utah teapot, y up, standing on y = 0, with the spout along
// +x and the handle along −x, 6.43 wide and 3.15 high. Each of the 32 patches is
// divided into resolution × resolution squares (2…512; 0 is 10) of two triangles.
// Those with two corners at the top or bottom pole are left out, so there are
// 64·resolution² − 8·resolution in all.
//
// Rim, body, lid and bottom form one closed surface: the lid is wider than in the
// published data by 1.4/1.3, which closes the gap around it. The handle and the
// spout are tubes whose open ends are inside it. All triangles are
// counter-clockwise as seen from outside.
//
// Source: M. E. Newell, "The Utilization of Procedure Models in Digital Image
// Synthesis", University of Utah 1975; see teapotPoints.
func Teapot(resolution int) *Mesh {
	if resolution <= 0 {
		resolution = teapotDefault
	}
	resolution = max(teapotCoarsest, min(resolution, teapotFinest))
	weights := make([][4]float64, resolution+1)
	for i := range weights {
		weights[i] = bernstein(i, resolution)
	}
	b := newBuilder("teapot")
	vertices := make([][]int32, resolution+1)
	for patch := range teapotPatches {
		control := teapotControl(patch)
		for i := range vertices {
			vertices[i] = make([]int32, resolution+1)
			for j := range vertices[i] {
				// Rows × columns of the published patches points inside, so the
				// grid takes rows as columns.
				vertices[i][j] = b.vertex(patchPoint(control, weights[j], weights[i]))
			}
		}
		b.grid(vertices)
	}
	return b.mesh
}

// patchControl holds the control points of a patch, [axis][row][column].
type patchControl [3][4][4]float64

// teapotControl returns the control points of a patch of the teapot, y up.
func teapotControl(patch int) (control patchControl) {
	stretch := 1.0
	if patch >= teapotLidFirst && patch < teapotBottomFirst {
		stretch = lidStretch
	}
	for i, index := range teapotPatches[patch] {
		point := teapotPoints[index]
		control[0][i/4][i%4] = stretched(point[0], stretch)
		control[1][i/4][i%4] = point[2]
		control[2][i/4][i%4] = -stretched(point[1], stretch)
	}
	return control
}

// stretched scales a coordinate and rounds it to nine digits after the point, so
// that the lid's edge equals the rim's.
func stretched(value, factor float64) float64 {
	return math.Round(value*factor*1e9) / 1e9
}

// patchPoint evaluates a bicubic Bézier patch at the Bernstein weights of its
// rows and columns.
func patchPoint(control patchControl, rows, columns [4]float64) (point [3]float64) {
	for axis := range point {
		var values [4]float64
		for row := range values {
			values[row] = blend(columns, control[axis][row])
		}
		point[axis] = blend(rows, values)
	}
	return point
}
