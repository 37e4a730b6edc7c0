package render

import (
	"math"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// exactScene is a scene in which a mesh unit at z = 0 is 8 samples for a
// picture of 16: corners can be put exactly on samples.
func exactScene() Scene {
	s := DefaultScene()
	s.FOV, s.Distance = 90, 1
	return s
}

// TestNoGaps covers a picture with triangles whose corners and edges run exactly
// through samples: every sample is covered, and the lower index wins.
func TestNoGaps(t *testing.T) {
	const samples = 16
	for _, step := range []int{1, 2, 3, 5, 15} {
		m := &mesh.Mesh{Name: "grid"}
		n := samples/step + 2
		for i := range n {
			for j := range n {
				// Sample k is at (2k+1−16)/16.
				x, y := float32(2*j*step+1-samples)/samples, -float32(2*i*step+1-samples)/samples
				m.Vertices = append(m.Vertices, [3]float32{x, y, 0})
			}
		}
		for i := range n - 1 {
			for j := range n - 1 {
				a, b := int32(i*n+j), int32(i*n+j+1)
				c, d := a+int32(n), b+int32(n)
				if (i+j)%2 == 0 {
					m.Faces = append(m.Faces, [3]int32{a, c, b}, [3]int32{b, c, d})
				} else {
					m.Faces = append(m.Faces, [3]int32{a, d, b}, [3]int32{a, d, c})
				}
			}
		}
		for _, camera := range Conventions.All() {
			got := visibility(t, newRenderer(t, m, Options{Size: samples, Supersample: 1, Camera: camera}), exactScene())
			// The square right of and below a sample and those around it share the
			// sample; its faces come in reading order.
			for row := range samples {
				for column := range samples {
					index := got.Copies[row*samples+column]
					if index == None {
						t.Fatalf("%s, step %d: nothing at sample (%d, %d)", camera, step, column, row)
					}
					x := column
					if camera == Physical {
						x = samples - 1 - column
					}
					if want := lowestCovering(m, x, row); index != want {
						t.Fatalf("%s, step %d: sample (%d, %d) shows copy %d, want %d", camera, step, column, row, index, want)
					}
				}
			}
		}
	}
}

// lowestCovering returns the lowest copy of a flat mesh at z = 0 that covers a
// sample of exactScene in a mirrored picture of 16, edges included, in integers.
func lowestCovering(m *mesh.Mesh, column, row int) int32 {
	lowest := int32(math.MaxInt32)
	at := func(v [3]float32) (x, y int) { return int((v[0]*16 + 15) / 2), int((15 - v[1]*16) / 2) }
	for f, face := range m.Faces {
		var x, y [3]int
		for k, i := range face {
			x[k], y[k] = at(m.Vertices[i])
			x[k], y[k] = x[k]-column, y[k]-row
		}
		negative, positive := false, false
		for k := range 3 {
			side := x[k]*y[(k+1)%3] - x[(k+1)%3]*y[k]
			negative, positive = negative || side < 0, positive || side > 0
		}
		if negative && positive {
			continue
		}
		index := int32(f)
		if positive { // clockwise in the picture, where y runs down
			index += int32(len(m.Faces))
		}
		lowest = min(lowest, index)
	}
	return lowest
}

// TestTies lays different triangles over each other at the same depth.
func TestTies(t *testing.T) {
	m := square(0, 0, 0, 0.5)
	// The same square cut along its other diagonal, in the other winding.
	m.Faces = append(m.Faces, [3]int32{0, 3, 1}, [3]int32{1, 3, 2})
	got := visibility(t, newRenderer(t, m, Options{Size: 16}), exactScene())
	seen := map[int32]bool{}
	for _, index := range got.Copies {
		seen[index] = true
	}
	// Faces 2 and 3 are seen in their own winding, copies 2 and 3; faces 0 and
	// 1 in their reversed ones, 4 and 5, which come after.
	if !seen[2] || !seen[3] || seen[4] || seen[5] {
		t.Errorf("of equally near copies these are visible: %v", seen)
	}
	r := newRenderer(t, m, Options{Size: 16})
	if f, reversed := r.FaceOf(5); f != 1 || !reversed {
		t.Errorf("copy 5 of 4 faces is face %d, reversed %v", f, reversed)
	}
	if f, reversed := r.FaceOf(2); f != 2 || reversed {
		t.Errorf("copy 2 of 4 faces is face %d, reversed %v", f, reversed)
	}
}

// TestWindingsAndDuplicates draws the same faces once, in the other winding, and
// twice.
func TestWindingsAndDuplicates(t *testing.T) {
	m := bumpySphere(16)
	want := render(t, newRenderer(t, m, Options{Size: 32}), DefaultScene())
	turned := *m
	turned.Faces = slices.Clone(m.Faces)
	for f := range turned.Faces {
		turned.Faces[f][0], turned.Faces[f][2] = turned.Faces[f][2], turned.Faces[f][0]
	}
	double := *m
	double.Faces = append(slices.Clone(m.Faces), turned.Faces...)
	for name, other := range map[string]*mesh.Mesh{"turned": &turned, "double": &double} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t, other, Options{Size: 32})
			got := render(t, r, DefaultScene())
			for i := range got {
				if math.Abs(float64(got[i]-want[i])) > 1e-6 {
					t.Fatalf("%s: value %d is %g, want %g", name, i, got[i], want[i])
				}
			}
			if n := len(r.Mesh().Faces); n != len(m.Faces) {
				t.Errorf("%s: %d faces are drawn, want %d", name, n, len(m.Faces))
			}
		})
	}
}

func TestDegenerateFaces(t *testing.T) {
	m := square(0, 0, 0, 0.3)
	want := render(t, newRenderer(t, m, Options{Size: 32}), DefaultScene())
	// A face with a corner twice, one whose corners are in line, and one that is
	// seen from its edge.
	m.Vertices = append(m.Vertices, [3]float32{0, 0.3, 0}, [3]float32{0, 0, -1}, [3]float32{0, 0, 1}, [3]float32{0, 0, 0})
	m.Faces = append(m.Faces, [3]int32{0, 0, 1}, [3]int32{1, 4, 2}, [3]int32{5, 6, 7})
	if got := render(t, newRenderer(t, m, Options{Size: 32}), DefaultScene()); !slices.Equal(got, want) {
		t.Error("faces of no area change the picture")
	}
}

func TestSingleFace(t *testing.T) {
	m := square(0, 0, 0, 0.5)
	m.Faces = m.Faces[:1]
	got := visibility(t, newRenderer(t, m, Options{Size: 64}), exactScene())
	count := 0
	for _, index := range got.Copies {
		if index != None {
			count++
		}
	}
	// Half of a square of 64 samples, and its diagonal.
	if want := 64*63/2 + 64; count != want {
		t.Errorf("the face covers %d samples, want %d", count, want)
	}
}

// TestOutside looks past the object, away from it, and at it from beyond Far.
func TestOutside(t *testing.T) {
	for name, m := range map[string]*mesh.Mesh{
		"beside":     square(30, 0, 0, 1),
		"above":      square(0, 30, 0, 1),
		"behind":     square(0, 0, -10, 1),
		"too near":   square(0, 0, -2.7, 1),
		"beyond Far": square(0, 0, 97.5, 1),
		"far beyond": square(0, 0, 1e14, 1e13),
	} {
		t.Run(name, func(t *testing.T) {
			s := DefaultScene()
			s.Background = [3]float64{0.1, 0.2, 0.3}
			r := newRenderer(t, m, Options{Size: 16})
			for i, v := range render(t, r, s) {
				if v != float32(s.Background[i%3]) {
					t.Errorf("%s: value %d is %g, want the background", name, i, v)
					break
				}
			}
			b := visibility(t, r, s)
			if i := slices.IndexFunc(b.Copies, func(c int32) bool { return c != None }); i >= 0 {
				t.Errorf("%s: sample %d shows copy %d", name, i, b.Copies[i])
			}
			if i := slices.IndexFunc(b.InverseDepth, func(d float32) bool { return d != 1.0/Far }); i >= 0 {
				t.Errorf("%s: sample %d has the inverse depth %g", name, i, b.InverseDepth[i])
			}
		})
	}
}

// TestGround looks along an endless plane below the camera, which crosses the
// near plane and runs to the horizon.
func TestGround(t *testing.T) {
	m := &mesh.Mesh{
		Name:     "ground",
		Vertices: [][3]float32{{-1e6, -0.5, -1e6}, {1e6, -0.5, -1e6}, {1e6, -0.5, 1e6}, {-1e6, -0.5, 1e6}},
		Faces:    [][3]int32{{0, 1, 2}, {0, 2, 3}},
	}
	s := exactScene()
	got := visibility(t, newRenderer(t, m, Options{Size: 32}), s)
	for row := range 64 {
		// The ray through a row meets the plane at depth 0.5/−y.
		y := -(2*float64(row) + 1 - 64) / 64
		depth := -0.5 / y
		want := depth > Near && depth < Far
		for column := range 64 {
			at := row*64 + column
			if (got.Copies[at] != None) != want {
				t.Fatalf("sample (%d, %d) shows copy %d, the ground there is at depth %g", column, row, got.Copies[at], depth)
			}
			if want && math.Abs(1/float64(got.InverseDepth[at])/depth-1) > 1e-4 {
				t.Fatalf("sample (%d, %d) has depth %g, want %g", column, row, 1/got.InverseDepth[at], depth)
			}
		}
	}
}

// TestExtremes draws scenes with extreme parameters.
func TestExtremes(t *testing.T) {
	m := bumpySphere(12)
	for _, settings := range [][2]float64{{60, 1e-9}, {1e-300, 3}, {1e-40, 3}, {1e-12, 3}, {1e-6, 50}, {179.9999999, 3}, {179.9, 99.99}} {
		s := DefaultScene()
		s.FOV, s.Distance = settings[0], settings[1]
		for _, o := range []Options{{Size: 1, Supersample: 1}, {Size: 3, Supersample: 1}, {Size: 33}} {
			for i, v := range render(t, newRenderer(t, m, o), s) {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("fov %g, distance %g, %+v: value %d is %g", s.FOV, s.Distance, o, i, v)
				}
			}
		}
	}
}

// TestPeriods turns the camera and the picture once round.
func TestPeriods(t *testing.T) {
	r := newRenderer(t, bumpySphere(16), Options{Size: 32})
	s := DefaultScene()
	s.Azimuth, s.Elevation, s.Roll = 40, 20, 10
	want := render(t, r, s)
	for _, turns := range []float64{-1, 1, 5} {
		other := s
		other.Azimuth += 360 * turns
		other.Roll -= 360 * turns
		if got := render(t, r, other); !slices.Equal(got, want) {
			t.Errorf("another picture %g turns further", turns)
		}
	}
}

// TestPoles compares straight above and below with almost there.
func TestPoles(t *testing.T) {
	r := newRenderer(t, bumpySphere(24), Options{Size: 32})
	for _, elevation := range []float64{90, -90} {
		for _, azimuth := range []float64{13, 77} {
			s := DefaultScene()
			s.Azimuth, s.Elevation = azimuth, elevation
			at := render(t, r, s)
			s.Elevation -= math.Copysign(1e-4, elevation)
			near := render(t, r, s)
			var difference float64
			for i := range at {
				difference += math.Abs(float64(at[i] - near[i]))
			}
			if mean := difference / float64(len(at)); mean > 1e-3 {
				t.Errorf("elevation %g, azimuth %g: a mean difference of %g from almost there", elevation, azimuth, mean)
			}
			if slices.Max(at) == 0 {
				t.Errorf("elevation %g: an empty picture", elevation)
			}
		}
	}
}
