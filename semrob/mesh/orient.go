package mesh

// oriented returns the faces with consistent windings: an edge shared by exactly
// two faces runs in opposite directions in them. Each connected part takes the
// winding of most of its faces. On one-sided surfaces, such as a Möbius strip, and
// across edges of more than two faces, windings may stay inconsistent. place is
// the lowest index of a vertex at the same position.
func oriented(faces [][3]int32, place []int32) [][3]int32 {
	neighbours := facesAtEdges(faces, place)
	result := make([][3]int32, len(faces))
	copy(result, faces)
	const unseen, kept, turned = 0, 1, 2
	state := make([]uint8, len(faces))
	var part []int32
	for start := range faces {
		if state[start] != unseen {
			continue
		}
		part = append(part[:0], int32(start))
		state[start] = kept
		turns := 0
		for next := 0; next < len(part); next++ {
			f := part[next]
			for k := range 3 {
				e, along := edgeOf(faces[f], k, place)
				pair := neighbours[e]
				if pair.count != 2 {
					continue
				}
				other, otherAlong := pair.faces[0], pair.along[0]
				if other == f {
					other, otherAlong = pair.faces[1], pair.along[1]
				}
				if state[other] != unseen {
					continue
				}
				state[other] = state[f]
				if along == otherAlong { // same direction in both: one is wrong
					state[other] = kept + turned - state[f]
				}
				if state[other] == turned {
					turns++
				}
				part = append(part, other)
			}
		}
		wrong := uint8(turned)
		if 2*turns > len(part) {
			wrong = kept
		}
		for _, f := range part {
			if state[f] == wrong {
				result[f][1], result[f][2] = result[f][2], result[f][1]
			}
		}
	}
	return result
}

// edge is a side of a face, its ends in ascending order.
type edge [2]int32

// edgeFaces are the number of faces at an edge, the first two of them, and whether
// the edge runs from its lower to its higher end in those.
type edgeFaces struct {
	count int32
	faces [2]int32
	along [2]bool
}

// edgeOf returns side k of a face and whether it runs upwards.
func edgeOf(face [3]int32, k int, place []int32) (edge, bool) {
	a, b := place[face[k]], place[face[(k+1)%3]]
	if a < b {
		return edge{a, b}, true
	}
	return edge{b, a}, false
}

func facesAtEdges(faces [][3]int32, place []int32) map[edge]edgeFaces {
	all := make(map[edge]edgeFaces, len(faces)*3/2)
	for f, face := range faces {
		for k := range 3 {
			e, along := edgeOf(face, k, place)
			at := all[e]
			if at.count < 2 {
				at.faces[at.count], at.along[at.count] = int32(f), along
			}
			at.count++
			all[e] = at
		}
	}
	return all
}
