package mesh

import (
	"fmt"

	"github.com/qmuntal/gltf"
)

// stored reports whether the elements of an accessor are in the file.
func (g *gltfReader) stored(accessor int) bool {
	return accessor < 0 || accessor >= len(g.document.Accessors) || g.document.Accessors[accessor] == nil ||
		g.document.Accessors[accessor].BufferView != nil || g.document.Accessors[accessor].Sparse != nil
}

// morph adds the morph targets of an attribute to its values, with the default
// weights of the node or else the mesh. Targets that cannot be read are ignored.
func (g *gltfReader) morph(p *gltf.Primitive, node *gltf.Node, attribute string, values []float64) {
	weights := node.Weights
	if weights == nil {
		weights = g.document.Meshes[*node.Mesh].Weights
	}
	for i, target := range p.Targets {
		accessor, ok := target[attribute]
		if !ok || i >= len(weights) || weights[i] == 0 {
			continue
		}
		moves, err := g.numbers(accessor, 3)
		if err != nil || len(moves) != len(values) {
			g.warn.add("%s: a morph target that cannot be read is ignored.", g.path)
			continue
		}
		if g.work += len(moves) / 3; g.work > maxElements {
			return // instance reports it for the next primitive
		}
		for k, move := range moves {
			values[k] += weights[i] * move
		}
	}
}

// pose returns a function that returns the transform of a vertex of a primitive: at
// or, for a skin, the weighted mean of the joints' in the bind pose, in which the
// node's own transform has no effect.
func (g *gltfReader) pose(p *gltf.Primitive, node *gltf.Node, at *transform, count int) func(vertex int) *transform {
	still := func(int) *transform { return at }
	if node.Skin == nil {
		return still
	}
	joints, err := g.joints(*node.Skin)
	if err != nil {
		g.warn.add("%s: a skinned mesh is drawn as modelled, because its skin cannot be read: %v.", g.path, err)
		return still
	}
	var places, weights [][]float64 // of each set, four for each vertex
	for set := 0; set < 4; set++ {
		place, there := p.Attributes[fmt.Sprintf("JOINTS_%d", set)]
		weight, both := p.Attributes[fmt.Sprintf("WEIGHTS_%d", set)]
		if !there || !both {
			break
		}
		j, err := g.numbers(place, 4)
		w, err2 := g.weights(weight)
		if err != nil || err2 != nil || len(j) != 4*count || len(w) != 4*count {
			g.warn.add("%s: a skinned mesh is drawn as modelled, because its joints or weights cannot be read.", g.path)
			return still
		}
		places, weights = append(places, j), append(weights, w)
	}
	if places == nil {
		return still
	}
	var mean transform
	return func(vertex int) *transform {
		mean = transform{}
		var sum float64
		for set := range places {
			for k := 4 * vertex; k < 4*vertex+4; k++ {
				i, w := places[set][k], weights[set][k]
				if !(w > 0) || !(i >= 0 && i < float64(len(joints))) {
					continue
				}
				sum += w
				joint := &joints[int(i)]
				for row := range mean {
					for column := range mean[row] {
						mean[row][column] += w * joint[row][column]
					}
				}
			}
		}
		if sum == 0 {
			return at
		}
		for row := range mean {
			for column := range mean[row] {
				mean[row][column] /= sum
			}
		}
		return &mean
	}
}

// weights returns weights, which may be normalised integers.
func (g *gltfReader) weights(accessor int) ([]float64, error) {
	if accessor >= 0 && accessor < len(g.document.Accessors) && g.document.Accessors[accessor] != nil {
		if a := g.document.Accessors[accessor]; a.ComponentType != gltf.ComponentFloat {
			a.Normalized = true
		}
	}
	return g.numbers(accessor, 4)
}

// joints returns the transforms of a skin's joints times their inverse bind
// matrices.
func (g *gltfReader) joints(index int) ([]transform, error) {
	if index < 0 || index >= len(g.document.Skins) || g.document.Skins[index] == nil {
		return nil, fmt.Errorf("no skin %d", index)
	}
	skin := g.document.Skins[index]
	var inverse []float64
	if skin.InverseBindMatrices != nil {
		var err error
		if inverse, err = g.numbers(*skin.InverseBindMatrices, 16); err != nil {
			return nil, err
		}
		if len(inverse) < 16*len(skin.Joints) {
			return nil, fmt.Errorf("%d matrices for %d joints", len(inverse)/16, len(skin.Joints))
		}
	}
	if g.work += len(skin.Joints); g.work > maxElements {
		return nil, g.tooMany()
	}
	all := make([]transform, len(skin.Joints))
	for i, joint := range skin.Joints {
		at, known := g.nodes[joint]
		if !known {
			return nil, fmt.Errorf("joint %d is not in the scene", joint)
		}
		bind := identity
		if inverse != nil { // column by column
			for row := range bind {
				for column := range bind[row] {
					bind[row][column] = inverse[16*i+4*column+row]
				}
			}
		}
		all[i] = at.times(bind)
	}
	return all, nil
}
