package mesh

import (
	"math"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// centring keeps positions in full precision as long as float32 might be too
// coarse for them: surveyed meshes lie thousands of kilometres from their origin.
type centring struct {
	n         int
	started   bool         // there was a finite position
	fine      bool         // float32 is fine
	origin    [3]float64   // the first finite position
	relative  [][3]float32 // to the origin, unless fine
	low, high [3]float64
}

// maxOffset is the distance from the origin, as a multiple of the mesh's size, up
// to which float32 is fine: it then has 17 bits for the size.
const maxOffset = 64

// add takes the next position. One that is not finite has no effect.
func (c *centring) add(v [3]float64) {
	c.n++
	if c.fine {
		return
	}
	var p [3]float32
	if sum := v[0] + v[1] + v[2]; !math.IsNaN(sum) && !math.IsInf(sum, 0) {
		if !c.started {
			c.started, c.origin, c.low, c.high = true, v, v, v
		}
		for axis := range v {
			c.low[axis], c.high[axis] = min(c.low[axis], v[axis]), max(c.high[axis], v[axis])
			p[axis] = float32(v[axis] - c.origin[axis])
		}
	}
	c.relative = append(c.relative, p)
	// The size only grows, so what is fine once stays so.
	if c.n >= 1<<10 && c.n&(c.n-1) == 0 && !c.far() {
		c.fine, c.relative = true, nil
	}
}

// far reports whether the positions are too far from the origin.
func (c *centring) far() bool {
	var size, distance float64
	for axis := range c.low {
		size = max(size, c.high[axis]-c.low[axis])
		distance = max(distance, math.Abs(c.low[axis]), math.Abs(c.high[axis]))
	}
	return distance > maxOffset*size
}

// position returns the position of a vertex, relative to some point.
func (c *centring) position(m *Mesh, vertex int32) [3]float64 {
	if c.fine || int(vertex) >= len(c.relative) {
		return vec3.Of(m.Vertices[vertex])
	}
	return vec3.Of(c.relative[vertex])
}

// apply moves the vertices, which must be those added, if they are too far away.
func (c *centring) apply(m *Mesh) {
	if !c.fine && len(c.relative) == len(m.Vertices) && c.far() {
		m.Vertices = c.relative
	}
}
