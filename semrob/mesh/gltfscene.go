package mesh

import (
	"fmt"
	"math"
	"slices"

	"github.com/qmuntal/gltf"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// gltfReader is the state of turning a glTF document into a mesh.
type gltfReader struct {
	path     string
	document *gltf.Document
	from     *folder
	mesh     *Mesh
	pictures images
	// materials maps the document's materials that are used to Mesh.Materials.
	materials map[int]int32
	// work counts the elements read so far, drawn or not.
	work int
	warn warnings
}

// transform is an affine map: three rows of four.
type transform [3][4]float64

// placed is a node and the transform of its parent.
type placed struct {
	node int
	at   transform
}

// scene reads the nodes of the scene, each with its children once: glTF's nodes
// form trees.
func (g *gltfReader) scene() error {
	roots, err := g.roots()
	if err != nil {
		return err
	}
	var left []placed
	for _, root := range slices.Backward(roots) {
		left = append(left, placed{root, transform{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}})
	}
	seen := make([]bool, len(g.document.Nodes))
	for len(left) > 0 {
		next := left[len(left)-1]
		left = left[:len(left)-1]
		if next.node < 0 || next.node >= len(seen) || g.document.Nodes[next.node] == nil {
			return fmt.Errorf("no node %d", next.node)
		}
		if seen[next.node] {
			return fmt.Errorf("node %d is in the scene more than once, but nodes must form trees", next.node)
		}
		seen[next.node] = true
		node := g.document.Nodes[next.node]
		at := next.at.times(local(node))
		if node.Mesh != nil {
			if node.Skin != nil {
				g.warn.add("%s: a skinned mesh is drawn as modelled, not posed.", g.path)
			}
			if err := g.instance(*node.Mesh, at); err != nil {
				return fmt.Errorf("node %d: %w", next.node, err)
			}
		}
		for _, child := range slices.Backward(node.Children) {
			left = append(left, placed{child, at})
		}
	}
	return nil
}

// roots returns the nodes of the document's scene, by default the first. If there
// are no scenes, it returns all nodes that are not children.
func (g *gltfReader) roots() ([]int, error) {
	scene := 0
	if g.document.Scene != nil {
		scene = *g.document.Scene
	}
	if len(g.document.Scenes) > 0 || g.document.Scene != nil {
		if scene < 0 || scene >= len(g.document.Scenes) || g.document.Scenes[scene] == nil {
			return nil, fmt.Errorf("no scene %d", scene)
		}
		return g.document.Scenes[scene].Nodes, nil
	}
	child := make([]bool, len(g.document.Nodes))
	for _, node := range g.document.Nodes {
		for _, c := range node.Children {
			if c >= 0 && c < len(child) {
				child[c] = true
			}
		}
	}
	var roots []int
	for i := range child {
		if !child[i] {
			roots = append(roots, i)
		}
	}
	return roots, nil
}

// local returns the transform of a node relative to its parent.
func local(node *gltf.Node) (t transform) {
	if m := node.MatrixOrDefault(); m != gltf.DefaultMatrix { // column by column
		for row := range t {
			for column := range t[row] {
				t[row][column] = m[4*column+row]
			}
		}
		return t
	}
	q, scale := node.RotationOrDefault(), node.ScaleOrDefault()
	x, y, z, w := q[0], q[1], q[2], q[3]
	if length := math.Sqrt(x*x + y*y + z*z + w*w); length > 0 {
		x, y, z, w = x/length, y/length, z/length, w/length
	}
	rotation := [3][3]float64{
		{1 - 2*(y*y+z*z), 2 * (x*y - z*w), 2 * (x*z + y*w)},
		{2 * (x*y + z*w), 1 - 2*(x*x+z*z), 2 * (y*z - x*w)},
		{2 * (x*z - y*w), 2 * (y*z + x*w), 1 - 2*(x*x+y*y)},
	}
	for row := range t {
		for column := range 3 {
			t[row][column] = rotation[row][column] * scale[column]
		}
		t[row][3] = node.Translation[row]
	}
	return t
}

// times returns the transform that applies b first and then a.
func (a transform) times(b transform) (c transform) {
	for row := range c {
		for column := range c[row] {
			for k := range 3 {
				c[row][column] += a[row][k] * b[k][column]
			}
		}
		c[row][3] += a[row][3]
	}
	return c
}

func (a *transform) point(p []float64) (q [3]float32) {
	for row := range q {
		q[row] = float32(a[row][0]*p[0] + a[row][1]*p[1] + a[row][2]*p[2] + a[row][3])
	}
	return q
}

// cofactors returns the matrix for normals, the transposed inverse times the
// determinant, and the determinant.
func (a *transform) cofactors() (m [3][3]float64, determinant float64) {
	row := func(i int) [3]float64 { return [3]float64{a[i][0], a[i][1], a[i][2]} }
	m = [3][3]float64{vec3.Cross(row(1), row(2)), vec3.Cross(row(2), row(0)), vec3.Cross(row(0), row(1))}
	return m, a[0][0]*m[0][0] + a[0][1]*m[0][1] + a[0][2]*m[0][2]
}
