package shading

import (
	"image"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// pulled is a function of a picture, given by its derivatives with respect to the
// pixels, pulled back to colours and the camera. To first order it is
//
//	Σ background adjoint · background + Σ sample adjoint · colour of sample + Σ camera adjoint · camera
//
// Edges depend on the parameters through a few values of the camera, so all their
// adjoints are reduced to those of these values. Averaging samples is linear, so
// its adjoint is computed on the host. If each copy has one colour, its samples are
// added up, and there is one part. If colours are interpolated, the samples that
// show the object are kept, in parts for the graph. There is at least one part,
// even without samples, as the background and the camera go with the first.
type pulled struct {
	background []float32 // [3]
	slots      []int32   // [parts, part]: 1 + the copies, 0 for padding
	at         []int32   // [parts, part]: row·T + column, if colours are interpolated
	colours    []float32 // [parts, 3, part]: adjoints of red, green, blue
	camera     []float32 // [cameraValues]: adjoints of the camera, by edges

	tally tally
}

// part is the number of samples per execution of the program for derivatives. Its
// compilation is slow, so there is only one size.
const part = 1 << 13

// pullBack pulls back the adjoints of a picture, [size, size, 3], given the
// visibility of its one view.
func (p *pulled) pullBack(t *Tracer, scene *render.Scene, visible *render.VisibilityBuffer, adjoints []float32) error {
	if err := t.check(visible.Copies); err != nil {
		return err
	}
	within := t.all()
	if len(visible.Bounds) > 0 {
		within = within.Intersect(visible.Bounds[0])
	}
	if t.interpolated {
		p.keep(t, visible.Copies, adjoints)
	} else {
		p.sum(t, visible.Copies, within, adjoints)
	}
	edges := t.pull(scene, visible.Copies, within, adjoints)
	e := newEye(scene, t.samples, t.convention)
	p.camera = edges.camera(p.camera[:0], &e)
	return nil
}

// grow returns n zeros, in the memory of values if that is enough.
func grow[T int32 | float32](values []T, n int) []T {
	values = slices.Grow(values[:0], n)[:n]
	clear(values)
	return values
}

// keep pulls the adjoints back to each sample that shows the object.
func (p *pulled) keep(t *Tracer, copies []int32, adjoints []float32) {
	covered := 0
	for _, c := range copies {
		if c >= 0 {
			covered++
		}
	}
	n := part * max(1, (covered+part-1)/part)
	p.background, p.slots, p.at, p.colours = grow(p.background, 3), grow(p.slots, n), grow(p.at, n), grow(p.colours, 3*n)
	s := t.supersample
	size, share, i := t.samples/s, 1/float32(s*s), 0
	var background [3]float64 // float64, as there are many samples
	for at, c := range copies {
		pixel := at/t.samples/s*size + at%t.samples/s
		a := adjoints[3*pixel:][:3]
		if c < 0 {
			for k := range 3 {
				background[k] += float64(a[k] * share)
			}
			continue
		}
		p.slots[i], p.at[i] = 1+c, int32(at)
		for k := range 3 {
			p.colours[(3*(i/part)+k)*part+i%part] = a[k] * share
		}
		i++
	}
	for k, sum := range background {
		p.background[k] = float32(sum)
	}
}

// sum pulls the adjoints back to copies, adding up those of their samples.
func (p *pulled) sum(t *Tracer, copies []int32, within image.Rectangle, adjoints []float32) {
	p.tally.count(t, copies, within, adjoints)
	n := len(p.tally.seen)
	p.slots, p.colours, p.background = grow(p.slots, n), grow(p.colours, 3*n), grow(p.background, 3)
	for i, c := range p.tally.seen {
		p.slots[i] = 1 + c
		for k, sum := range p.tally.take(c) {
			p.colours[k*n+i] = sum
		}
	}
	for k, sum := range p.tally.background {
		p.background[k] = float32(sum * float64(t.share))
	}
}

// room returns a length of at least n, one of few, so that few programs are
// compiled.
func room(n int) int {
	r := 4096
	for r < n {
		if r += r / 2; r >= n {
			break
		}
		r += r / 3
	}
	return r
}

// derivatives adds the derivatives of a part of a pulled-back function, [1, Width],
// to a graph, for interpolated colours and a number of further lights.
func (p *Placed) derivatives(g *graph.Graph, lights int) *graph.Node {
	parameters := graph.Parameter(g, "parameters", shapes.Make(dtypes.Float32, 1, Width()))
	scene := graphscene.NewParameters(parameters)
	slots := graph.Parameter(g, "slots", shapes.Make(dtypes.Int32, 1, part))
	at := graph.Parameter(g, "at", slots.Shape())
	background := graph.Parameter(g, "background", shapes.Make(dtypes.Float32, 1, 3))
	adjoints := rows(graph.Parameter(g, "colours", shapes.Make(dtypes.Float32, 3, part)))
	ofCamera := graph.Parameter(g, "camera", shapes.Make(dtypes.Float32, 1, cameraValues))
	sum := graph.ReduceAllSum(graph.Mul(ofCamera, newCamera(scene, p.size*p.supersample, p.convention).values()))
	for k, colour := range p.colours(scene, newLight(scene, furtherLights(g, lights)), slots, at) {
		behind := graph.Mul(graph.SliceAxis(background, 1, graph.AxisRange(k, k+1)), scene.Get("background-"+channelNames[k]))
		sum = graph.Add(sum, graph.Add(graph.ReduceAllSum(behind), graph.ReduceAllSum(graph.Mul(adjoints[k], colour))))
	}
	return graph.Gradient(sum, parameters)[0]
}

// rows returns the rows of [m, n], each [1, n].
func rows(x *graph.Node) []*graph.Node {
	all := make([]*graph.Node, x.Shape().Dimensions[0])
	for i := range all {
		all[i] = graph.SliceAxis(x, 0, graph.AxisRange(i, i+1))
	}
	return all
}
