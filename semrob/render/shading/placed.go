package shading

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// device is the backend's device that everything runs on.
const device = compute.DeviceNum(0)

// Placed is the shading data of a mesh on a backend's device, for use in any
// computation graph, such as a rendered picture followed by a network. The data
// are parameters of the graph, not constants.
//
//	placed, err := shading.Place(renderer, backend)
//	exec, err := graph.NewExec(backend, func(parameters, copies *graph.Node) *graph.Node {
//		return placed.Pictures(shading.Inputs{Parameters: parameters, Copies: copies})
//	})
//	exec.SetSideParamsHook(placed.Feed)
type Placed struct {
	size, supersample int
	faces             int
	columns           columns
	mostLevels        int // of a texture
	tables            []table
}

// table is an array on the device.
type table struct {
	name   string
	shape  shapes.Shape
	buffer compute.Buffer
}

// Place copies the shading data of a renderer's mesh to the backend's device: a row
// of at most 32 values for each face, and all levels of the textures.
func Place(r *render.Renderer, backend compute.Backend) (*Placed, error) {
	options := r.Options()
	p := &Placed{size: options.Size, supersample: options.Supersample, faces: len(r.Mesh().Faces)}
	columns, faces := newFaces(r)
	p.columns = columns
	type given struct {
		name   string
		values any
		shape  shapes.Shape
	}
	all := []given{{"faces", faces, shapes.Make(dtypes.Float32, 1+p.faces, columns.width)}}
	if columns.texture >= 0 {
		t := newTextures(r.Surface().Textures)
		p.mostLevels = t.most
		all = append(all,
			given{"textures", t.each, shapes.Make(dtypes.Int32, len(t.each)/4, 4)},
			given{"texture levels", t.levels, shapes.Make(dtypes.Int32, len(t.levels)/3, 3)},
			given{"texels", t.texels, shapes.Make(dtypes.Uint8, len(t.texels)/3, 3)})
	}
	for _, g := range all {
		buffer, err := backend.BufferFromFlatData(device, g.values, g.shape)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("copying the mesh %q to the device: %s: %w", r.Mesh().Name, g.name, err), p.Finalize())
		}
		p.tables = append(p.tables, table{g.name, g.shape, buffer})
	}
	return p, nil
}

// Finalize releases the data on the device. Graphs that use it can no longer run.
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

// Feed passes the data to a graph with Pictures: give it to Exec.SetSideParamsHook.
func (p *Placed) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	if p.tables == nil {
		return fmt.Errorf("the mesh on the device was released: place it again")
	}
	for i, t := range p.tables {
		node := g.GetParameterByName(p.parameter(i))
		if node == nil {
			return fmt.Errorf("the mesh is not in the graph %s", g.Name())
		}
		handle := node.GetParameterHandle()
		inputs[handle], donate[handle] = t.buffer, false
	}
	return nil
}

// parameter returns the name of table i in a graph, unique to the mesh.
func (p *Placed) parameter(i int) string { return fmt.Sprintf("mesh %p %s", p, p.tables[i].name) }

// node returns table i in a graph.
func (p *Placed) node(g *graph.Graph, i int) *graph.Node {
	if node := g.GetParameterByName(p.parameter(i)); node != nil {
		return node
	}
	return graph.Parameter(g, p.parameter(i), p.tables[i].shape)
}

// The indices of tables.
const facesTable, texturesTable, levelsTable, texelsTable = 0, 1, 2, 3
