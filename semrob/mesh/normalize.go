package mesh

// Normalized returns the mesh moved and scaled as the reference renderer does:
// the smallest coordinate of each axis is subtracted, everything is divided by
// the largest coordinate and doubled, and half of the largest coordinate of
// each axis is subtracted. The longest side of the bounding box is then −1…1
// and the box is centred on the origin. Vertices that no face uses count too.
//
// Source: Kato, Ushiku and Harada, "Neural 3D Mesh Renderer", CVPR 2018; the
// normalisation of its OBJ loader, in float32 as there.
//
// Faces and warnings are copied. If all vertices are at one point, they end up at
// the origin.
func (m *Mesh) Normalized() *Mesh {
	result := m.clone()
	if len(result.Vertices) == 0 {
		return result
	}
	low, high := bounds(result.Vertices)
	var scale float32
	var half [3]float32
	for axis := range low {
		scale = max(scale, high[axis]-low[axis])
	}
	if scale == 0 {
		scale = 1
	}
	for axis := range low {
		half[axis] = (high[axis] - low[axis]) / scale * 2 / 2
	}
	for i := range result.Vertices {
		position := &result.Vertices[i]
		for axis := range position {
			position[axis] = (position[axis]-low[axis])/scale*2 - half[axis]
		}
	}
	return result
}

// bounds returns the smallest and the largest coordinate of each axis.
func bounds(vertices [][3]float32) (low, high [3]float32) {
	low, high = vertices[0], vertices[0]
	for _, position := range vertices {
		for axis, value := range position {
			low[axis] = min(low[axis], value)
			high[axis] = max(high[axis], value)
		}
	}
	return low, high
}
