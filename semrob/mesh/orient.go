package mesh

import (
	"cmp"
	"slices"
)

// oriented returns the faces with consistent windings: an edge shared by exactly
// two faces runs in opposite directions in them. Each connected part takes the
// winding of most of its faces. On one-sided surfaces, such as a Möbius strip, and
// across edges of more than two faces, windings may stay inconsistent. place is
// the lowest index of a vertex at the same position.
func oriented(faces [][3]int32, place []int32) [][3]int32 {
	mates := matesOf(faces, place)
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
				mate := mates[3*f+int32(k)]
				if mate < 0 {
					continue
				}
				other := mate / 3
				_, along := edgeOf(faces[f], k, place)
				_, otherAlong := edgeOf(faces[other], int(mate%3), place)
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

// edgeOf returns side k of a face and whether it runs upwards.
func edgeOf(face [3]int32, k int, place []int32) (edge, bool) {
	a, b := place[face[k]], place[face[(k+1)%3]]
	if a < b {
		return edge{a, b}, true
	}
	return edge{b, a}, false
}

// matesOf returns, for side k of face f at 3f+k, the other side at the same edge, as
// 3f+k too, or −1 if the edge has not exactly two sides. Sides are sorted by their
// lower end, then by their higher end: much faster than a map of millions of edges.
func matesOf(faces [][3]int32, place []int32) []int32 {
	starts := make([]int32, len(place)+1) // of the sides with a lower end
	for _, face := range faces {
		for k := range 3 {
			e, _ := edgeOf(face, k, place)
			starts[e[0]+1]++
		}
	}
	for i := range place {
		starts[i+1] += starts[i]
	}
	type side struct{ high, at int32 }
	sides, next := make([]side, 3*len(faces)), slices.Clone(starts)
	for f, face := range faces {
		for k := range 3 {
			e, _ := edgeOf(face, k, place)
			sides[next[e[0]]] = side{e[1], int32(3*f + k)}
			next[e[0]]++
		}
	}
	mates := make([]int32, 3*len(faces))
	for i := range place {
		some := sides[starts[i]:starts[i+1]]
		slices.SortFunc(some, func(a, b side) int { return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.at, b.at)) })
		for len(some) > 0 {
			n := 1
			for n < len(some) && some[n].high == some[0].high {
				n++
			}
			for _, s := range some[:n] {
				mates[s.at] = -1
			}
			if n == 2 {
				mates[some[0].at], mates[some[1].at] = some[1].at, some[0].at
			}
			some = some[n:]
		}
	}
	return mates
}
