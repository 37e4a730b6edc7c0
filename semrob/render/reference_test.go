package render

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// hit is the first copy of a face on a ray, or None, and its depth.
type hit struct {
	copyIndex int32
	depth     float64
}

// rayTracer is a slow reference in float64 that shares no code with the
// renderer: it intersects the ray through a sample with every face.
type rayTracer struct {
	vertices          [][3]float64
	faces             [][3]int32
	eye               [3]float64
	right, up, onward [3]float64
	tangent           float64
	samples           int
}

func newRayTracer(m *mesh.Mesh, s Scene, samples int, convention Convention) *rayTracer {
	rad := math.Pi / 180
	phi, theta, rho := s.Azimuth*rad, s.Elevation*rad, s.Roll*rad
	t := &rayTracer{faces: m.Faces, tangent: math.Tan(s.FOV * rad / 2), samples: samples}
	for _, v := range m.Vertices {
		t.vertices = append(t.vertices, [3]float64{float64(v[0]), float64(v[1]), float64(v[2])})
	}
	away := [3]float64{math.Cos(theta) * math.Sin(phi), math.Sin(theta), -math.Cos(theta) * math.Cos(phi)}
	t.onward = scaled(away, -1)
	// Away from the poles, right is onward × (0, 1, 0), normalised.
	x := [3]float64{-math.Cos(phi), 0, -math.Sin(phi)}
	y := vectorProduct(x, t.onward)
	if convention == Paper {
		x = scaled(x, -1)
	}
	// A picture turned counter-clockwise is what a camera turned clockwise sees.
	t.right = plus(scaled(x, math.Cos(rho)), scaled(y, -math.Sin(rho)))
	t.up = plus(scaled(x, math.Sin(rho)), scaled(y, math.Cos(rho)))
	target := plus(scaled(t.right, s.OffsetX), scaled(t.up, s.OffsetY))
	t.eye = plus(target, scaled(away, s.Distance))
	return t
}

func plus(a, b [3]float64) [3]float64           { return [3]float64{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func scaled(a [3]float64, s float64) [3]float64 { return [3]float64{a[0] * s, a[1] * s, a[2] * s} }
func dot(a, b [3]float64) float64               { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func vectorProduct(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// trace returns the hit at sample coordinates (column, row), which need not be
// whole.
func (t *rayTracer) trace(column, row float64) hit {
	n := float64(t.samples)
	x, y := (2*column+1-n)/n*t.tangent, -(2*row+1-n)/n*t.tangent
	// The ray's parameter is the depth, since onward has weight 1.
	ray := plus(t.onward, plus(scaled(t.right, x), scaled(t.up, y)))
	nearest := hit{None, Far}
	for f, face := range t.faces {
		a, b, c := t.vertices[face[0]], t.vertices[face[1]], t.vertices[face[2]]
		ab, ac, toEye := plus(b, scaled(a, -1)), plus(c, scaled(a, -1)), plus(t.eye, scaled(a, -1))
		normal := vectorProduct(ab, ac)
		facing := -dot(ray, normal)
		if facing == 0 {
			continue
		}
		depth := dot(toEye, normal) / facing
		moment := vectorProduct(toEye, ray)
		u, v := dot(ac, moment)/facing, -dot(ab, moment)/facing
		if u < 0 || v < 0 || u+v > 1 || depth <= Near || depth >= nearest.depth {
			continue
		}
		// The first copy's normal is (a−b)×(c−b), the second one's the opposite. The
		// one that looks at the eye shows.
		index := int32(f)
		if dot(ray, normal) < 0 {
			index += int32(len(t.faces))
		}
		nearest = hit{index, depth}
	}
	return nearest
}

// settled returns the hit at a sample, and whether it is the same close by on all
// sides, so that rounding cannot matter.
func (t *rayTracer) settled(column, row int) (h hit, ok bool) {
	const little = 1e-3
	x, y := float64(column), float64(row)
	h = t.trace(x, y)
	for _, d := range [][2]float64{{little, 0}, {-little, 0}, {0, little}, {0, -little}} {
		if t.trace(x+d[0], y+d[1]).copyIndex != h.copyIndex {
			return h, false
		}
	}
	return h, true
}

// colour returns the colour of a copy of a face, or the background for None.
func (t *rayTracer) colour(index int32, s Scene) [3]float64 {
	if index == None {
		return s.Background
	}
	face, flipped := t.faces[int(index)%len(t.faces)], int(index) >= len(t.faces)
	if flipped {
		face[0], face[2] = face[2], face[0]
	}
	v0, v1, v2 := t.vertices[face[0]], t.vertices[face[1]], t.vertices[face[2]]
	n := vectorProduct(plus(v0, scaled(v1, -1)), plus(v2, scaled(v1, -1)))
	n = scaled(n, 1/max(math.Sqrt(dot(n, n)), 1e-5))
	l := scaled(s.Light, 1/math.Sqrt(dot(s.Light, s.Light)))
	light := s.Ambient + s.Directional*max(0, dot(n, l))
	var c [3]float64
	for k := range c {
		c[k] = min(1, s.Object[k]*light)
	}
	return c
}

// randomMesh returns triangles of all sizes about the origin, some of which
// share an edge.
func randomMesh(rng *rand.Rand, faces int) *mesh.Mesh {
	m := &mesh.Mesh{Name: "random triangles"}
	vertex := func(centre [3]float64, size float64) int32 {
		var p [3]float32
		for k := range p {
			p[k] = float32(centre[k] + size*(2*rng.Float64()-1))
		}
		m.Vertices = append(m.Vertices, p)
		return int32(len(m.Vertices) - 1)
	}
	for range faces / 2 {
		var centre [3]float64
		for k := range centre {
			centre[k] = 2*rng.Float64() - 1
		}
		size := math.Exp(-4 * rng.Float64())
		a, b, c, d := vertex(centre, size), vertex(centre, size), vertex(centre, size), vertex(centre, size)
		m.Faces = append(m.Faces, [3]int32{a, b, c}, [3]int32{b, c, d})
	}
	return m
}

// randomScene returns a scene with every parameter somewhere in its domain.
func randomScene(rng *rand.Rand) Scene {
	s := DefaultScene()
	for _, p := range Parameters() {
		if err := s.Set(p.Name, p.DomainMin+rng.Float64()*(p.DomainMax-p.DomainMin)); err != nil {
			panic(err)
		}
	}
	return s
}

// TestAgainstRays compares visibility, depth and pictures with rays, for cameras
// all around and also inside of random triangles.
func TestAgainstRays(t *testing.T) {
	special := map[string]func(*Scene){
		"anywhere":         func(*Scene) {},
		"straight above":   func(s *Scene) { s.Elevation = 90 },
		"straight below":   func(s *Scene) { s.Elevation = -90 },
		"inside":           func(s *Scene) { s.Distance = 0.2 },
		"just inside":      func(s *Scene) { s.Distance = 0.9 },
		"at the far plane": func(s *Scene) { s.Distance, s.FOV = 99.9, 1.5 },
		"wide":             func(s *Scene) { s.FOV, s.Distance = 150, 0.7 },
		"grey": func(s *Scene) {
			s.Object, s.Background = [3]float64{0.7, 0.7, 0.7}, [3]float64{0.2, 0.2, 0.2}
		},
	}
	for name, adjust := range special {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, uint64(len(name))))
			for round := range 6 {
				m := randomMesh(rng, []int{2, 40, 120}[round%3])
				options := Options{Size: 10 + round, Supersample: 1 + round%3, KeepPlacement: true}
				scene := randomScene(rng)
				adjust(&scene)
				options.Camera = Conventions.All()[round%2]
				compareWithRays(t, m, scene, options)
			}
		})
	}
}

func compareWithRays(t *testing.T, m *mesh.Mesh, scene Scene, options Options) {
	t.Helper()
	r, err := New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	var got VisibilityBuffer
	if err := r.Visibility(context.Background(), []Scene{scene}, &got); err != nil {
		t.Fatal(err)
	}
	picture := make([]float32, r.ImageLen())
	if err := r.Render(context.Background(), []Scene{scene}, picture); err != nil {
		t.Fatal(err)
	}

	rays := newRayTracer(r.Mesh(), scene, got.Samples, r.Options().Camera)
	scale := 1 / float64(options.Supersample*options.Supersample)
	want := make([]float64, len(picture))
	unsure := make([]bool, options.Size*options.Size)
	count := 0
	for row := range got.Samples {
		for column := range got.Samples {
			at := row*got.Samples + column
			pixel := row/options.Supersample*options.Size + column/options.Supersample
			h, ok := rays.settled(column, row)
			for k, c := range rays.colour(h.copyIndex, scene) {
				want[3*pixel+k] += c * scale
			}
			if !ok {
				unsure[pixel] = true
				count++
				continue
			}
			if got.Copies[at] != h.copyIndex {
				t.Fatalf("%+v: sample (%d, %d) shows copy %d, want %d", scene, column, row, got.Copies[at], h.copyIndex)
			}
			if d := float64(got.InverseDepth[at])*h.depth - 1; math.Abs(d) > 1e-3 {
				t.Fatalf("%+v: sample (%d, %d) has depth %g, want %g", scene, column, row, 1/got.InverseDepth[at], h.depth)
			}
		}
	}
	if share := float64(count) / float64(len(got.Copies)); share > 0.02 {
		t.Errorf("%.1f %% of the samples are too close to an edge to compare", 100*share)
	}
	for i, v := range picture {
		if !unsure[i/3] && math.Abs(float64(v)-want[i]) > 1e-5 {
			t.Fatalf("%+v: channel %d of pixel %d is %g, want %g", scene, i%3, i/3, v, want[i])
		}
	}
}
