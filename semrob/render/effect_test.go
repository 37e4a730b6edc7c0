package render

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// square returns a square that faces the camera of azimuth 0: side 2·half in
// the plane of the given z, about (x, y). Its corners run clockwise in the
// picture, so it is seen in its reversed copies.
func square(x, y, z, half float32) *mesh.Mesh {
	return &mesh.Mesh{
		Name:     "square",
		Vertices: [][3]float32{{x - half, y - half, z}, {x - half, y + half, z}, {x + half, y + half, z}, {x + half, y - half, z}},
		Faces:    [][3]int32{{0, 1, 2}, {0, 2, 3}},
	}
}

func newRenderer(t testing.TB, m *mesh.Mesh, o Options) *Renderer {
	t.Helper()
	o.KeepPlacement = true
	r, err := New(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t testing.TB, r *Renderer, s Scene) []float32 {
	t.Helper()
	picture := make([]float32, r.ImageLen())
	if err := r.Render(context.Background(), []Scene{s}, picture); err != nil {
		t.Fatal(err)
	}
	return picture
}

func visibility(t testing.TB, r *Renderer, s Scene) *VisibilityBuffer {
	t.Helper()
	var b VisibilityBuffer
	if err := r.Visibility(context.Background(), []Scene{s}, &b); err != nil {
		t.Fatal(err)
	}
	return &b
}

// TestPlacement compares which samples a square covers with the closed form:
// its outline under distance, field of view, offset and roll.
func TestPlacement(t *testing.T) {
	const half, size = 0.4, 61
	r := newRenderer(t, square(0, 0, 0, half), Options{Size: size, Supersample: 2})
	for _, settings := range []map[string]float64{
		{},
		{"distance": 1.3},
		{"distance": 7},
		{"fov": 35},
		{"fov": 120},
		{"offset-x": 0.3},
		{"offset-y": -0.25},
		{"roll": 30},
		{"roll": -100},
		{"roll": 25, "offset-x": 0.2, "offset-y": 0.1, "distance": 2, "fov": 50},
		{"azimuth": 180},
		{"azimuth": 180, "roll": 20},
		{"azimuth": -360},
	} {
		t.Run(fmt.Sprint(settings), func(t *testing.T) {
			s := DefaultScene()
			for name, value := range settings {
				if err := s.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			got := visibility(t, r, s)
			n := float64(got.Samples)
			unit := s.Distance * math.Tan(s.FOV*math.Pi/360) // half the picture's side, at the square
			sin, cos := math.Sincos(s.Roll * math.Pi / 180)
			covered := 0
			for row := range got.Samples {
				for column := range got.Samples {
					x := (2*float64(column)+1-n)/n*unit + s.OffsetX
					y := -(2*float64(row)+1-n)/n*unit + s.OffsetY
					x, y = x*cos+y*sin, y*cos-x*sin // turned back clockwise
					margin := half - max(math.Abs(x), math.Abs(y))
					visible := got.Copies[row*got.Samples+column] != None
					if visible {
						covered++
						z := 1 / float64(got.InverseDepth[row*got.Samples+column])
						if math.Abs(z-s.Distance) > 1e-5*s.Distance {
							t.Fatalf("depth %g, want %g", z, s.Distance)
						}
					}
					if math.Abs(margin) > 1e-3*unit/n && visible != (margin > 0) {
						t.Fatalf("sample (%d, %d) covered: %v, %g inside of the edge", column, row, visible, margin)
					}
				}
			}
			if covered == 0 {
				t.Error("the square is not in the picture")
			}
		})
	}
}

// TestOrbit follows a small square on its way through the picture while the
// camera goes round and up, straight above and below included.
func TestOrbit(t *testing.T) {
	p := [3]float64{0.5, 0.3, -0.4}
	cube := &mesh.Mesh{Name: "cube"}
	for i := range 8 {
		var v [3]float32
		for k := range v {
			v[k] = float32(p[k] + 0.03*(float64(i>>k&1)*2-1))
		}
		cube.Vertices = append(cube.Vertices, v)
	}
	for i := range int32(8) {
		for j := range i {
			for k := range j {
				cube.Faces = append(cube.Faces, [3]int32{i, j, k})
			}
		}
	}
	physical := newRenderer(t, cube, Options{Size: 128})
	paper := newRenderer(t, cube, Options{Size: 128, Camera: Paper})
	for _, c := range []struct {
		azimuth, elevation float64
		x, y, z            float64 // left, up and ahead, from the origin
	}{
		{0, 0, 0.5, 0.3, -0.4},
		{90, 0, -0.4, 0.3, -0.5},
		{180, 0, -0.5, 0.3, 0.4},
		{270, 0, 0.4, 0.3, 0.5},
		{0, 90, 0.5, -0.4, -0.3},
		{90, 90, -0.4, -0.5, -0.3},
		{0, -90, 0.5, 0.4, 0.3},
		{0, 30, 0.5, 0.3*math.Sqrt(3)/2 - 0.4/2, -0.4*math.Sqrt(3)/2 - 0.3/2},
		{45, 0, 0.1 / math.Sqrt2, 0.3, -0.9 / math.Sqrt2},
	} {
		s := DefaultScene()
		s.Azimuth, s.Elevation = c.azimuth, c.elevation
		for r, right := range map[*Renderer]float64{physical: -c.x, paper: c.x} {
			got := visibility(t, r, s)
			var x, y, count float64
			for i, index := range got.Copies {
				if index != None {
					x += float64(i % got.Samples)
					y += float64(i / got.Samples)
					count++
				}
			}
			half := float64(got.Samples) / 2
			unit := half / math.Tan(math.Pi/6) / (s.Distance + c.z)
			wantX, wantY := half-0.5+right*unit, half-0.5-c.y*unit
			if math.Abs(x/count-wantX) > 0.7 || math.Abs(y/count-wantY) > 0.7 {
				t.Errorf("%s, azimuth %g, elevation %g: the cube is at (%.2f, %.2f), want (%.2f, %.2f)",
					r.Options().Camera, c.azimuth, c.elevation, x/count, y/count, wantX, wantY)
			}
		}
	}
}

// TestColours compares the colour of a square and of the background with the
// closed form for every parameter of lights and colours.
func TestColours(t *testing.T) {
	for _, o := range []Options{{Size: 8}, {Size: 8, Supersample: 1}, {Size: 9, Supersample: 3}} {
		r := newRenderer(t, square(0, 0, 0, 0.4), o)
		for _, c := range []struct {
			settings           map[string]float64
			object, background [3]float64
		}{
			{nil, [3]float64{0.5, 0.5, 0.5}, [3]float64{}},
			{map[string]float64{"ambient": 0.2}, [3]float64{0.2, 0.2, 0.2}, [3]float64{}},
			{map[string]float64{"light-z": -1}, [3]float64{0.5 + 0.5/math.Sqrt2, 0.5 + 0.5/math.Sqrt2, 0.5 + 0.5/math.Sqrt2}, [3]float64{}},
			{map[string]float64{"light-y": 0, "light-z": -7}, [3]float64{1, 1, 1}, [3]float64{}},
			{map[string]float64{"light-y": 0, "light-z": 7}, [3]float64{0.5, 0.5, 0.5}, [3]float64{}},
			{map[string]float64{"light-y": 0, "light-z": -3, "light-x": 4}, [3]float64{0.8, 0.8, 0.8}, [3]float64{}},
			{map[string]float64{"light-z": -1e300, "light-y": 0}, [3]float64{1, 1, 1}, [3]float64{}},
			{map[string]float64{"light-z": -1, "light-y": 0, "directional": 0.25}, [3]float64{0.75, 0.75, 0.75}, [3]float64{}},
			{map[string]float64{"light-z": -1, "light-y": 0, "directional": 0.9}, [3]float64{1, 1, 1}, [3]float64{}},
			{map[string]float64{"light-z": -1, "light-y": 0, "directional": 1, "ambient": 0.4, "object-r": 0.5}, [3]float64{0.7, 1, 1}, [3]float64{}},
			{map[string]float64{"object-r": 0.2}, [3]float64{0.1, 0.5, 0.5}, [3]float64{}},
			{map[string]float64{"object-g": 0.4}, [3]float64{0.5, 0.2, 0.5}, [3]float64{}},
			{map[string]float64{"object-b": 0}, [3]float64{0.5, 0.5, 0}, [3]float64{}},
			{map[string]float64{"object-r": 0.6, "object-g": 0.6, "object-b": 0.6}, [3]float64{0.3, 0.3, 0.3}, [3]float64{}},
			{map[string]float64{"background-r": 0.3}, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.3, 0, 0}},
			{map[string]float64{"background-g": 1}, [3]float64{0.5, 0.5, 0.5}, [3]float64{0, 1, 0}},
			{map[string]float64{"background-b": 0.7}, [3]float64{0.5, 0.5, 0.5}, [3]float64{0, 0, 0.7}},
			{map[string]float64{"background-r": 0.3, "background-g": 0.3, "background-b": 0.3}, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.3, 0.3, 0.3}},
		} {
			s := DefaultScene()
			for name, value := range c.settings {
				if err := s.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			picture := render(t, r, s)
			corner, centre := picture[:3], picture[3*(o.Size/2*o.Size+o.Size/2):][:3]
			for k := range 3 {
				if math.Abs(float64(centre[k])-c.object[k]) > 1e-6 || math.Abs(float64(corner[k])-c.background[k]) > 1e-6 {
					t.Errorf("%+v, %v: the square is %v on %v, want %v on %v", o, c.settings, centre, corner, c.object, c.background)
					break
				}
			}
		}
	}
}

// TestAveraging compares a pixel on the edge with the share of it that the
// square covers.
func TestAveraging(t *testing.T) {
	for _, s := range []int{1, 2, 3, 4} {
		// Half a square over the left half of a picture of 3 pixels: the middle
		// pixel is covered by the samples left of its middle, and by those on it.
		scene := DefaultScene()
		scene.OffsetX = 1
		scene.FOV, scene.Distance = 90, 1
		scene.Background = [3]float64{0.2, 0.2, 0.2}
		picture := render(t, newRenderer(t, square(1, 0, 0, 2), Options{Size: 3, Supersample: s}), scene)
		inside := float64((s+1)/2) / float64(s)
		want := 0.5*inside + 0.2*(1-inside)
		if got := float64(picture[3*4]); math.Abs(got-want) > 1e-6 {
			t.Errorf("supersampling %d: the pixel on the edge is %g, want %g", s, got, want)
		}
	}
}
