package mesh

import "github.com/semrob/gonb-semrob/internal/vec3"

// maxClipped bounds the corners of a polygon that is triangulated by clipping
// ears, which takes time with their square.
const maxClipped = 1 << 12

// triangulated returns the triangles of a polygon as indices of its corners: a fan
// around the first corner, as in the reference, unless that would fold.
func triangulated(corners []vec3.V) [][3]int {
	if clipped := unfolded(corners); clipped != nil {
		return clipped
	}
	fan := make([][3]int, 0, max(0, len(corners)-2))
	for i := 2; i < len(corners); i++ {
		fan = append(fan, [3]int{0, i - 1, i})
	}
	return fan
}

// unfolded returns the triangles of a polygon whose fan around the first corner
// folds, by clipping ears, or nil for others and if it crosses itself.
//
// Source: Meisters, "Polygons have ears", American Mathematical Monthly 82 (1975).
func unfolded(corners []vec3.V) [][3]int {
	n := len(corners)
	if n < 4 || n > maxClipped {
		return nil
	}
	part := func(i int) vec3.V { // twice the area of a triangle of the fan
		return vec3.Cross(vec3.Sub(corners[i-1], corners[0]), vec3.Sub(corners[i], corners[0]))
	}
	normal := vec3.V{}
	for i := 2; i < n; i++ {
		for k, x := range part(i) {
			normal[k] += x
		}
	}
	folds := false
	least := -1e-6 * vec3.Dot(normal, normal)
	for i := 2; i < n && !folds; i++ {
		folds = vec3.Dot(part(i), normal) < least
	}
	if !folds {
		return nil
	}
	return clipEars(corners, normal)
}

// clipEars returns the triangles of a polygon, or nil if it crosses itself.
func clipEars(corners []vec3.V, normal vec3.V) [][3]int {
	left := make([]int, len(corners))
	for i := range left {
		left[i] = i
	}
	// turn is positive for a corner that is convex as seen along the normal.
	turn := func(a, b, c int) float64 {
		return vec3.Dot(vec3.Cross(vec3.Sub(corners[b], corners[a]), vec3.Sub(corners[c], corners[b])), normal)
	}
	isEar := func(i int) bool {
		a, b, c := left[(i+len(left)-1)%len(left)], left[i], left[(i+1)%len(left)]
		if turn(a, b, c) <= 0 {
			return false
		}
		for _, p := range left {
			if p != a && p != b && p != c && corners[p] != corners[a] && corners[p] != corners[b] && corners[p] != corners[c] &&
				turn(a, b, p) >= 0 && turn(b, c, p) >= 0 && turn(c, a, p) >= 0 {
				return false
			}
		}
		return true
	}
	var all [][3]int
	for len(left) > 3 {
		ear := -1
		for i := range left {
			if isEar(i) {
				ear = i
				break
			}
		}
		if ear < 0 { // only corners in line are left, or it crosses itself
			for i := range left {
				if turn(left[(i+len(left)-1)%len(left)], left[i], left[(i+1)%len(left)]) == 0 {
					ear = i
					break
				}
			}
			if ear < 0 {
				return nil
			}
			left = append(left[:ear], left[ear+1:]...)
			continue
		}
		all = append(all, [3]int{left[(ear+len(left)-1)%len(left)], left[ear], left[(ear+1)%len(left)]})
		left = append(left[:ear], left[ear+1:]...)
	}
	return append(all, [3]int{left[0], left[1], left[2]})
}
