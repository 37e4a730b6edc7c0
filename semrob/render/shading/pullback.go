package shading

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// pulled is a function of a picture, given by its derivatives in the pixels,
// pulled back to what the semantic parameters decide: it is
//
//	Σ background adjoint · background + Σ copy adjoint · colour of copy + Σ edge adjoint · place of edge
//
// to first order. Averaging samples is linear, so its adjoint is taken on the
// host, where many samples of one colour become one: the graph that is left is
// small.
type pulled struct {
	background []float32 // [3]
	copies     []float32 // [6, room]: normals x y z, adjoints red green blue
	edges      []float32 // [5, room]: points x y z, adjoints right, down

	sums    [][3]float32 // [1+2F], all 0 between two uses
	touched []int32      // the indices of sums that may not be 0
}

// copyColumns and pulledEdgeColumns are the first axes of pulled.
const copyColumns, pulledEdgeColumns = 6, 5

// pullBack takes the adjoints of a picture, [size, size, 3], back to what is
// visible in it.
func (p *pulled) pullBack(t *Tracer, visible *render.VisibilityBuffer, edges *Edges, adjoints []float32) {
	p.sum(t, visible.Copies, adjoints)
	p.background = append(p.background[:0], p.sums[0][:]...)
	p.sums[0] = [3]float32{}

	n := room(len(p.touched))
	p.copies = slices.Grow(p.copies[:0], copyColumns*n)[:copyColumns*n]
	clear(p.copies)
	for i, slot := range p.touched {
		for k := range 3 {
			p.copies[k*n+i] = t.normals[k][slot]
			p.copies[(3+k)*n+i] = p.sums[slot][k]
		}
		p.sums[slot] = [3]float32{}
	}

	n = room(edges.Len())
	p.edges = slices.Grow(p.edges[:0], pulledEdgeColumns*n)[:pulledEdgeColumns*n]
	clear(p.edges)
	copy(p.edges, edges.X)
	copy(p.edges[n:], edges.Y)
	copy(p.edges[2*n:], edges.Z)
	for i, pixel := range edges.Pixels {
		a := adjoints[3*pixel:][:3]
		weight := a[0]*edges.Red[i] + a[1]*edges.Green[i] + a[2]*edges.Blue[i]
		p.edges[3*n+i] = weight * edges.Right[i]
		p.edges[4*n+i] = weight * edges.Down[i]
	}
}

// sum adds up the adjoints of the samples that show each copy.
func (p *pulled) sum(t *Tracer, copies []int32, adjoints []float32) {
	if len(p.sums) != len(t.normals[0]) {
		p.sums = make([][3]float32, len(t.normals[0]))
	}
	p.touched = p.touched[:0]
	size, s := t.samples/t.supersample, t.supersample
	share := 1 / float32(s*s)
	for y := range size {
		for x := range size {
			a := adjoints[3*(y*size+x):][:3]
			red, green, blue := a[0]*share, a[1]*share, a[2]*share
			for j := range s {
				for _, c := range copies[(s*y+j)*t.samples+s*x:][:s] {
					sum := &p.sums[1+c]
					if *sum == [3]float32{} && c >= 0 {
						p.touched = append(p.touched, 1+c)
					}
					sum[0] += red
					sum[1] += green
					sum[2] += blue
				}
			}
		}
	}
	// A sum that was 0 on the way was counted twice.
	slices.Sort(p.touched)
	p.touched = slices.Compact(p.touched)
}

// room returns a length that n fits into. There are few of them, so that few
// programs are compiled.
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

// derivatives adds the derivatives of what was pulled back, [1, Width], to a
// graph for copies and edges that many.
func (p *Placed) derivatives(g *graph.Graph, copies, edges int) *graph.Node {
	parameters := graph.Parameter(g, "parameters", shapes.Make(dtypes.Float32, 1, Width()))
	scene := newParameters(parameters)
	var sum *graph.Node
	add := func(a, b *graph.Node) { sum = plus(sum, graph.ReduceAllSum(graph.Mul(a, b))) }

	background := graph.Parameter(g, "background", shapes.Make(dtypes.Float32, 1, 3))
	given := rows(graph.Parameter(g, "copies", shapes.Make(dtypes.Float32, copyColumns, copies)))
	light := newLight(scene).on([3]*graph.Node{given[0], given[1], given[2]})
	for k, channel := range channelNames {
		add(graph.SliceAxis(background, 1, graph.AxisRange(k, k+1)), scene.get("background-"+channel))
		add(given[3+k], reflected(scene, channel, light))
	}

	moving := rows(graph.Parameter(g, "edges", shapes.Make(dtypes.Float32, pulledEdgeColumns, edges)))
	c := newCamera(scene, p.size*p.supersample)
	right, down := c.project([3]*graph.Node{moving[0], moving[1], moving[2]})
	add(moving[3], right)
	add(moving[4], down)
	return graph.Gradient(sum, parameters)[0]
}

// rows returns the rows of a node [m, n], [1, n] each.
func rows(x *graph.Node) []*graph.Node {
	all := make([]*graph.Node, x.Shape().Dimensions[0])
	for i := range all {
		all[i] = graph.SliceAxis(x, 0, graph.AxisRange(i, i+1))
	}
	return all
}
