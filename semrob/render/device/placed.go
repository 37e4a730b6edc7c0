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
)

// first is the backend's device that everything runs on.
const first = compute.DeviceNum(0)

// ErrNeedsXLA is wrapped by the errors for GoMLX's backend in pure Go, which cannot
// run the rasteriser's loop.
var ErrNeedsXLA = errors.New("the rasteriser needs XLA, but the backend is pure Go: use the host's rasteriser, or install XLA with `semrob setup`")

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
	vertices, faces int
	buffers         [2]compute.Buffer // positions, faces
}

// Place copies the mesh that a renderer draws to the backend's device. The backend
// must be XLA, or the error wraps ErrNeedsXLA.
func Place(r *render.Renderer, backend compute.Backend) (*Placed, error) {
	if backend.String() == gobackend.BackendName {
		return nil, fmt.Errorf("rasterising %q on the device: %w", r.Mesh().Name, ErrNeedsXLA)
	}
	m, o := r.Mesh(), r.Options()
	p := &Placed{samples: o.Size * o.Supersample, vertices: len(m.Vertices), faces: len(m.Faces)}
	positions, faces := make([]float32, 0, 3*len(m.Vertices)), make([]int32, 0, 3*len(m.Faces))
	for _, v := range m.Vertices {
		positions = append(positions, v[:]...)
	}
	for _, f := range m.Faces {
		faces = append(faces, f[:]...)
	}
	for i, values := range []any{positions, faces} {
		var err error
		if p.buffers[i], err = backend.BufferFromFlatData(first, values, p.shape(i)); err != nil {
			return nil, errors.Join(fmt.Errorf("copying the mesh %q to the device: %w", m.Name, err), p.Finalize())
		}
	}
	return p, nil
}

// shape returns the shape of buffer i.
func (p *Placed) shape(i int) shapes.Shape {
	if i == 0 {
		return shapes.Make(dtypes.Float32, p.vertices, 3)
	}
	return shapes.Make(dtypes.Int32, p.faces, 3)
}

// parameter returns the name of buffer i in a graph, unique to the mesh.
func (p *Placed) parameter(i int) string {
	return fmt.Sprintf("rasterised mesh %p %s", p, [...]string{"positions", "faces"}[i])
}

// node returns buffer i in a graph.
func (p *Placed) node(g *graph.Graph, i int) *graph.Node {
	if node := g.GetParameterByName(p.parameter(i)); node != nil {
		return node
	}
	return graph.Parameter(g, p.parameter(i), p.shape(i))
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
	c := newCamera(parameters, p.samples)
	plan := newPlan(parameters.Shape().Dimensions[0], p.samples, p.faces)
	triangles := c.triangles(p.node(g, 0), p.node(g, 1))
	copies, inverseDepth = unkey(plan.picture(plan.cover(triangles)))
	return graph.StopGradient(copies), graph.StopGradient(inverseDepth)
}

// Feed passes the mesh to a graph with Visibility: give it to
// Exec.SetSideParamsHook.
func (p *Placed) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	for i, buffer := range p.buffers {
		node := g.GetParameterByName(p.parameter(i))
		switch {
		case buffer == nil:
			return fmt.Errorf("the mesh on the device was released: place it again")
		case node == nil:
			return fmt.Errorf("the rasterised mesh is not in the graph %s", g.Name())
		}
		handle := node.GetParameterHandle()
		inputs[handle], donate[handle] = buffer, false
	}
	return nil
}

// Finalize releases the mesh on the device. Graphs that use it can no longer run.
func (p *Placed) Finalize() error {
	var failures []error
	for i, buffer := range p.buffers {
		if buffer != nil {
			failures = append(failures, buffer.Finalize())
		}
		p.buffers[i] = nil
	}
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("releasing a mesh on the device: %w", err)
	}
	return nil
}
