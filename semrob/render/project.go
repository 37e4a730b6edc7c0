package render

import "github.com/semrob/gonb-semrob/internal/vec3"

// subsample is the number of grid points per sample. Coordinates of corners are
// rounded to this grid, so that all arithmetic on the edges of a triangle is exact
// in float64. It is about the resolution of a float32 in the middle of a picture
// of the default size.
const subsample = 1 << 14

// point is a vertex on the picture.
type point struct {
	// x and y are sample coordinates: sample (column i, row j) is at (i, j).
	x, y float32
	// w is 1/z, or 0 if the vertex is nearer than Near and so not projected.
	w float32
	// x0 is the first column not left of the point and x1 the first right of it,
	// y0 and y1 the same for rows; all clamped to 0…T.
	x0, y0, x1, y1 int16
}

// snap rounds a sample coordinate to the grid of subsample.
func snap(x float64) float32 {
	const shift = 3 << 51 / subsample // the last bit of this is 1/subsample
	return float32(x + shift - shift)
}

// neighbours returns the first sample not before x and the first one after it,
// within 0…samples.
func neighbours(x float32, samples int) (from, after int16) {
	// The comparisons are true for NaN, too.
	if !(x < float32(samples)) {
		return int16(samples), int16(samples)
	}
	if !(x >= 0) {
		return 0, 0
	}
	d := float64(x)
	return int16(samples - int(float64(samples)-d)), int16(int(d) + 1)
}

// rectangle is the samples with x0 ≤ column < x1 and y0 ≤ row < y1.
type rectangle struct{ x0, y0, x1, y1 int }

// project projects all vertices and returns the samples that the mesh can cover:
// all of them if a vertex is nearer than Near.
func project(c *Camera, positions [][3]float32, points []point, samples int) rectangle {
	// This is toCamera and project of Camera, with the scale folded into the axes.
	var right, up [3]float64
	for k := range 3 {
		right[k], up[k] = c.Scale*c.Right[k], -c.Scale*c.Up[k]
	}
	forward, centre := c.Forward, c.Centre
	sx, sy, sz := c.Scale*c.Shift[0], -c.Scale*c.Shift[1], c.Shift[2]

	points = points[:len(positions)]
	crossing := false
	x0, y0, x1, y1 := int16(samples), int16(samples), int16(0), int16(0)
	for i := range positions {
		x, y, z := float64(positions[i][0]), float64(positions[i][1]), float64(positions[i][2])
		depth := forward[0]*x + forward[1]*y + forward[2]*z + sz
		if !(depth >= Near) {
			points[i] = point{}
			crossing = true
			continue
		}
		w := 1 / depth
		p := &points[i]
		p.x = snap(centre + (right[0]*x+right[1]*y+right[2]*z+sx)*w)
		p.y = snap(centre + (up[0]*x+up[1]*y+up[2]*z+sy)*w)
		p.w = float32(w)
		p.x0, p.x1 = neighbours(p.x, samples)
		p.y0, p.y1 = neighbours(p.y, samples)
		x0, y0 = min(x0, p.x0), min(y0, p.y0)
		x1, y1 = max(x1, p.x1), max(y1, p.y1)
	}
	if crossing {
		return rectangle{0, 0, samples, samples}
	}
	return rectangle{int(x0), int(y0), max(int(x0), int(x1)), max(int(y0), int(y1))}
}

// toCamera returns a point of the mesh in the camera's axes: right, up, depth.
func (c *Camera) toCamera(p [3]float32) [3]float64 {
	v := vec3.Of(p)
	return [3]float64{vec3.Dot(c.Right, v) + c.Shift[0], vec3.Dot(c.Up, v) + c.Shift[1], vec3.Dot(c.Forward, v) + c.Shift[2]}
}

// project returns the projection of a point in the camera's axes with a positive
// depth. Sample (column i, row j) has the coordinates (i, j),
// which is ((2i+1−T)/T, −(2j+1−T)/T) in units of half the picture.
func (c *Camera) project(p [3]float64, samples int) point {
	w := 1 / p[2]
	q := point{x: snap(c.Centre + c.Scale*p[0]*w), y: snap(c.Centre - c.Scale*p[1]*w), w: float32(w)}
	q.x0, q.x1 = neighbours(q.x, samples)
	q.y0, q.y1 = neighbours(q.y, samples)
	return q
}
