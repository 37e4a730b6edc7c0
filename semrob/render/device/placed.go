package device

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/ondevice"
)

// ErrNeedsXLA is wrapped by the errors for GoMLX's backend in pure Go, which cannot
// run the rasteriser's loop.
var ErrNeedsXLA = errors.New("the rasteriser needs XLA, but the backend is pure Go: use the host's rasteriser, or install XLA with `semrob setup`")

// ErrHoles is wrapped by the errors for a mesh with materials that are single-sided
// or have holes: only the host's rasteriser knows about materials. Choose uses it.
var ErrHoles = errors.New("some faces have holes or are invisible from behind: use the host's rasteriser")

// Placed is a mesh on a backend's device, to be rasterised as a part of any
// computation graph, for instance before the shading.
//
//	placed, err := device.Place(renderer, backend)
//	exec, err := graph.NewExec(backend, func(parameters *graph.Node) *graph.Node {
//		copies, _ := placed.Visibility(parameters)
//		return shaded.Pictures(shading.Inputs{Parameters: parameters, Copies: copies})
//	})
//	exec.SetSideParamsHook(placed.Feed) // and that of shaded
type Placed struct {
	samples         int
	convention      render.Convention
	vertices, faces int
	arrays          *ondevice.Arrays // positions, faces
}

// Place copies the mesh that a renderer draws to the backend's device. The backend
// must be XLA, or the error wraps ErrNeedsXLA, and all faces must be drawn whole and
// from both sides, or it wraps ErrHoles.
func Place(r *render.Renderer, backend compute.Backend) (*Placed, error) {
	if backend.String() == gobackend.BackendName {
		return nil, fmt.Errorf("rasterising %q on the device: %w", r.Mesh().Name, ErrNeedsXLA)
	}
	if !r.Surface().Whole() {
		return nil, fmt.Errorf("rasterising %q on the device: %w", r.Mesh().Name, ErrHoles)
	}
	m, o := r.Mesh(), r.Options()
	p := &Placed{samples: o.Size * o.Supersample, convention: o.Camera, vertices: len(m.Vertices), faces: len(m.Faces)}
	if p.faces > mostFaces {
		return nil, fmt.Errorf("the mesh %q has %d faces: rasterising on the device supports at most %d", m.Name, p.faces, mostFaces)
	}
	positions, faces := make([]float32, 0, 3*len(m.Vertices)), make([]int32, 0, 3*len(m.Faces))
	for _, v := range m.Vertices {
		positions = append(positions, v[:]...)
	}
	for _, f := range m.Faces {
		faces = append(faces, f[:]...)
	}
	if err := p.copy(backend, positions, faces); err != nil {
		return nil, fmt.Errorf("placing the mesh %q on the device: %w", m.Name, err)
	}
	return p, nil
}

func (p *Placed) copy(backend compute.Backend, positions []float32, faces []int32) (err error) {
	p.arrays, err = ondevice.Copy(backend,
		ondevice.Array{Name: "vertices", Values: positions, Shape: shapes.Make(dtypes.Float32, p.vertices, 3)},
		ondevice.Array{Name: "faces", Values: faces, Shape: shapes.Make(dtypes.Int32, p.faces, 3)})
	return err
}

// Values appends a row of the semantic parameters of Visibility to values: those of a
// scene, in float64.
func Values(values []float64, scene *render.Scene) []float64 {
	for _, p := range render.Parameters() {
		value, err := scene.Get(p.Name)
		if err != nil {
			panic(err) // the name comes from the table
		}
		values = append(values, value)
	}
	return values
}

// Visibility adds the rasteriser to a graph. The semantic parameters are
// [batch, parameters], one column for each of render.Parameters in their order
// and units; only in float64 are the cameras exactly the host's. The results are
// [batch, T, T], as in render.VisibilityBuffer: copies, int32, and inverse depths,
// float32. They are constants to gradients.
//
// Like GoMLX's own graph functions it panics if the shape is wrong.
func (p *Placed) Visibility(parameters *graph.Node) (copies, inverseDepth *graph.Node) {
	g := parameters.Graph()
	parameters = graph.StopGradient(parameters)
	c := newCamera(parameters, p.samples, p.convention)
	plan := newPlan(parameters.Shape().Dimensions[0], p.samples, p.faces)
	plan.mirrored = p.convention == render.Paper
	triangles := c.triangles(p.arrays.Node(g, 0), p.arrays.Node(g, 1))
	copies, inverseDepth = unkey(plan.picture(plan.cover(triangles)))
	return graph.StopGradient(copies), graph.StopGradient(inverseDepth)
}

// Feed passes the mesh to a graph with Visibility: give it to
// Exec.SetSideParamsHook.
func (p *Placed) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	return p.arrays.Feed(g, inputs, donate)
}

// Finalize releases the mesh on the device. Graphs that use it can no longer run.
func (p *Placed) Finalize() error { return p.arrays.Finalize() }
