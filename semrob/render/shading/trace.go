package shading

import (
	"fmt"
	"math"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// Tracer finds where edges between what is visible run between neighbouring
// samples of a view. It is safe for concurrent use.
type Tracer struct {
	*topology
	host                 *render.Renderer
	normals, materials   [][3]float32 // of the faces; the latter nil where all are white
	interpolated         bool         // a copy of a face has more than one colour
	samples, supersample int
	seen                 sync.Pool // of *viewed
}

// NewTracer returns a tracer for views of a renderer.
func NewTracer(r *render.Renderer) *Tracer {
	o := r.Options()
	columns := newColumns(r.Surface())
	return &Tracer{
		topology: newTopology(r.Mesh()), host: r, normals: r.Surface().Normals, materials: r.Surface().FaceColours, interpolated: columns.interpolated(),
		samples: o.Size * o.Supersample, supersample: o.Supersample,
	}
}

// Edges are the places of a view where an edge runs between two neighbouring
// samples.
//
// What an edge does to the picture when it moves is Jump · (Weight · its
// movement), added to the pixel. The slices have the same length, one element
// for each place.
type Edges struct {
	// Pixels is the index row·size + column of the pixel that the edge is in.
	Pixels []int32
	// X, Y and Z are the point of the edge, in the mesh's axes.
	X, Y, Z []float32
	// Right and Down are the weights of the point's movement in the picture, in
	// samples to the right and down. The weight is the edge's normal times its
	// component from sample to sample, so that pairs of samples across and
	// along the picture count an edge once together, and movement along the edge
	// does not count.
	Right, Down []float32
	// Red, Green and Blue are how much the pixel changes for each sample of
	// movement: the colours' difference over the number of samples of a pixel.
	Red, Green, Blue []float32
}

// edgeColumns is the number of float32 slices of Edges.
const edgeColumns = 8

// columns lists the float32 slices.
func (e *Edges) columns() [edgeColumns]*[]float32 {
	return [...]*[]float32{&e.X, &e.Y, &e.Z, &e.Right, &e.Down, &e.Red, &e.Green, &e.Blue}
}

// Len returns the number of places.
func (e *Edges) Len() int { return len(e.Pixels) }

// Room returns a length for Pack that Len fits into. There are few of them, so
// that few programs are compiled.
func (e *Edges) Room() int { return room(e.Len()) }

// Pack writes a view's part of Inputs.EdgePixels, [room], and Inputs.Edges,
// [8, room], for room ≥ Len. What is left over are edges of no effect, at the
// mesh's origin.
func (e *Edges) Pack(pixels []int32, edges []float32) {
	room := len(pixels)
	clear(pixels[copy(pixels, e.Pixels):])
	for i, column := range e.columns() {
		part := edges[i*room : (i+1)*room]
		clear(part[copy(part, *column):])
	}
}

func (e *Edges) reset() {
	e.Pixels = e.Pixels[:0]
	for _, c := range e.columns() {
		*c = (*c)[:0]
	}
}

// viewed is a mesh seen in a scene.
type viewed struct {
	*Tracer
	eye
	places [][3]float64 // of the corners, relative to the eye
	points *render.Points
	out    *Edges
	// changing says that the colour of a copy changes from place to place, and
	// behind that what is behind the object does.
	changing, behind bool

	between between
	walked  [2][]crossed
	colours colours
	faced   faced
}

// Trace writes the edges of a scene to out, whose memory is used again. copies,
// [T, T], is what its samples show, as render.VisibilityBuffer.Copies.
//
// Between two samples that show different faces it walks over the mesh from
// each to the other, and finds: edges between faces of one surface, which all
// count where they differ in colour; the edge where the nearer surface ends; and
// the line where two surfaces cut each other.
func (t *Tracer) Trace(scene *render.Scene, copies []int32, out *Edges) error {
	n := t.samples
	if len(copies) != n*n {
		return fmt.Errorf("tracing edges: visibility of %d samples, want %d×%d", len(copies), n, n)
	}
	out.reset()
	v := t.see(scene, out)
	defer t.seen.Put(v)
	var right, down [3]float64
	for k := range 3 {
		right[k], down[k] = v.right[k]*v.perSample, -v.up[k]*v.perSample
	}
	for row := range n {
		here := copies[row*n:][:n]
		below := here
		if row+1 < n {
			below = copies[(row+1)*n:][:n]
		}
		for column, c := range here {
			r := c
			if column+1 < n {
				r = here[column+1]
			}
			if c == r && c == below[column] {
				continue
			}
			from := v.ray(column, row)
			if c != r {
				v.pair(place{column, row, 0}, c, r, &from, &right)
			}
			if d := below[column]; c != d {
				v.pair(place{column, row, 1}, c, d, &from, &down)
			}
		}
	}
	return nil
}

// see places the mesh before the eye.
func (t *Tracer) see(scene *render.Scene, out *Edges) *viewed {
	v, _ := t.seen.Get().(*viewed)
	if v == nil {
		v = &viewed{Tracer: t, places: make([][3]float64, len(t.positions))}
		v.between.viewed = v
	}
	v.eye, v.points, v.out = newEye(scene, t.samples), t.host.Points(scene), out
	v.colours.forget()
	v.faced.forget()
	v.changing = t.interpolated
	v.behind = scene.Backdrop != nil
	for i := range t.positions {
		v.places[i] = minus(t.positions[i], v.position)
	}
	return v
}

// unit returns a vector of length 1.
func unit(a [3]float64) [3]float64 {
	largest := max(math.Abs(a[0]), math.Abs(a[1]), math.Abs(a[2]))
	for k := range a {
		a[k] /= largest
	}
	length := math.Sqrt(dot(a, a))
	for k := range a {
		a[k] /= length
	}
	return a
}

// place is a pair of samples: that at column and row, and the next one to the
// right (axis 0) or down (axis 1).
type place struct{ column, row, axis int }

// pixel returns the pixel that a point of the way between the samples is in.
func (t *Tracer) pixel(p place, at float64) int32 {
	if at >= 0.5 {
		if p.axis == 0 {
			p.column++
		} else {
			p.row++
		}
	}
	s := t.supersample
	return int32(p.row/s*(t.samples/s) + p.column/s)
}
