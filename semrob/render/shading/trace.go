package shading

import (
	"fmt"
	"image"
	"sync"

	"github.com/semrob/gonb-semrob/internal/vec3"
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
	faces, size          int32     // size is that of the picture, in pixels
	share                float32   // of a sample in its pixel
	pixelOf              []int32   // the column, or row, of pixels that one of samples is in
	seen                 sync.Pool // of *viewed
}

// NewTracer returns a tracer for views of a renderer.
func NewTracer(r *render.Renderer) *Tracer {
	o := r.Options()
	columns := newColumns(r.Surface())
	t := &Tracer{
		topology: newTopology(r.Mesh()), host: r, normals: r.Surface().Normals, materials: r.Surface().FaceColours, interpolated: columns.interpolated(),
		samples: o.Size * o.Supersample, supersample: o.Supersample,
		faces: int32(len(r.Mesh().Faces)), size: int32(o.Size), share: 1 / float32(o.Supersample*o.Supersample),
	}
	for i := range t.samples {
		t.pixelOf = append(t.pixelOf, int32(i/o.Supersample))
	}
	return t
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

// place is where an edge is seen between two samples.
type place struct {
	pixel int32
	// x and y are where it is in the picture, in samples from the middle, and
	// perDepth is 1/z there.
	x, y, perDepth float64
	// right, down and jump are as in Edges.
	right, down float64
	jump        [3]float32
}

// add appends a place that is seen from an eye.
func (e *Edges) add(p *place, from *eye) {
	point := from.point(p.x, p.y, 1/p.perDepth)
	e.Pixels = append(e.Pixels, p.pixel)
	values := [edgeColumns]float32{
		float32(point[0]), float32(point[1]), float32(point[2]), float32(p.right), float32(p.down), p.jump[0], p.jump[1], p.jump[2],
	}
	for i, column := range e.columns() {
		*column = append(*column, values[i])
	}
}

// viewed is a mesh seen in a scene.
type viewed struct {
	*Tracer
	eye
	places [][3]float64 // of the corners, in the picture
	points *render.Points
	// changing says that the colour of a copy changes from place to place, and
	// behind that what is behind the object does.
	changing, behind bool
	// What is found goes to out, or, where that is nil, with the pixels' adjoints
	// to moments.
	out      *Edges
	adjoints []float32
	moments  moments

	between between
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
	if err := t.check(copies); err != nil {
		return err
	}
	out.reset()
	v := t.see(scene)
	defer t.seen.Put(v)
	v.out = out
	v.scan(copies, t.all())
	v.out = nil
	return nil
}

// check reports what is not the visibility of one view.
func (t *Tracer) check(copies []int32) error {
	if n := t.samples; len(copies) != n*n {
		return fmt.Errorf("tracing edges: visibility of %d samples, want %d×%d", len(copies), n, n)
	}
	return nil
}

// all is the rectangle of all samples.
func (t *Tracer) all() image.Rectangle { return image.Rect(0, 0, t.samples, t.samples) }

// pull returns what the adjoints of a picture make of its edges, which are not
// kept. Samples show nothing outside of within.
func (t *Tracer) pull(scene *render.Scene, copies []int32, within image.Rectangle, adjoints []float32) moments {
	v := t.see(scene)
	defer t.seen.Put(v)
	v.adjoints, v.moments = adjoints, moments{}
	v.scan(copies, within)
	v.adjoints = nil
	return v.moments
}

// scan looks for pairs of neighbouring samples that show different copies.
func (v *viewed) scan(copies []int32, within image.Rectangle) {
	// A sample is paired with the next ones, so that those before the rectangle
	// have pairs across its sides.
	n := v.samples
	x0, x1 := max(0, within.Min.X-1), within.Max.X
	for row := max(0, within.Min.Y-1); row < within.Max.Y; row++ {
		here := copies[row*n+x0 : row*n+x1]
		below := here
		if row+1 < n {
			below = copies[(row+1)*n+x0:][:len(here)]
		}
		v.between.atRow(row)
		if x1 == n && len(here) > 0 { // the last sample has none to its right
			last := len(here) - 1
			if here[last] != below[last] {
				v.between.pair(n-1, 1, here[last], below[last])
			}
			here, below = here[:last], below[:last]
		}
		v.scanRow(x0, here, copies[row*n+x0+1:][:len(here)], below)
	}
}

// scanRow looks at the samples of a row from a column on, and at those to their
// right and below them.
func (v *viewed) scanRow(column int, here, right, below []int32) {
	right, below = right[:len(here)], below[:len(here)]
	for i, c := range here {
		r, d := right[i], below[i]
		if c == r && c == d {
			continue
		}
		if c != r {
			v.between.pair(column+i, 0, c, r)
		}
		if c != d {
			v.between.pair(column+i, 1, c, d)
		}
	}
}

// see places the mesh before the eye.
func (t *Tracer) see(scene *render.Scene) *viewed {
	v, _ := t.seen.Get().(*viewed)
	if v == nil {
		v = &viewed{Tracer: t, places: make([][3]float64, len(t.positions))}
		v.between.viewed, v.between.step = v, 1
	}
	v.eye, v.points = newEye(scene, t.samples), t.host.Points(scene)
	v.colours.forget()
	v.faced.forget()
	v.changing = t.interpolated
	v.behind = scene.Backdrop != nil
	for i := range t.positions {
		v.places[i] = v.turned(vec3.Sub(t.positions[i], v.position))
	}
	return v
}
