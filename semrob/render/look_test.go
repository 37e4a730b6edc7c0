package render

import (
	"context"
	"encoding/json"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// checkerQuad returns a square of side 2 in the plane z = 0 with a texture of
// n × n black and white texels, black at the upper left as seen by a camera at
// azimuth 180, and its texture coordinates scaled by times.
func checkerQuad(n int, times float32) *mesh.Mesh {
	m := square(0, 0, 0, 1)
	texture := &mesh.Texture{Name: "checkerboard", Width: n, Height: n}
	for y := range n {
		for x := range n {
			c := uint8(255 * ((x + y) % 2))
			texture.Pixels = append(texture.Pixels, c, c, c)
		}
	}
	for _, v := range m.Vertices {
		m.TexCoords = append(m.TexCoords, [2]float32{times * (v[0] + 1) / 2, times * (1 - v[1]) / 2})
	}
	m.FaceTexCoords = slices.Clone(m.Faces)
	m.Materials = []mesh.Material{{Name: "board", Diffuse: [3]float32{1, 1, 1}, Texture: texture}}
	m.FaceMaterials = make([]int32, len(m.Faces))
	return m
}

// facing fills the picture with a square of side 2 at the origin, lit fully.
func facing() Scene {
	s := DefaultScene()
	s.FOV, s.Distance = 90, 1
	s.Ambient, s.Directional = 1, 0
	return s
}

// TestCheckerboard compares a textured square that fills the picture with bilinear
// interpolation at each sample.
func TestCheckerboard(t *testing.T) {
	const n, size = 4, 48
	tent := func(p float64) float64 { // the checkerboard's profile between −1 and 1
		x := p*n - 0.5
		i := math.Floor(x)
		f := x - i
		value := 1 - 2*f
		if int(i)%2 != 0 {
			value = -value
		}
		return value
	}
	for _, s := range []int{1, 2, 3} {
		m := checkerQuad(n, 1)
		r := newRenderer(t, m, Options{Size: size, Supersample: s, Materials: true})
		scene := facing()
		scene.Azimuth = 180
		scene.Object = [3]float64{1, 0.5, 0.25}
		got := render(t, r, scene)
		for y := range size {
			for x := range size {
				var want float64
				for j := range s {
					for i := range s {
						u, v := (float64(s*x+i)+0.5)/float64(s*size), (float64(s*y+j)+0.5)/float64(s*size)
						// black is −1 times −1 … the product of two profiles
						want += (1 - tent(u)*tent(v)) / 2
					}
				}
				want /= float64(s * s)
				for k, o := range scene.Object {
					if g := float64(got[3*(y*size+x)+k]); math.Abs(g-o*want) > 1e-4 {
						t.Fatalf("supersampling %d: channel %d of pixel (%d, %d) is %g, want %g", s, k, x, y, g, o*want)
					}
				}
			}
		}
		if plain := render(t, newRenderer(t, m, Options{Size: size, Supersample: s}), facing()); slices.Max(plain) != 1 || slices.Min(plain) != 1 {
			t.Errorf("without Materials the square is %g…%g, want white", slices.Min(plain), slices.Max(plain))
		}
	}
}

// TestMinified draws a checkerboard with many squares in a sample: it must be grey.
func TestMinified(t *testing.T) {
	r := newRenderer(t, checkerQuad(2, 400), Options{Size: 32, Supersample: 1, Materials: true})
	for i, c := range render(t, r, facing()) {
		if math.Abs(float64(c)-0.5) > 0.01 {
			t.Fatalf("value %d is %g, want 0.5", i, c)
		}
	}
}

// TestMipMap compares levels with area means worked out texel by texel.
func TestMipMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, size := range [][2]int{{8, 8}, {7, 5}, {1, 9}, {13, 2}, {1, 1}} {
		texture := &mesh.Texture{Width: size[0], Height: size[1], Pixels: make([]uint8, 3*size[0]*size[1])}
		for i := range texture.Pixels {
			texture.Pixels[i] = uint8(rng.IntN(256))
		}
		levels := NewMipMap(texture).Levels
		for i := 1; i < len(levels); i++ {
			from, to := levels[i-1], levels[i]
			if to.Width != max(1, from.Width/2) || to.Height != max(1, from.Height/2) {
				t.Fatalf("level %d of %v is %d × %d", i, size, to.Width, to.Height)
			}
			// Every texel is cut into to.Width × to.Height equal pieces.
			sums := make([]int, 3*to.Width*to.Height)
			for y := range from.Height * to.Height {
				for x := range from.Width * to.Width {
					for k := range 3 {
						sums[3*(y/from.Height*to.Width+x/from.Width)+k] += int(from.Pixels[3*(y/to.Height*from.Width+x/to.Width)+k])
					}
				}
			}
			for j, sum := range sums {
				if want := float64(sum) / float64(from.Width*from.Height); math.Abs(float64(to.Pixels[j])-want) > 0.5+1e-9 {
					t.Fatalf("level %d of %v: value %d is %d, the mean %g", i, size, j, to.Pixels[j], want)
				}
			}
		}
		if last := levels[len(levels)-1]; last.Width != 1 || last.Height != 1 {
			t.Errorf("the last level of %v is %d × %d", size, last.Width, last.Height)
		}
	}
}

// TestWrap compares sampling beyond the edges with a texture laid out at length.
func TestWrap(t *testing.T) {
	row := []uint8{10, 200, 60}
	laidOut := map[mesh.Wrap][]uint8{ // texels −4 … 6
		mesh.Repeat: {60, 10, 200, 60, 10, 200, 60, 10, 200, 60, 10},
		mesh.Clamp:  {10, 10, 10, 10, 10, 200, 60, 60, 60, 60, 60},
		mesh.Mirror: {60, 60, 200, 10, 10, 200, 60, 60, 200, 10, 10},
	}
	for wrap, line := range laidOut {
		horizontal := &mesh.Texture{Width: 3, Height: 1, WrapU: wrap}
		vertical := &mesh.Texture{Width: 1, Height: 3, WrapV: wrap}
		for _, c := range row {
			horizontal.Pixels = append(horizontal.Pixels, c, c, c)
			vertical.Pixels = append(vertical.Pixels, c, c, c)
		}
		for x := -3.4; x < 6.4; x += 0.1 { // in texels; the centre of texel i is i + ½
			i := int(math.Floor(x - 0.5))
			f := x - 0.5 - float64(i)
			want := ((1-f)*float64(line[i+4]) + f*float64(line[i+5])) / 255
			a := NewMipMap(horizontal).Sample(0, x/3, 0.3)[1]
			b := NewMipMap(vertical).Sample(0, -7.8, x/3)[1]
			if math.Abs(a-want) > 1e-9 || math.Abs(b-want) > 1e-9 {
				t.Fatalf("wrap %d at texel %.1f: %g along u, %g along v, want %g", wrap, x, a, b, want)
			}
		}
	}
}

// TestTextureInPerspective compares a tilted textured square with rays: every
// sample must show the texture at the point where its ray meets the square.
func TestTextureInPerspective(t *testing.T) {
	const size = 64
	m := checkerQuad(8, 1)
	r := newRenderer(t, m, Options{Size: size, Supersample: 1, Materials: true})
	for _, distance := range []float64{2.5, 0.7} { // the second has corners behind the camera
		scene := facing()
		scene.Azimuth, scene.Elevation, scene.Roll, scene.Distance = 50, 20, 10, distance
		scene.FOV = 70
		got := render(t, r, scene)
		rays := newRayTracer(m, scene, size, Physical)
		texture := NewMipMap(m.Materials[0].Texture)
		at := func(column, row float64) (u, v float64) {
			x, y := (2*column+1-size)/size*rays.tangent, -(2*row+1-size)/size*rays.tangent
			ray := plus(rays.onward, plus(scaled(rays.right, x), scaled(rays.up, y)))
			p := plus(rays.eye, scaled(ray, -rays.eye[2]/ray[2]))
			return (p[0] + 1) / 2, (1 - p[1]) / 2
		}
		compared := 0
		for y := range size {
			for x := range size {
				column, row := float64(x), float64(y)
				if h, ok := rays.settled(x, y); !ok || h.copyIndex == None {
					continue
				}
				compared++
				u, v := at(column, row)
				const h = 1e-4 // the level from differences
				ur, vr := at(column+h, row)
				ud, vd := at(column, row+h)
				square := 64 * max(((ur-u)*(ur-u)+(vr-v)*(vr-v))/h/h, ((ud-u)*(ud-u)+(vd-v)*(vd-v))/h/h)
				exact := math.Log2(square)/2 + 0.5
				if math.Abs(exact-math.Round(exact)) < 1e-3 {
					continue // on the border of two levels
				}
				level := max(0, min(int(math.Floor(exact)), len(texture.Levels)-1))
				want := texture.Sample(level, u, v)[0]
				if g := float64(got[3*(y*size+x)]); math.Abs(g-want) > 1e-3 {
					t.Fatalf("distance %g: pixel (%d, %d) is %g, want %g", distance, x, y, g, want)
				}
			}
		}
		if compared < 300 {
			t.Errorf("distance %g: only %d pixels compared", distance, compared)
		}
	}
}

// sphere returns a sphere of radius 1 with n rings, its faces without shared
// vertices, so that a smooth picture depends on welding.
func sphere(n int) *mesh.Mesh {
	var profile [][2]float64
	for i := range n + 1 {
		sin, cos := math.Sincos(math.Pi * float64(i) / float64(n))
		profile = append(profile, [2]float64{max(0, sin), -cos})
	}
	profile[0][0], profile[n][0] = 0, 0
	welded := mesh.Revolution(profile, 2*n)
	m := &mesh.Mesh{Name: "sphere"}
	for _, face := range welded.Faces {
		for _, i := range face {
			m.Vertices = append(m.Vertices, welded.Vertices[i])
		}
		last := int32(len(m.Vertices))
		m.Faces = append(m.Faces, [3]int32{last - 3, last - 2, last - 1})
	}
	return m
}

// TestSmoothSphere compares smooth shading with the closed form: the normal of a
// sphere about the origin is the point itself.
func TestSmoothSphere(t *testing.T) {
	const size = 96
	m := sphere(40)
	exact := sphere(40)
	exact.Normals = slices.Clone(exact.Vertices)
	exact.FaceNormals = slices.Clone(exact.Faces)
	inverted := sphere(40) // normals of a file that point inwards are turned
	for _, v := range exact.Vertices {
		inverted.Normals = append(inverted.Normals, [3]float32{-2 * v[0], -2 * v[1], -2 * v[2]})
	}
	inverted.FaceNormals = exact.FaceNormals

	scene := DefaultScene()
	scene.Azimuth, scene.Elevation = 30, 20
	scene.Light, scene.Ambient, scene.Directional = [3]float64{1, 2, -1}, 0.1, 0.9
	rays := newRayTracer(m, scene, size, Physical)
	light := scaled(scene.Light, 1/math.Sqrt(6))
	for name, m := range map[string]*mesh.Mesh{"computed": m, "given": exact, "given inwards": inverted} {
		t.Run(name, func(t *testing.T) {
			picture := render(t, newRenderer(t, m, Options{Size: size, Supersample: 1, Shading: Smooth}), scene)
			flat := render(t, newRenderer(t, m, Options{Size: size, Supersample: 1}), scene)
			compared, worst, worstFlat := 0, 0.0, 0.0
			for y := range size {
				for x := range size {
					px, py := float64(2*x+1-size)/size*rays.tangent, -float64(2*y+1-size)/size*rays.tangent
					ray := plus(rays.onward, plus(scaled(rays.right, px), scaled(rays.up, py)))
					// |eye + t·ray| = 0.97: away from the rim, where the polygon
					// is inside of the sphere.
					a, b := vec3.Dot(ray, ray), vec3.Dot(rays.eye, ray)
					if b*b-a*(vec3.Dot(rays.eye, rays.eye)-0.97*0.97) <= 0 {
						continue
					}
					depth := (-b - math.Sqrt(b*b-a*(vec3.Dot(rays.eye, rays.eye)-1))) / a
					n := plus(rays.eye, scaled(ray, depth))
					want := min(1, 0.1+0.9*max(0, vec3.Dot(n, light)))
					compared++
					worst = max(worst, math.Abs(float64(picture[3*(y*size+x)])-want))
					worstFlat = max(worstFlat, math.Abs(float64(flat[3*(y*size+x)])-want))
				}
			}
			if compared < 2000 || worst > 0.006 || worstFlat < 0.02 {
				t.Errorf("%s: off by up to %.4f over %d pixels (flat shading: %.4f)", name, worst, compared, worstFlat)
			}
		})
	}
}

// TestNormalsThatCancelOut shades a sheet of two sides smoothly: a triangle, and
// behind it the same one in two pieces, so that no face is a duplicate. At its
// corners there is no mean normal; it must not be dark there.
func TestNormalsThatCancelOut(t *testing.T) {
	m := square(0, 0, 0, 1)
	twice := &mesh.Mesh{Name: "sheet", Vertices: append(m.Vertices[:3:3], [3]float32{0, 1, 0}), Faces: [][3]int32{{0, 1, 2}, {1, 0, 3}, {0, 2, 3}}}
	for i, n := range twice.SmoothNormals()[:3] {
		if n != [3]float32{} {
			t.Fatalf("corner %d has the mean normal %v", i, n)
		}
	}
	scene := facing()
	scene.Ambient, scene.Directional, scene.Light = 0, 1, [3]float64{0, 0, -1}
	scene.Distance = 3
	picture := render(t, newRenderer(t, twice, Options{Size: 33, Supersample: 1, Shading: Smooth, KeepPlacement: true}), scene)
	flat := render(t, newRenderer(t, twice, Options{Size: 33, Supersample: 1, KeepPlacement: true}), scene)
	for i := range flat {
		if math.Abs(float64(picture[i]-flat[i])) > 1e-5 {
			t.Fatalf("value %d of the sheet is %g, want %g", i, picture[i], flat[i])
		}
	}
}

// TestLights compares a picture under several lights with the sum of pictures
// under one each, and a further light with the scene's own.
func TestLights(t *testing.T) {
	m := bumpySphere(20)
	for _, shading := range []Shading{Flat, Smooth} {
		r := newRenderer(t, m, Options{Size: 40, Shading: shading})
		dark := DefaultScene()
		dark.Ambient, dark.Directional = 0, 0
		lights := []Light{
			{Direction: [3]float64{1, 1, 0}, Intensity: 0.3},
			{Direction: [3]float64{-1, 0, -3}, Intensity: 0.4, Colour: [3]float64{1, 0.5, 0}},
		}
		all := dark
		all.Ambient, all.Directional, all.Lights = 0.05, 0.2, lights
		got := render(t, r, all)

		base := dark
		base.Ambient, base.Directional = 0.05, 0.2
		want := render(t, r, base)
		for _, l := range lights {
			white := dark
			white.Light, white.Directional = l.Direction, l.Intensity
			colour := l.Colour
			if colour == [3]float64{} {
				colour = [3]float64{1, 1, 1}
			}
			for i, c := range render(t, r, white) {
				want[i] += c * float32(colour[i%3])
			}
		}
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-5 {
				t.Fatalf("%s: value %d is %g, the sum %g", shading, i, got[i], want[i])
			}
		}
	}
}

// photograph returns an image of which every pixel is different.
func photograph(width, height int) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(3, 5, 3+width, 5+height))
	for y := range height {
		for x := range width {
			p.SetNRGBA(3+x, 5+y, color.NRGBA{uint8(x * 255 / width), uint8(y * 255 / height), uint8((x*7 + y*13) % 256), 255})
		}
	}
	return p
}

// TestBackdrop compares the background with the resized image.
func TestBackdrop(t *testing.T) {
	const size = 32
	scene := DefaultScene()
	scene.Azimuth = 30
	r := newRenderer(t, square(0, 0, 0, 1), Options{Size: size})
	alone := render(t, r, scene)
	white := scene
	white.Background = [3]float64{1, 1, 1}
	onWhite := render(t, r, white)
	for _, shape := range [][2]int{{size, size}, {3 * size, 2 * size}, {20, 50}} {
		picture := photograph(shape[0], shape[1])
		backdrop, err := NewBackdrop(picture)
		if err != nil {
			t.Fatal(err)
		}
		scene.Backdrop = backdrop
		got := render(t, r, scene)
		side := min(shape[0], shape[1])
		crop := image.Rect(0, 0, side, side).Add(picture.Rect.Min).Add(image.Pt((shape[0]-side)/2, (shape[1]-side)/2))
		resized := image.NewRGBA64(image.Rect(0, 0, size, size))
		draw.BiLinear.Scale(resized, resized.Rect, picture, crop, draw.Src, nil)
		for y := range size {
			for x := range size {
				c := resized.RGBA64At(x, y)
				for k, behind := range []uint16{c.R, c.G, c.B} {
					i := 3*(y*size+x) + k
					// Over black and white the share that shows is the difference.
					want := float64(alone[i]) + float64(onWhite[i]-alone[i])*float64(behind)/65535
					if math.Abs(float64(got[i])-want) > 1.0/255 {
						t.Fatalf("%v: channel %d of pixel (%d, %d) is %g, want %g", shape, k, x, y, got[i], want)
					}
				}
			}
		}
		if shape == [2]int{size, size} && got[3*size*size-1] != float32(picture.NRGBAAt(3+size-1, 5+size-1).B)/255 {
			t.Error("an image of the picture's size does not come through unchanged")
		}
	}
}

// TestBackdropInJSON checks the description of a backdrop in keys.
func TestBackdropInJSON(t *testing.T) {
	key := func(s Scene) string {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	plain := key(DefaultScene())
	if want := `{"azimuth":0,"elevation":0,"distance":2.732,"roll":0,"fov":60,"offset-x":0,"offset-y":0,"light":[0,1,0],"directional":0.5,"ambient":0.5,"object":[1,1,1],"background":[0,0,0]}`; plain != want {
		t.Errorf("the default scene is written %s, as it was before lights and backdrops %s", plain, want)
	}
	seen := map[string]bool{plain: true}
	pictures := []*image.NRGBA{photograph(4, 6), photograph(6, 4), photograph(4, 6)}
	pictures[2].Pix[0]++
	for _, p := range pictures {
		scene := DefaultScene()
		scene.Backdrop, _ = NewBackdrop(p)
		text := key(scene)
		if seen[text] || !strings.Contains(text, scene.Backdrop.Hash()) {
			t.Errorf("another image has the key %s", text)
		}
		seen[text] = true
		again := DefaultScene()
		again.Backdrop, _ = NewBackdrop(p)
		if key(again) != text {
			t.Error("the same image has another key")
		}
		var back Scene
		if err := json.Unmarshal([]byte(text), &back); err == nil || !strings.Contains(err.Error(), "does not contain its backdrop") {
			t.Errorf("reading a scene without its image gives %v", err)
		}
	}
	scene := DefaultScene()
	scene.Lights = []Light{{Direction: [3]float64{1, 0, 0}, Intensity: 1}}
	var back Scene
	if err := json.Unmarshal([]byte(key(scene)), &back); err != nil || back.Lights[0] != scene.Lights[0] {
		t.Errorf("lights come back as %v, %v", back.Lights, err)
	}
	if _, err := NewBackdrop(nil); err == nil {
		t.Error("no error without an image")
	}
}

func TestLookErrors(t *testing.T) {
	r := newRenderer(t, square(0, 0, 0, 1), Options{Size: 8})
	up := [3]float64{0, 1, 0}
	for _, c := range []struct {
		light Light
		says  string
	}{
		{Light{Intensity: 1}, "no direction"},
		{Light{Direction: [3]float64{math.NaN(), 0, 0}}, "finite"},
		{Light{Direction: up, Intensity: -1}, "intensity -1"},
		{Light{Direction: up, Intensity: math.Inf(1)}, "intensity"},
		{Light{Direction: up, Colour: [3]float64{2, 0, 0}}, "colour"},
	} {
		scene := DefaultScene()
		scene.Lights = []Light{{Direction: up}, c.light}
		err := r.Render(context.Background(), []Scene{scene}, make([]float32, r.ImageLen()))
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "light 2 of 2") {
			t.Errorf("%+v: error %v, want %q", c.light, err, c.says)
		}
	}
	if _, err := New(square(0, 0, 0, 1), Options{Shading: "round"}); err == nil || !strings.Contains(err.Error(), "round") {
		t.Errorf("shading round: %v", err)
	}
}

// TestShadedLikePlain compares shading per sample with shading by a palette.
func TestShadedLikePlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	m := randomMesh(rng, 60)
	white := randomMesh(rand.New(rand.NewPCG(9, 1)), 60)
	white.Materials = []mesh.Material{{Diffuse: [3]float32{1, 1, 1}}, {Diffuse: [3]float32{0.5, 0.5, 0.25}}}
	white.FaceMaterials = make([]int32, len(white.Faces))
	for range 10 {
		scene := randomScene(rng)
		want := render(t, newRenderer(t, m, Options{Size: 24}), scene)
		lit := scene
		lit.Lights = []Light{{Direction: [3]float64{1, 0, 0}}} // of no intensity
		close := func(what string, got []float32) {
			t.Helper()
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-6 {
					t.Fatalf("%s: value %d is %g, want %g", what, i, got[i], want[i])
				}
			}
		}
		close("a dark light", render(t, newRenderer(t, m, Options{Size: 24}), lit))
		if got := render(t, newRenderer(t, white, Options{Size: 24, Materials: true}), scene); !slices.Equal(got, want) {
			t.Fatal("white materials change the picture")
		}
		for f := range white.FaceMaterials {
			white.FaceMaterials[f] = 1
		}
		tinted := scene
		for k := range tinted.Object {
			tinted.Object[k] *= float64(white.Materials[1].Diffuse[k])
		}
		want = render(t, newRenderer(t, m, Options{Size: 24}), tinted)
		close("a material of one colour", render(t, newRenderer(t, white, Options{Size: 24, Materials: true}), scene))
		clear(white.FaceMaterials)
	}
}
