package render

import (
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// Tolerances of coveredBacks, in units of the normalised mesh, whose longest side
// is 2.
const (
	planeBin     = 1.0 / 4096 // of distances from the origin
	normalBin    = 1.0 / 64   // of components of unit normals
	offPlane     = 2e-5       // distance of a corner from the plane of another face
	uncovered    = 1e-3       // share of a face's area that may be left
	mostPieces   = 64         // of a face that is partly covered
	mostCompared = 1 << 27    // pairs of faces
)

// coveredBacks returns, for each face, whether its back, the side from which it is
// clockwise, lies wholly on fronts of other faces of its plane: those are what
// shows there. Exporters write surfaces of two colours so, as two sheets in one
// place, perhaps cut into other triangles. A face for which asks is false is not
// examined, and one for which covers is false covers nothing. A face with a back
// of its own shows something on both sides. It returns nil if no back is covered.
func coveredBacks(m *mesh.Mesh, back []int32, asks, covers func(face int32) bool) []bool {
	c := coplanar{mesh: m, planes: map[planeKey][]int32{}}
	c.measure(covers)
	if !c.anyAsks(asks) {
		return nil
	}
	for key, faces := range c.planes {
		slices.SortFunc(faces, func(a, b int32) int { return c.compareLow(key, a, b) })
	}
	var covered []bool
	for f := range int32(len(m.Faces)) {
		if !asks(f) || c.normals[f] == (vec3.V{}) || !c.covered(f, back) {
			continue
		}
		if covered == nil {
			covered = make([]bool, len(m.Faces))
		}
		covered[f] = true
	}
	return covered
}

// planeKey is the bin of a plane: the components of its unit normal, of which the
// largest is positive, and the distance from the origin.
type planeKey struct {
	x, y, z int16
	d       int32
}

// coplanar finds faces in one plane.
type coplanar struct {
	mesh    *mesh.Mesh
	normals []vec3.V             // [face] unit normals of fronts, 0 for faces without an area
	planes  map[planeKey][]int32 // faces that cover, by the low end along the plane's first axis
	widest  map[planeKey]float64 // the longest side along that axis
	checked int
}

// corners returns the corners of a face.
func (c *coplanar) corners(f int32) (p [3]vec3.V) {
	for k, i := range c.mesh.Faces[f] {
		p[k] = vec3.Of(c.mesh.Vertices[i])
	}
	return p
}

// plane returns the unit normal, of which the largest component is positive, and the
// distance from the origin of a face's plane.
func (c *coplanar) plane(f int32) (n vec3.V, d float64) {
	n = c.normals[f]
	if a := n[largest(n)]; a < 0 {
		n = vec3.V{-n[0], -n[1], -n[2]}
	}
	return n, vec3.Dot(n, vec3.Of(c.mesh.Vertices[c.mesh.Faces[f][0]]))
}

// largest returns the index of the component of the largest size.
func largest(n vec3.V) int {
	k := 0
	for i := range n {
		if math.Abs(n[i]) > math.Abs(n[k]) {
			k = i
		}
	}
	return k
}

// measure bins the planes of all faces.
func (c *coplanar) measure(covers func(int32) bool) {
	c.normals, c.widest = make([]vec3.V, len(c.mesh.Faces)), map[planeKey]float64{}
	for f := range int32(len(c.mesh.Faces)) {
		p := c.corners(f)
		c.normals[f] = vec3.Unit(vec3.Cross(vec3.Sub(p[1], p[0]), vec3.Sub(p[2], p[0])))
		if c.normals[f] == (vec3.V{}) || !covers(f) {
			continue
		}
		n, d := c.plane(f)
		key := planeKey{bin(n[0], normalBin), bin(n[1], normalBin), bin(n[2], normalBin), int32(math.Floor(d / planeBin))}
		c.planes[key] = append(c.planes[key], f)
		low, high := c.extent(key, f)
		c.widest[key] = max(c.widest[key], high-low)
	}
}

func bin(x, size float64) int16 { return int16(math.Floor(x / size)) }

// axis returns the axis along which faces of a bin are sorted: not that of the
// normal's largest component.
func (k planeKey) axis() int {
	return (largest(vec3.V{float64(k.x), float64(k.y), float64(k.z)}) + 1) % 3
}

// extent returns the ends of a face along the axis of a bin.
func (c *coplanar) extent(key planeKey, f int32) (low, high float64) {
	p, k := c.corners(f), key.axis()
	return min(p[0][k], p[1][k], p[2][k]), max(p[0][k], p[1][k], p[2][k])
}

func (c *coplanar) compareLow(key planeKey, a, b int32) int {
	low, _ := c.extent(key, a)
	other, _ := c.extent(key, b)
	switch {
	case low < other:
		return -1
	case low > other:
		return 1
	}
	return int(a - b)
}

// anyAsks reports whether there is anything to find.
func (c *coplanar) anyAsks(asks func(int32) bool) bool {
	for f := range int32(len(c.mesh.Faces)) {
		if asks(f) {
			return true
		}
	}
	return false
}

// covered reports whether the back of a face is covered.
func (c *coplanar) covered(f int32, back []int32) bool {
	n, d := c.plane(f)
	p, k := c.corners(f), largest(n)
	u, v := (k+1)%3, (k+2)%3
	flat := func(p vec3.V) [2]float64 { return [2]float64{p[u], p[v]} }
	face := []([2]float64){flat(p[0]), flat(p[1]), flat(p[2])}
	left, whole := [][][2]float64{face}, math.Abs(area(face))
	for _, key := range nearby(n, d) {
		faces := c.planes[key]
		low, high := c.extent(key, f)
		from, _ := slices.BinarySearchFunc(faces, low-c.widest[key], func(g int32, at float64) int {
			if l, _ := c.extent(key, g); l < at {
				return -1
			}
			return 1
		})
		for _, g := range faces[from:] {
			if l, _ := c.extent(key, g); l > high {
				break
			}
			if c.checked++; c.checked > mostCompared {
				return false
			}
			both := back != nil && back[g] >= 0
			if g == f || !both && vec3.Dot(c.normals[f], c.normals[g]) > 0 || !c.inPlane(g, n, d) {
				continue
			}
			q := c.corners(g)
			if left = without(left, [3][2]float64{flat(q[0]), flat(q[1]), flat(q[2])}); len(left) > mostPieces {
				return false
			}
			rest := 0.0
			for _, piece := range left {
				rest += math.Abs(area(piece))
			}
			if rest <= uncovered*whole {
				return true
			}
		}
	}
	return false
}

// nearby returns the bins of planes that are nearly equal to one.
func nearby(n vec3.V, d float64) (all []planeKey) {
	ends := func(x, size, slack float64) []int32 {
		low, high := int32(math.Floor((x-slack)/size)), int32(math.Floor((x+slack)/size))
		if low == high {
			return []int32{low}
		}
		return []int32{low, high}
	}
	for _, x := range ends(n[0], normalBin, 1e-3) {
		for _, y := range ends(n[1], normalBin, 1e-3) {
			for _, z := range ends(n[2], normalBin, 1e-3) {
				for _, at := range ends(d, planeBin, offPlane) {
					all = append(all, planeKey{int16(x), int16(y), int16(z), at})
				}
			}
		}
	}
	return all
}

// inPlane reports whether all corners of a face are in a plane.
func (c *coplanar) inPlane(f int32, n vec3.V, d float64) bool {
	for _, p := range c.corners(f) {
		if math.Abs(vec3.Dot(n, p)-d) > offPlane {
			return false
		}
	}
	return true
}

// area returns twice the area of a polygon, positive if it is counter-clockwise.
func area(polygon [][2]float64) (sum float64) {
	for i, p := range polygon {
		q := polygon[(i+1)%len(polygon)]
		sum += p[0]*q[1] - p[1]*q[0]
	}
	return sum
}

// without cuts a triangle out of convex polygons: along each of its sides in turn,
// what is outside stays, and the rest goes on.
func without(polygons [][][2]float64, triangle [3][2]float64) (left [][][2]float64) {
	turn := 1.0
	if area(triangle[:]) < 0 {
		turn = -1
	}
	for _, rest := range polygons {
		for k := range 3 {
			a, b := triangle[k], triangle[(k+1)%3]
			inside := func(p [2]float64) float64 {
				return turn * ((b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0]))
			}
			if outer := cut(rest, func(p [2]float64) float64 { return -inside(p) }); math.Abs(area(outer)) > 1e-12 {
				left = append(left, outer)
			}
			rest = cut(rest, inside)
		}
	}
	return left
}

// cut returns the part of a convex polygon where a linear function is positive.
func cut(polygon [][2]float64, value func([2]float64) float64) (part [][2]float64) {
	for i, p := range polygon {
		q := polygon[(i+1)%len(polygon)]
		a, b := value(p), value(q)
		if a >= 0 {
			part = append(part, p)
		}
		if a > 0 && b < 0 || a < 0 && b > 0 {
			t := a / (a - b)
			part = append(part, [2]float64{p[0] + t*(q[0]-p[0]), p[1] + t*(q[1]-p[1])})
		}
	}
	return part
}
