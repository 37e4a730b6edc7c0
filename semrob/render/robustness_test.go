package render

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// looseCorners returns the mesh with separate vertices for each face.
func looseCorners(m *mesh.Mesh) *mesh.Mesh {
	loose := &mesh.Mesh{Name: m.Name + ", corners apart"}
	for _, face := range m.Faces {
		n := int32(len(loose.Vertices))
		for _, i := range face {
			loose.Vertices = append(loose.Vertices, m.Vertices[i])
		}
		loose.Faces = append(loose.Faces, [3]int32{n, n + 1, n + 2})
	}
	return loose
}

// TestDuplicateVertices draws a mesh whose neighbouring faces share vertices,
// and one whose faces have vertices of their own in the same places.
func TestDuplicateVertices(t *testing.T) {
	m := bumpySphere(20)
	shared, loose := newRenderer(t, m, Options{Size: 48}), newRenderer(t, looseCorners(m), Options{Size: 48})
	for _, s := range around(4) {
		want, got := visibility(t, shared, s), visibility(t, loose, s)
		if !slices.Equal(got.Copies, want.Copies) || !slices.Equal(got.InverseDepth, want.InverseDepth) {
			t.Errorf("azimuth %g: coverage differs if vertices are repeated", s.Azimuth)
		}
	}
}

// TestNonManifoldEdges draws pages of a book that share its spine, one of them
// twice over, and compares them with rays.
func TestNonManifoldEdges(t *testing.T) {
	book := &mesh.Mesh{Name: "book", Vertices: [][3]float32{{0, -0.7, 0}, {0, 0.7, 0}}}
	for page := range 7 {
		angle := float64(page) * 2.5
		book.Vertices = append(book.Vertices, [3]float32{float32(0.8 * math.Cos(angle)), 0.2, float32(0.8 * math.Sin(angle))})
		book.Faces = append(book.Faces, [3]int32{0, 1, int32(page) + 2})
	}
	// Another page between the same ends, which runs through the others.
	book.Vertices = append(book.Vertices, [3]float32{0.5, -0.6, 0.1})
	book.Faces = append(book.Faces, [3]int32{1, 0, int32(len(book.Vertices) - 1)})
	for _, s := range around(5) {
		compareWithRays(t, book, s, Options{Size: 24, Supersample: 2, KeepPlacement: true})
	}
}

// TestDegenerateNeighbours scatters faces of no area over a closed mesh, on its
// edges, corners and faces: they must neither show nor make a gap, and faces must keep
// their indices.
func TestDegenerateNeighbours(t *testing.T) {
	clean := bumpySphere(16)
	rough := &mesh.Mesh{Name: "rough", Vertices: slices.Clone(clean.Vertices), Faces: slices.Clone(clean.Faces)}
	for f, face := range clean.Faces {
		a, b := face[f%3], face[(f+1)%3]
		middle := int32(len(rough.Vertices))
		var p [3]float32
		for k := range p {
			p[k] = (clean.Vertices[a][k] + clean.Vertices[b][k]) / 2
		}
		rough.Vertices = append(rough.Vertices, p)
		// A corner three times, an edge there and back, three points in line.
		rough.Faces = append(rough.Faces, [3]int32{a, a, a}, [3]int32{a, b, a}, [3]int32{a, middle, b})
	}
	base, r := newRenderer(t, clean, Options{Size: 64}), newRenderer(t, rough, Options{Size: 64})
	for _, s := range around(4) {
		want, got := visibility(t, base, s), visibility(t, r, s)
		different := 0
		for i := range got.Copies {
			if (got.Copies[i] == None) != (want.Copies[i] == None) {
				t.Fatalf("azimuth %g: sample %d is covered with and not without faces of no area, or the other way round", s.Azimuth, i)
			}
			if want.Copies[i] == None {
				continue
			}
			gotFace, gotReversed := r.FaceOf(got.Copies[i])
			wantFace, wantReversed := base.FaceOf(want.Copies[i])
			if gotFace != wantFace || gotReversed != wantReversed {
				different++
			}
		}
		// Three points in line stand on a triangle no wider than the grid that
		// corners are rounded to: it may cover a sample of an edge.
		if different > len(got.Copies)/1000 {
			t.Errorf("azimuth %g: %d of %d samples show another face", s.Azimuth, different, len(got.Copies))
		}
	}
}

// TestInside puts the camera into closed meshes of few large and of many small
// faces: whichever way it looks, it sees a wall at every sample, from inside.
func TestInside(t *testing.T) {
	tetrahedron := &mesh.Mesh{
		Name:     "tetrahedron",
		Vertices: [][3]float32{{3, 3, 3}, {-3, -3, 3}, {-3, 3, -3}, {3, -3, -3}},
		Faces:    [][3]int32{{0, 1, 2}, {0, 3, 1}, {0, 2, 3}, {1, 3, 2}},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for _, m := range []*mesh.Mesh{tetrahedron, bumpySphere(6), bumpySphere(30), bumpySphere(120)} {
		r := newRenderer(t, m, Options{Size: 40})
		far := DefaultScene()
		far.Distance = 9
		_, fromOutside := r.FaceOf(slices.Max(visibility(t, r, far).Copies))
		for range 20 {
			s := randomScene(rng)
			// At most 0.5 from the middle, so the walls are beyond Near.
			s.Distance, s.OffsetX, s.OffsetY = 0.05+0.3*rng.Float64(), 0.2*rng.Float64(), 0.2*rng.Float64()
			for i, index := range visibility(t, r, s).Copies {
				if index == None {
					t.Fatalf("%s of %d faces, %+v: a gap at sample %d", m.Name, len(m.Faces), s, i)
				}
				if _, reversed := r.FaceOf(index); reversed == fromOutside {
					t.Fatalf("%s of %d faces, %+v: sample %d shows a wall from outside", m.Name, len(m.Faces), s, i)
				}
			}
		}
	}
}

// TestCrossingNearPlane looks along a floor of many faces just below the
// camera, whose near ones cross the near plane: the floor begins at Near and has
// no crack, however the picture is turned.
func TestCrossingNearPlane(t *testing.T) {
	const below, half, cells = 0.07, 3.0, 60
	rng := rand.New(rand.NewPCG(7, 8))
	floor := &mesh.Mesh{Name: "floor"}
	for i := range cells + 1 {
		for j := range cells + 1 {
			at := func(k int) float32 {
				p := 2*half*float64(k)/cells - half
				if k > 0 && k < cells {
					p += (rng.Float64() - 0.5) * half / cells
				}
				return float32(p)
			}
			floor.Vertices = append(floor.Vertices, [3]float32{at(j), -below, at(i)})
		}
	}
	for i := range int32(cells) {
		for j := range int32(cells) {
			a := i*(cells+1) + j
			b, c, d := a+1, a+cells+1, a+cells+2
			floor.Faces = append(floor.Faces, [3]int32{a, c, b}, [3]int32{b, c, d})
		}
	}
	r := newRenderer(t, floor, Options{Size: 64})
	for _, roll := range []float64{0, 1, 17, 45, -60, 90, 180} {
		s := DefaultScene()
		s.Distance, s.FOV, s.Roll = 0.1, 120, roll
		got := visibility(t, r, s)
		n, tangent := float64(got.Samples), math.Tan(s.FOV*math.Pi/360)
		sin, cos := math.Sincos(roll * math.Pi / 180)
		for i, index := range got.Copies {
			right, up := (2*float64(i%got.Samples)+1-n)/n*tangent, -(2*float64(i/got.Samples)+1-n)/n*tangent
			x, y := right*cos+up*sin, up*cos-right*sin // turned back clockwise
			depth := -below / y
			// How far inside of the floor's outline, near plane included, the
			// sample's ray meets its plane.
			margin := min(depth-Near, half+s.Distance-depth, half-math.Abs(x*depth))
			if y >= 0 {
				margin = -1
			}
			if math.Abs(margin) > 1e-3 && (index != None) != (margin > 0) {
				t.Fatalf("roll %g: sample %d shows copy %d, %g inside of the floor", roll, i, index, margin)
			}
			if margin > 1e-3 && math.Abs(float64(got.InverseDepth[i])*depth-1) > 2e-3 {
				t.Fatalf("roll %g: sample %d has depth %g, want %g", roll, i, 1/got.InverseDepth[i], depth)
			}
		}
	}
}

// TestOneFaceAnywhere compares pictures of a single face, large and small,
// across the near plane and not, with rays.
func TestOneFaceAnywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for round := range 12 {
		m := randomMesh(rng, 2)
		m.Faces = m.Faces[:1]
		s := randomScene(rng)
		if round%3 == 0 {
			s.Distance = 0.3
		}
		compareWithRays(t, m, s, Options{Size: 12, Supersample: 1 + round%3, KeepPlacement: true})
	}
}

// TestNotFinite refuses meshes whose vertices are not numbers, or too large for
// them, whether or not a face uses the vertex.
func TestNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e30} {
		for vertex := range 5 {
			m := square(0, 0, 0, 1)
			m.Vertices = append(m.Vertices, [3]float32{})
			m.Vertices[vertex][vertex%3] = float32(bad)
			for _, keep := range []bool{false, true} {
				_, err := New(m, Options{KeepPlacement: keep})
				if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("vertex %d", vertex)) {
					t.Errorf("coordinate %g: error %v, want one that names vertex %d", bad, err, vertex)
				}
			}
		}
	}
}
