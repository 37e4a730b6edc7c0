package shading

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/ondevice"
)

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
	convention        render.Convention
	mostLevels        int              // of a texture
	tables            *ondevice.Arrays // see facesTable
}

// Place copies the shading data of a renderer's mesh to the backend's device: a row
// of at most 42 values for each face, and all levels of the textures.
func Place(r *render.Renderer, backend compute.Backend) (*Placed, error) {
	options := r.Options()
	p := &Placed{size: options.Size, supersample: options.Supersample, faces: len(r.Mesh().Faces), convention: options.Camera}
	columns, faces := newFaces(r)
	p.columns = columns
	all := []ondevice.Array{{Name: "faces", Values: faces, Shape: shapes.Make(dtypes.Float32, len(faces)/columns.width, columns.width)}}
	if columns.texCoords >= 0 {
		t := newTextures(r.Surface().Textures)
		p.mostLevels = t.most
		all = append(all,
			ondevice.Array{Name: "textures", Values: t.each, Shape: shapes.Make(dtypes.Int32, len(t.each)/4, 4)},
			ondevice.Array{Name: "texture levels", Values: t.levels, Shape: shapes.Make(dtypes.Int32, len(t.levels)/3, 3)},
			ondevice.Array{Name: "texels", Values: t.texels, Shape: shapes.Make(dtypes.Uint8, len(t.texels)/3, 3)})
	}
	var err error
	if p.tables, err = ondevice.Copy(backend, all...); err != nil {
		return nil, fmt.Errorf("placing the mesh %q on the device: %w", r.Mesh().Name, err)
	}
	return p, nil
}

// Finalize releases the data on the device. Graphs that use it can no longer run.
func (p *Placed) Finalize() error { return p.tables.Finalize() }

// Feed passes the data to a graph with Pictures: give it to Exec.SetSideParamsHook.
func (p *Placed) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	return p.tables.Feed(g, inputs, donate)
}

// The indices of tables.
const facesTable, texturesTable, levelsTable, texelsTable = 0, 1, 2, 3
