package shading

import (
	"fmt"
	"image"
	"sync"

	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// Tracer finds the edges between neighbouring samples of a view. It is safe for
// concurrent use.
type Tracer struct {
	*topology
	host                 *render.Renderer
	normals              [][3]float32 // of the faces
	surface              *render.Surface
	interpolated         bool // a copy of a face has more than one colour
	holed                bool // textures have holes
	samples, supersample int
	faces, size          int32 // size is that of the picture, in pixels
	convention           render.Convention
	share                float32   // of a sample in its pixel
	pixelOf              []int32   // the column, or row, of pixels of a column, or row, of samples
	seen                 sync.Pool // of *viewed
}

// NewTracer returns a tracer for views of a renderer.
func NewTracer(r *render.Renderer) *Tracer {
	o := r.Options()
	columns := newColumns(r.Surface())
	t := &Tracer{
		topology: newTopology(r.Mesh()), host: r, normals: r.Surface().Normals, surface: r.Surface(), interpolated: columns.interpolated(), holed: !r.Surface().Whole(),
		samples: o.Size * o.Supersample, convention: o.Camera, supersample: o.Supersample,
		faces: int32(len(r.Mesh().Faces)), size: int32(o.Size), share: 1 / float32(o.Supersample*o.Supersample),
	}
	for i := range t.samples {
		t.pixelOf = append(t.pixelOf, int32(i/o.Supersample))
	}
	return t
}

// Edges are the crossings of a view's edges with the ways between neighbouring
// samples.
//
// When an edge moves, each of its crossings changes a pixel by colour (Red, Green,
// Blue) · (Right, Down) · its movement. The slices have one element for each
// crossing.
type Edges struct {
	// Pixels is the index row·size + column of the pixel.
	Pixels []int32
	// X, Y and Z are the point of the edge, in the mesh's axes.
	X, Y, Z []float32
	// Right and Down are the weights of the point's movement in the picture, in
	// samples to the right and down: the edge's unit normal times its component
	// along the way between the samples. So horizontal and vertical pairs of
	// samples together count an edge once, and movement along the edge does not
	// count.
	Right, Down []float32
	// Red, Green and Blue are the change of the pixel per sample of movement: the
	// colours' difference divided by the number of samples of a pixel.
	Red, Green, Blue []float32
}

// edgeColumns is the number of float32 slices of Edges.
const edgeColumns = 8

// columns lists the float32 slices.
func (e *Edges) columns() [edgeColumns]*[]float32 {
	return [...]*[]float32{&e.X, &e.Y, &e.Z, &e.Right, &e.Down, &e.Red, &e.Green, &e.Blue}
}

// Len returns the number of crossings.
func (e *Edges) Len() int { return len(e.Pixels) }

// Room returns a length for Pack of at least Len, one of few, so that few programs
// are compiled.
func (e *Edges) Room() int { return room(e.Len()) }

// Pack writes a view's part of Inputs.EdgePixels, [room], and Inputs.Edges,
// [8, room], for room ≥ Len. The rest is padded with edges without effect.
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

// place is a crossing of an edge with the way between two samples.
type place struct {
	pixel int32
	// x and y are its position in the picture, in samples from the middle, and
	// perDepth is 1/z.
	x, y, perDepth float64
	// right, down and jump are as in Edges.
	right, down float64
	jump        [3]float32
}

// add appends a place in the picture of an eye.
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

// viewed is a mesh in a scene.
type viewed struct {
	*Tracer
	eye
	places [][3]float64 // of the corners; see eye
	points *render.Points
	// changing is set if the colour of a copy varies, behind if the background's
	// does.
	changing, behind bool
	// Edges go to out or, if that is nil, with the pixels' adjoints to moments.
	out      *Edges
	adjoints []float32
	moments  moments

	between between
	colours colours
	faced   faced
}

// Trace writes the edges of a scene to out, whose memory is reused. copies, [T, T],
// are those of its view in a render.VisibilityBuffer.
//
// Between two samples that show different faces it walks over the mesh from each
// to the other, and finds edges between faces of one surface, which count if their
// colours differ; the edge at which the nearer surface ends; and the line at which
// two surfaces intersect.
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

// check returns an error if copies is not of one view.
func (t *Tracer) check(copies []int32) error {
	if n := t.samples; len(copies) != n*n {
		return fmt.Errorf("tracing edges: visibility of %d samples, want %d×%d", len(copies), n, n)
	}
	return nil
}

// all is the rectangle of all samples.
func (t *Tracer) all() image.Rectangle { return image.Rect(0, 0, t.samples, t.samples) }

// pull returns the moments of a picture's edges, given its adjoints. Samples
// outside within show the background.
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

// scanRow compares the samples of a row from a column on with those to their right
// and below.
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

// see returns the mesh in a scene.
func (t *Tracer) see(scene *render.Scene) *viewed {
	v, _ := t.seen.Get().(*viewed)
	if v == nil {
		v = &viewed{Tracer: t, places: make([][3]float64, len(t.positions))}
		v.between.viewed, v.between.step = v, 1
	}
	v.eye, v.points = newEye(scene, t.samples, t.convention), t.host.Points(scene)
	v.colours.forget()
	v.faced.forget()
	v.changing = t.interpolated
	v.behind = scene.Backdrop != nil
	for i := range t.positions {
		v.places[i] = v.turned(vec3.Sub(t.positions[i], v.position))
	}
	return v
}
