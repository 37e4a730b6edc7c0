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
//	Σ background adjoint · background + Σ sample adjoint · colour of sample + Σ camera adjoint · camera
//
// to first order. Where edges are seen depends on the parameters through a few
// values of the camera, so all their adjoints become those of these values.
// Averaging samples is linear, so its adjoint is taken on the host, where all
// samples of a copy that has one colour become one: they are one part then. Where
// colours are interpolated, the samples that show the object are left, in parts
// that the graph takes one after the other. There is one at least, if of no
// sample, since the background and the camera go with it.
type pulled struct {
	background []float32 // [3]
	slots      []int32   // [parts, part]: 1 + the copies, 0 for what is left over
	at         []int32   // [parts, part]: row·T + column, where colours are interpolated
	colours    []float32 // [parts, 3, part]: adjoints of red, green, blue
	camera     []float32 // [cameraValues]: adjoints of what the camera is to edges

	sums    [][3]float32 // [2F], all 0 between two uses
	touched []int32      // the copies whose sums may not be 0
}

// part is how many samples the program of derivatives takes at once: it takes
// long to compile, so there is one of it.
const part = 1 << 13

// pullBack takes the adjoints of a picture, [size, size, 3], back to what is
// visible in it.
func (p *pulled) pullBack(t *Tracer, scene *render.Scene, visible *render.VisibilityBuffer, edges *Edges, adjoints []float32) {
	if t.interpolated {
		p.keep(t, visible.Copies, adjoints)
	} else {
		p.sum(t, visible.Copies, adjoints)
	}
	p.pullEdges(newEye(scene, t.samples), edges, adjoints)
}

// grow returns n zeros, in the memory of values where that is enough.
func grow[T int32 | float32](values []T, n int) []T {
	values = slices.Grow(values[:0], n)[:n]
	clear(values)
	return values
}

// cameraValues is how many values of the camera decide where points are seen:
// its three axes, its shift along each, and its scale.
const cameraValues = 13

// pullEdges takes the adjoints back to the places of edges, and these to the
// camera: a point p is seen at x = scale·X/Z to the right and y = −scale·Y/Z
// down, where X = right·p + shift₀, Y = up·p + shift₁ and Z = forward·p + shift₂.
func (p *pulled) pullEdges(e eye, edges *Edges, adjoints []float32) {
	var axes [3][4]float64 // of X, Y and Z: adjoints of an axis, and of the shift
	var ofScale float64
	scale := 1 / e.perSample
	for i, pixel := range edges.Pixels {
		a := adjoints[3*pixel:][:3]
		weight := float64(a[0]*edges.Red[i] + a[1]*edges.Green[i] + a[2]*edges.Blue[i])
		toRight, down := weight*float64(edges.Right[i]), weight*float64(edges.Down[i])
		point := [4]float64{float64(edges.X[i]), float64(edges.Y[i]), float64(edges.Z[i]), 1}
		from := minus([3]float64(point[:3]), e.position)
		perDepth := 1 / dot(from, e.forward)
		x, y := dot(from, e.right)*perDepth, -dot(from, e.up)*perDepth // over scale
		along := toRight*x + down*y
		ofScale += along
		perDepth *= scale
		for k, of := range [3]float64{toRight * perDepth, -down * perDepth, -along * perDepth} {
			for d, c := range point {
				axes[k][d] += of * c
			}
		}
	}
	p.camera = p.camera[:0]
	for _, axis := range axes {
		for _, sum := range axis {
			p.camera = append(p.camera, float32(sum))
		}
	}
	p.camera = append(p.camera, float32(ofScale))
}

// keep takes the adjoints back to every sample that shows the object.
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
	var background [3]float64 // of very many samples
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

// sum takes the adjoints back to the copies, adding up those of their samples.
func (p *pulled) sum(t *Tracer, copies []int32, adjoints []float32) {
	p.add(t, copies, adjoints)
	n := len(p.touched)
	p.slots, p.colours = grow(p.slots, n), grow(p.colours, 3*n)
	for i, c := range p.touched {
		p.slots[i] = 1 + c
		for k := range 3 {
			p.colours[k*n+i] = p.sums[c][k]
		}
		p.sums[c] = [3]float32{}
	}
}

// add adds up the adjoints of the samples that show each copy, and of those that
// show none.
func (p *pulled) add(t *Tracer, copies []int32, adjoints []float32) {
	if len(p.sums) != 2*len(t.normals) {
		p.sums = make([][3]float32, 2*len(t.normals))
	}
	p.touched = p.touched[:0]
	size, s := t.samples/t.supersample, t.supersample
	share := 1 / float32(s*s)
	var background [3]float64 // of very many samples
	count := func(c int32, samples float32, a *[3]float32) {
		if c < 0 {
			for k := range background {
				background[k] += float64(samples * a[k])
			}
			return
		}
		sum := &p.sums[c]
		if *sum == [3]float32{} {
			p.touched = append(p.touched, c)
		}
		for k := range sum {
			sum[k] += samples * a[k]
		}
	}
	for y := range size {
		for x := range size {
			a := adjoints[3*(y*size+x):][:3]
			shared := [3]float32{a[0] * share, a[1] * share, a[2] * share}
			seen, samples := copies[s*y*t.samples+s*x], 0
			for j := range s {
				for _, c := range copies[(s*y+j)*t.samples+s*x:][:s] {
					if c != seen {
						count(seen, float32(samples), &shared)
						seen, samples = c, 0
					}
					samples++
				}
			}
			count(seen, float32(samples), &shared)
		}
	}
	p.background = grow(p.background, 3)
	for k, sum := range background {
		p.background[k] = float32(sum)
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

// derivatives adds to a graph the derivatives of a part of what was pulled back,
// [1, Width], where colours are interpolated, under so many further lights.
func (p *Placed) derivatives(g *graph.Graph, lights int) *graph.Node {
	parameters := graph.Parameter(g, "parameters", shapes.Make(dtypes.Float32, 1, Width()))
	scene := newParameters(parameters)
	slots := graph.Parameter(g, "slots", shapes.Make(dtypes.Int32, 1, part))
	at := graph.Parameter(g, "at", slots.Shape())
	background := graph.Parameter(g, "background", shapes.Make(dtypes.Float32, 1, 3))
	adjoints := rows(graph.Parameter(g, "colours", shapes.Make(dtypes.Float32, 3, part)))
	ofCamera := graph.Parameter(g, "camera", shapes.Make(dtypes.Float32, 1, cameraValues))
	sum := graph.ReduceAllSum(graph.Mul(ofCamera, newCamera(scene, p.size*p.supersample).values()))
	for k, colour := range p.colours(scene, newLight(scene, furtherLights(g, lights)), slots, at) {
		behind := graph.Mul(graph.SliceAxis(background, 1, graph.AxisRange(k, k+1)), scene.get("background-"+channelNames[k]))
		sum = graph.Add(sum, graph.Add(graph.ReduceAllSum(behind), graph.ReduceAllSum(graph.Mul(adjoints[k], colour))))
	}
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
