package mesh

import (
	"encoding/json"
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
	exact    centring
	pictures images
	// materials maps the document's materials that are used to Mesh.Materials;
	// the second of each is for faces with colours.
	materials map[dressed]int32
	// nodes are the transforms of all nodes in the scene, found before drawing.
	nodes map[int]transform
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

// identity is the transform that changes nothing.
var identity = transform{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}

// scene reads the visible nodes of the scene, each with its children once: glTF's
// nodes form trees.
func (g *gltfReader) scene() error {
	roots, err := g.roots()
	if err != nil {
		return err
	}
	var order []int
	if order, err = g.place(roots); err != nil {
		return err
	}
	for _, i := range order {
		node := g.document.Nodes[i]
		if node.Mesh == nil {
			continue
		}
		for _, at := range g.copies(node, i) {
			if err := g.instance(node, at); err != nil {
				return fmt.Errorf("node %d: %w", i, err)
			}
		}
	}
	return nil
}

// place finds the transforms of the nodes below some, and returns the visible ones
// in order.
func (g *gltfReader) place(roots []int) (order []int, err error) {
	type entry struct {
		placed
		hidden bool
	}
	var left []entry
	for _, root := range slices.Backward(roots) {
		left = append(left, entry{placed{root, identity}, false})
	}
	g.nodes = map[int]transform{}
	for len(left) > 0 {
		next := left[len(left)-1]
		left = left[:len(left)-1]
		if next.node < 0 || next.node >= len(g.document.Nodes) || g.document.Nodes[next.node] == nil {
			return nil, fmt.Errorf("no node %d", next.node)
		}
		if _, seen := g.nodes[next.node]; seen {
			return nil, fmt.Errorf("node %d is in the scene more than once, but nodes must form trees", next.node)
		}
		node := g.document.Nodes[next.node]
		at := next.at.times(local(node))
		g.nodes[next.node] = at
		hidden := next.hidden || isHidden(node)
		if !hidden {
			order = append(order, next.node)
		}
		for _, child := range slices.Backward(node.Children) {
			left = append(left, entry{placed{child, at}, hidden})
		}
	}
	return order, nil
}

// isHidden reports whether KHR_node_visibility hides a node.
func isHidden(node *gltf.Node) bool {
	visibility := struct{ Visible *bool }{}
	return extension(node.Extensions, "KHR_node_visibility", &visibility) && visibility.Visible != nil && !*visibility.Visible
}

// extension reads an extension that the library does not know, and reports whether
// it is there.
func extension(all gltf.Extensions, name string, to any) bool {
	raw, ok := all[name].(json.RawMessage)
	return ok && json.Unmarshal(raw, to) == nil
}

// copies returns the transforms of a node's mesh: its own or, with
// EXT_mesh_gpu_instancing, one for each instance.
func (g *gltfReader) copies(node *gltf.Node, index int) []transform {
	own := g.nodes[index]
	var instancing struct{ Attributes map[string]int }
	if !extension(node.Extensions, "EXT_mesh_gpu_instancing", &instancing) {
		return []transform{own}
	}
	count := -1
	read := func(name string, components int) []float64 {
		accessor, ok := instancing.Attributes[name]
		if !ok {
			return nil
		}
		values, err := g.numbers(accessor, components)
		if err != nil || count >= 0 && len(values) != count*components {
			g.warn.add("%s: the %s of instances of node %d cannot be read: it is ignored.", g.path, name, index)
			return nil
		}
		count = len(values) / components
		return values
	}
	translations, rotations, scales := read("TRANSLATION", 3), read("ROTATION", 4), read("SCALE", 3)
	if count < 0 {
		return []transform{own}
	}
	all := make([]transform, 0, min(count, 1<<16))
	for i := range count {
		if g.work += primitiveWork; g.work > maxElements {
			break // instance reports it
		}
		translation, rotation, scale := [3]float64{}, [4]float64{0, 0, 0, 1}, [3]float64{1, 1, 1}
		if translations != nil {
			translation = [3]float64(translations[3*i:])
		}
		if rotations != nil {
			rotation = [4]float64(rotations[4*i:])
		}
		if scales != nil {
			scale = [3]float64(scales[3*i:])
		}
		all = append(all, own.times(fromParts(translation, rotation, scale)))
	}
	return all
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
	return fromParts(node.Translation, node.RotationOrDefault(), node.ScaleOrDefault())
}

// fromParts returns the transform that scales, then rotates by a quaternion, then
// moves.
func fromParts(translation [3]float64, q [4]float64, scale [3]float64) (t transform) {
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
		t[row][3] = translation[row]
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

func (a *transform) point(p []float64) (q [3]float64) {
	for row := range q {
		q[row] = a[row][0]*p[0] + a[row][1]*p[1] + a[row][2]*p[2] + a[row][3]
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
