package shading

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// rectangle adds a rectangle in a plane of constant z, cut along a diagonal.
func rectangle(m *mesh.Mesh, x0, y0, x1, y1, z float32) {
	n := int32(len(m.Vertices))
	m.Vertices = append(m.Vertices, [3]float32{x0, y0, z}, [3]float32{x1, y0, z}, [3]float32{x1, y1, z}, [3]float32{x0, y1, z})
	m.Faces = append(m.Faces, [3]int32{n, n + 1, n + 2}, [3]int32{n, n + 2, n + 3})
}

// frontal is a scene in which one unit at z = 0 is a quarter of the picture.
func frontal() render.Scene {
	s := render.DefaultScene()
	s.FOV, s.Distance = 90, 2
	s.Light, s.Ambient, s.Directional = [3]float64{0, 0, -1}, 0.25, 0.5
	return s
}

// gradient returns the derivatives of the sum of the pixels' weights times their
// red, where weight is a function of the pixel's column and row.
func gradient(t *testing.T, m *mesh.Mesh, s render.Scene, size int, weight func(x, y int) float64) map[string]float64 {
	t.Helper()
	_, r := both(t, m, render.Options{Size: size, KeepPlacement: true})
	adjoints := make([]float32, r.ImageLen())
	for y := range size {
		for x := range size {
			adjoints[3*(y*size+x)] = float32(weight(x, y))
		}
	}
	values := make([]float32, Width())
	if err := r.Gradients(t.Context(), []render.Scene{s}, adjoints, values); err != nil {
		t.Fatal(err)
	}
	named := map[string]float64{}
	for i, p := range render.Parameters() {
		named[p.Name] = float64(values[i])
	}
	return named
}

func near1(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 2e-3*max(1, math.Abs(want)) {
		t.Errorf("%s: %g, want %g", what, got, want)
	}
}

// TestARectangleMoves knows the derivatives of the area of a rectangle and of
// its part in the left half of the picture.
func TestARectangleMoves(t *testing.T) {
	const size = 64
	m := &mesh.Mesh{}
	// The sides are half-way between samples, which are 1/32 apart.
	rectangle(m, -17./32, -11./32, 13./32, 21./32, 0)
	s := frontal()
	shade := s.Ambient + s.Directional // faced by the light
	unit := float64(size) / 4          // pixels per unit of the mesh
	width, height := 30./32*unit, unit

	all := gradient(t, m, s, size, func(x, y int) float64 { return 1 })
	near1(t, "area by offset-x", all["offset-x"], 0)
	near1(t, "area by offset-y", all["offset-y"], 0)
	near1(t, "area by roll", all["roll"], 0)
	// The area goes with the inverse square of the distance.
	near1(t, "area by distance", all["distance"], -2/s.Distance*shade*width*height)
	// and with that of tan(fov/2), whose derivative is 1/(2 cos²).
	near1(t, "area by fov", all["fov"], -2*shade*width*height*math.Pi/180)

	left := gradient(t, m, s, size, func(x, y int) float64 {
		if x < size/2 {
			return 1
		}
		return 0
	})
	// Looking further to the right moves all of it to the left: what comes in
	// over the middle of the picture is not an edge, so only its left end moves.
	near1(t, "left half by offset-x", left["offset-x"], shade*height*unit)
	near1(t, "left half by offset-y", left["offset-y"], 0)
}

// TestPullingBackIsTheGraphsGradient compares the derivatives of Gradients with
// those that the graph of pictures has, by automatic differentiation alone.
func TestPullingBackIsTheGraphsGradient(t *testing.T) {
	plain := dressed{"cup", mesh.Cup(), render.Options{Size: 40}, nil}
	plain.checkPullingBack(t)
	flat := dressed{"red roof", loadOBJ(t, redRoof, materials), render.Options{Size: 72, Materials: true}, everything(t)}
	flat.checkPullingBack(t)
	all := dressed{"cube", cube(t), render.Options{Size: 72, Materials: true, Shading: render.Smooth}, everything(t)}
	all.checkPullingBack(t)
}

func (d *dressed) checkPullingBack(t *testing.T) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	host, r := both(t, d.mesh, d.options)
	const batch = 3
	scenes := make([]render.Scene, batch)
	const lightsEach = 3 // one more than there are at most
	size := d.options.Size
	var values, lights, backdrops []float32
	var visible render.VisibilityBuffer
	traced := make([]Edges, batch)
	room := 0
	for i := range scenes {
		scenes[i] = randomScene(t, rng)
		if i == 0 { // level faces in full light are as bright as can be
			scenes[i] = render.DefaultScene()
			scenes[i].Elevation = 35
		}
		if d.dress != nil {
			d.dress(&scenes[i])
		}
		lights = Lights(lights, &scenes[i], lightsEach)
		if b := scenes[i].Backdrop; b != nil {
			backdrops = append(backdrops, b.Fill(size)...)
		} else {
			backdrops = append(backdrops, make([]float32, 3*size*size)...)
		}
		values = Values(values, &scenes[i])
	}
	if err := host.Visibility(t.Context(), scenes, &visible); err != nil {
		t.Fatal(err)
	}
	each := len(visible.Copies) / batch
	for i := range scenes {
		if err := r.tracer().Trace(&scenes[i], visible.Copies[i*each:][:each], &traced[i]); err != nil {
			t.Fatal(err)
		}
		room = max(room, traced[i].Room())
	}
	pixels, edges := make([]int32, batch*room), make([]float32, batch*edgeColumns*room)
	for i := range traced {
		traced[i].Pack(pixels[i*room:][:room], edges[i*edgeColumns*room:][:edgeColumns*room])
	}
	adjoints := make([]float32, batch*r.ImageLen())
	for i := range adjoints {
		adjoints[i] = float32(rng.NormFloat64())
	}
	got := make([]float32, batch*Width())
	if err := r.Gradients(t.Context(), scenes, adjoints, got); err != nil {
		t.Fatal(err)
	}

	exec, err := graph.NewExec(open(t), func(in []*graph.Node) (*graph.Node, *graph.Node) {
		images := r.placed.Pictures(Inputs{Parameters: in[0], Copies: in[1], Lights: in[2], Backdrops: in[3], EdgePixels: in[4], Edges: in[5]})
		return graph.Gradient(graph.ReduceAllSum(graph.Mul(images, in[6])), in[0])[0], images
	})
	if err != nil {
		t.Fatal(err)
	}
	exec.SetSideParamsHook(r.placed.Feed)
	samples := visible.Samples
	results, err := exec.Call(
		tensors.FromFlatDataAndDimensions(values, batch, Width()),
		tensors.FromFlatDataAndDimensions(visible.Copies, batch, samples, samples),
		tensors.FromFlatDataAndDimensions(lights, batch, lightsEach, lightColumns),
		tensors.FromFlatDataAndDimensions(backdrops, batch, size, size, 3),
		tensors.FromFlatDataAndDimensions(pixels, batch, room),
		tensors.FromFlatDataAndDimensions(edges, batch, edgeColumns, room),
		tensors.FromFlatDataAndDimensions(adjoints, batch, size, size, 3),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := tensors.MustCopyFlatData[float32](results[0])
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 2e-4*(1+math.Abs(float64(want[i]))) {
			t.Errorf("scene %d, %s: %g, want %g", i/Width(), render.Parameters()[i%Width()].Name, got[i], want[i])
		}
	}
	// The edges do not change the pictures.
	images, pictures := tensors.MustCopyFlatData[float32](results[1]), make([]float32, batch*r.ImageLen())
	if err := host.Render(t.Context(), scenes, pictures); err != nil {
		t.Fatal(err)
	}
	for i := range images {
		if math.Abs(float64(images[i]-pictures[i])) > 2e-6 {
			t.Fatalf("value %d of the pictures is %g, want %g", i, images[i], pictures[i])
		}
	}
}
