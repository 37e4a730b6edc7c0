package shading

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// device is where everything runs: the first of the backend.
const device = compute.DeviceNum(0)

// Placed is a mesh whose shading lies on a backend's device, for use as a part
// of any computation graph, such as a rendered picture followed by a network.
// What belongs to the mesh are parameters of the graph, not constants in it.
//
//	placed, err := shading.Place(renderer, backend)
//	exec, err := graph.NewExec(backend, func(parameters, copies *graph.Node) *graph.Node {
//		return placed.Pictures(shading.Inputs{Parameters: parameters, Copies: copies})
//	})
//	exec.SetSideParamsHook(placed.Feed)
type Placed struct {
	size, supersample int
	tables            []table
}

// table is something that is known of every copy of a face: [1+2F] float32,
// first that of the background.
type table struct {
	name   string
	length int
	buffer compute.Buffer
}

// Place copies what shading needs of a renderer's mesh to the backend's
// device.
func Place(r *render.Renderer, backend compute.Backend) (*Placed, error) {
	options := r.Options()
	p := &Placed{size: options.Size, supersample: options.Supersample}
	for k, values := range copyNormals(r) {
		name := "normal " + "xyz"[k:k+1]
		buffer, err := backend.BufferFromFlatData(device, values, shapes.Make(dtypes.Float32, len(values)))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("copying the mesh %q to the device: %s: %w", r.Mesh().Name, name, err), p.Finalize())
		}
		p.tables = append(p.tables, table{name, len(values), buffer})
	}
	return p, nil
}

// copyNormals returns the unit normals of the copies of all faces, x, y and z
// apart, [1+2F] each: none, which is 0, for the background, then those of the
// faces, normalize((v0−v1)×(v2−v1)) with the length taken as at least 1e-5,
// then their negatives, which are those of the reversed copies.
func copyNormals(r *render.Renderer) [3][]float32 {
	m := r.Mesh()
	n := len(m.Faces)
	var tables [3][]float32
	for k := range tables {
		tables[k] = make([]float32, 1+2*n)
	}
	for f, face := range m.Faces {
		var v [3][3]float64
		for c, i := range face {
			for k := range 3 {
				v[c][k] = float64(m.Vertices[i][k])
			}
		}
		normal := cross(minus(v[0], v[1]), minus(v[2], v[1]))
		length := max(math.Sqrt(dot(normal, normal)), 1e-5)
		for k := range tables {
			tables[k][1+f] = float32(normal[k] / length)
			tables[k][1+n+f] = -tables[k][1+f]
		}
	}
	return tables
}

// Finalize releases what lies on the device. Graphs that use it can no longer
// run.
func (p *Placed) Finalize() error {
	var failures []error
	for _, t := range p.tables {
		failures = append(failures, t.buffer.Finalize())
	}
	p.tables = nil
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("releasing a mesh on the device: %w", err)
	}
	return nil
}

// Feed gives the mesh to a graph that Pictures was added to: pass it to
// Exec.SetSideParamsHook.
func (p *Placed) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	if p.tables == nil {
		return fmt.Errorf("the mesh on the device was released: place it again")
	}
	for i, t := range p.tables {
		node := g.GetParameterByName(p.parameter(i))
		if node == nil {
			return fmt.Errorf("the mesh is not a part of the graph %s", g.Name())
		}
		handle := node.GetParameterHandle()
		inputs[handle], donate[handle] = t.buffer, false
	}
	return nil
}

// parameter names table i in a graph; two meshes in one graph must not share
// it.
func (p *Placed) parameter(i int) string { return fmt.Sprintf("mesh %p %s", p, p.tables[i].name) }

// node returns table i in a graph, [1+2F].
func (p *Placed) node(g *graph.Graph, i int) *graph.Node {
	if node := g.GetParameterByName(p.parameter(i)); node != nil {
		return node
	}
	return graph.Parameter(g, p.parameter(i), shapes.Make(dtypes.Float32, p.tables[i].length))
}
