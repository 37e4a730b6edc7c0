package mesh

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
)

// part returns the faces of patches first…last−1 of a teapot, which come in order;
// the 8 patches at the poles have one triangle less per step.
func part(m *Mesh, resolution, first, last int) [][3]int32 {
	start := func(patch int) int {
		poles := max(0, min(patch, 24)-20) + max(0, patch-28)
		return patch*2*resolution*resolution - poles*resolution
	}
	return m.Faces[start(first):start(last)]
}

func TestTeapotTopology(t *testing.T) {
	for _, n := range []int{2, 3, 6, 10, 17} {
		m := Teapot(n)
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		if want := 64*n*n - 8*n; len(m.Faces) != want {
			t.Fatalf("resolution %d: %d faces, want %d", n, len(m.Faces), want)
		}
		shell := slices.Concat(part(m, n, 0, 12), part(m, n, 20, 32))
		if open := rims(t, shell); len(open) > 0 || euler(shell) != 2 {
			t.Errorf("resolution %d: the shell has %d open edges, Euler characteristic %d", n, len(open), euler(shell))
		}
		for name, tube := range map[string][][3]int32{"handle": part(m, n, 12, 16), "spout": part(m, n, 16, 20)} {
			open := rims(t, tube)
			if len(open) != 2*2*n {
				t.Errorf("resolution %d: the %s has %d open edges, want two ends of %d", n, name, len(open), 2*n)
			}
			if volume := cappedVolume(m, tube, open); volume <= 0 {
				t.Errorf("resolution %d: the %s encloses %g: it is inside out", n, name, volume)
			}
		}
		rims(t, m.Faces)
	}
	if len(Teapot(1).Faces) != len(Teapot(2).Faces) {
		t.Error("resolution 1 is not raised to 2")
	}
	if !slices.Equal(Teapot(0).Faces, Teapot(teapotDefault).Faces) {
		t.Error("resolution 0 is not the default")
	}
}

// cappedVolume closes each rim of a surface with a fan and returns the volume.
func cappedVolume(m *Mesh, faces [][3]int32, open [][2]int32) (volume float64) {
	_, volume = measure(m, faces)
	next := map[int32]int32{}
	for _, edge := range open {
		next[edge[0]] = edge[1]
	}
	for len(next) > 0 {
		var first int32
		for first = range next {
			break
		}
		for a := first; ; {
			b := next[a]
			delete(next, a)
			volume += at(m, first).dot(at(m, b).cross(at(m, a))) / 6
			if a = b; a == first {
				break
			}
		}
	}
	return volume
}

// casteljau evaluates a Bézier curve by repeated interpolation.
func casteljau(points []vector, t float64) vector {
	for points = slices.Clone(points); len(points) > 1; points = points[:len(points)-1] {
		for i := range len(points) - 1 {
			for axis := range points[i] {
				points[i][axis] += t * (points[i+1][axis] - points[i][axis])
			}
		}
	}
	return points[0]
}

// newell evaluates a patch of the published teapot, y up, its lid widened to the
// rim.
func newell(patch int, u, v float64) vector {
	var column []vector
	for row := range 4 {
		var points []vector
		for _, index := range teapotPatches[patch][4*row : 4*row+4] {
			p := teapotPoints[index]
			if patch >= 20 && patch < 28 {
				p[0], p[1] = p[0]/1.3*1.4, p[1]/1.3*1.4
			}
			points = append(points, vector{p[0], p[2], -p[1]})
		}
		column = append(column, casteljau(points, v))
	}
	return casteljau(column, u)
}

func TestTeapotPoints(t *testing.T) {
	const n = 5
	m := Teapot(n)
	unmatched := map[int]bool{}
	for i := range m.Vertices {
		unmatched[i] = true
	}
	for patch := range teapotPatches {
		for i := range n + 1 {
			for j := range n + 1 {
				want := newell(patch, float64(i)/n, float64(j)/n)
				found := false
				for k := range m.Vertices {
					if d := at(m, int32(k)).minus(want); d.dot(d) < 1e-12 {
						found = true
						delete(unmatched, k)
					}
				}
				if !found {
					t.Fatalf("no vertex at %v of patch %d (%d, %d)", want, patch, i, j)
				}
			}
		}
	}
	if len(unmatched) > 0 {
		t.Errorf("%d vertices lie on no patch", len(unmatched))
	}
	// Points whose numbers can be read off the data: pole of the lid, widest
	// point of the body, outermost point of the handle, spout's tip, and the
	// middle of the rim's first patch by (1, 3, 3, 1)/8 both ways.
	middle := Teapot(2)
	rim := [3]float32{0, 2.4*2/8 + 2.53125*6/8, 0}
	ring := (1.4 + 3*1.4 + 3*0.784) / 8 // along the quarter circle of radius 1.4
	rim[0] = float32(ring * (1 + 3*1.3375/1.4 + 3*1.4375/1.4 + 1.5/1.4) / 8)
	rim[2] = rim[0]
	for _, want := range [][3]float32{{0, 3.15, 0}, {0, 0, 0}, {2, 0.9, 0}, {0, 0.9, 2}, {-3, 1.8, 0}, {3.3, 2.4, 0}, {3.2, 2.4, 0}, rim} {
		if !slices.ContainsFunc(middle.Vertices, func(p [3]float32) bool {
			d := vector{float64(p[0] - want[0]), float64(p[1] - want[1]), float64(p[2] - want[2])}
			return d.dot(d) < 1e-12
		}) {
			t.Errorf("no vertex at %v", want)
		}
	}
}

func TestTeapotBox(t *testing.T) {
	// The spout's lip is the cubic of these x; all else is at the ends of patches.
	var tip float64
	for i := range 10001 {
		tip = max(tip, casteljau([]vector{{3.3}, {3.525}, {3.45}, {3.2}}, float64(i)/10000)[0])
	}
	low, high := bounds(Teapot(32).Vertices)
	want := [2]vector{{-3, 0, -2}, {tip, 3.15, 2}}
	for axis := range low {
		if math.Abs(float64(low[axis])-want[0][axis]) > 1e-6 {
			t.Errorf("axis %d begins at %g, want %g", axis, low[axis], want[0][axis])
		}
		if math.Abs(float64(high[axis])-want[1][axis]) > 1e-3 {
			t.Errorf("axis %d ends at %g, want %g", axis, high[axis], want[1][axis])
		}
	}
}

// TestTeapotVolume compares the closed shell's volume with the integral of
// −p·(∂p/∂u × ∂p/∂v)/3 over the patches, whose rows × columns point inside: a polynomial of degree 8 in u and v, for
// which Gauss–Legendre quadrature of five nodes is exact.
func TestTeapotVolume(t *testing.T) {
	nodes := [5]float64{-math.Sqrt(5+2*math.Sqrt(10.0/7)) / 3, -math.Sqrt(5-2*math.Sqrt(10.0/7)) / 3, 0}
	weights := [5]float64{(322 - 13*math.Sqrt(70)) / 900, (322 + 13*math.Sqrt(70)) / 900, 128.0 / 225}
	nodes[3], nodes[4], weights[3], weights[4] = -nodes[1], -nodes[0], weights[1], weights[0]
	var want float64
	for patch := range teapotPatches {
		if patch >= 12 && patch < 20 {
			continue
		}
		for i := range nodes {
			for j := range nodes {
				const h = 1e-5 // central differences of a cubic: error h², 1e-10
				u, v := (1+nodes[i])/2, (1+nodes[j])/2
				du := newell(patch, u+h, v).minus(newell(patch, u-h, v))
				dv := newell(patch, u, v+h).minus(newell(patch, u, v-h))
				want -= weights[i] * weights[j] / 4 * newell(patch, u, v).dot(du.cross(dv)) / (4 * h * h) / 3
			}
		}
	}
	for n, relative := range map[int]float64{8: 1e-2, 32: 1e-3} {
		m := Teapot(n)
		_, volume := measure(m, slices.Concat(part(m, n, 0, 12), part(m, n, 20, 32)))
		near(t, "the volume", volume, want, relative)
	}
	// A teapot 4 wide at its widest and 3.15 high.
	if want < 15 || want > math.Pi*4*3.15 {
		t.Errorf("the volume is %g", want)
	}
}

// TestTeapotLikeReference compares proportions with the teapot of the paper.
func TestTeapotLikeReference(t *testing.T) {
	reference, err := Load(filepath.Join(testdata.Dir(t), "meshes", "teapot.obj"))
	if err != nil {
		t.Fatal(err)
	}
	_, want := bounds(reference.Normalized().Vertices)
	_, got := bounds(Teapot(0).Normalized().Vertices)
	for axis := range want {
		near(t, "half the box", float64(got[axis]), float64(want[axis]), 0.01)
	}
}

func BenchmarkTeapot(b *testing.B) {
	for b.Loop() {
		Teapot(0)
	}
}
