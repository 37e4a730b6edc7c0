package render

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"math"
	"runtime"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// Options are the settings of a Renderer. The zero value is the paper's, except that
// pictures are not mirrored.
type Options struct {
	// Size is the number of pixels along each side of the picture; 0 is 224.
	Size int
	// Supersample is the number of samples along each side of a pixel; 0 is 2,
	// the reference's.
	Supersample int
	// Workers is the number of goroutines that draw; 0 is GOMAXPROCS.
	Workers int
	// KeepPlacement turns off the normalisation of the mesh; see
	// mesh.Normalized.
	KeepPlacement bool
	// Shading is Flat ("" too) or Smooth.
	Shading Shading
	// Crease is the angle between faces, in degrees, from which the edge between them
	// is sharp in smooth shading, where the mesh has no normals: above 0, at most 180.
	// 0 takes the mesh's smoothing groups or, without them, mesh.DefaultCrease.
	Crease float64
	// Camera is Physical ("" too) or Paper.
	Camera Convention
	// Up is the axis of the mesh that points up, "" for y, and Front the azimuth, in
	// degrees, of its front; see mesh.Turned. A renderer's own options are without:
	// its mesh is turned.
	Up    mesh.Up
	Front float64
	// Materials gives faces the colours and textures of the mesh's materials,
	// multiplied by Scene.Object; without it every face is white.
	Materials bool
}

// CheckCrease returns an error for an angle that is not one of Options.Crease, or has
// no effect on the shading.
func CheckCrease(degrees float64, shading Shading) error {
	switch {
	case !(degrees >= 0 && degrees <= 180):
		return fmt.Errorf("the crease angle is %g°: give one above 0 and at most 180, or 0 for the mesh's own", degrees)
	case degrees != 0 && shading != Smooth:
		return fmt.Errorf("a crease angle of %g° has no effect on flat shading: choose shading smooth, or leave it out", degrees)
	}
	return nil
}

// maxSamples bounds Size·Supersample: a view then takes 2 GiB.
const maxSamples = 1 << 14

func (o Options) withDefaults() (Options, error) {
	o.Size = cmp.Or(o.Size, 224)
	o.Supersample = cmp.Or(o.Supersample, 2)
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	var err error
	if o.Shading, err = ParseShading(string(o.Shading)); err != nil {
		return o, err
	}
	if o.Camera, err = Conventions.Parse(string(o.Camera)); err != nil {
		return o, err
	}
	if o.Up, err = mesh.Ups.Parse(string(o.Up)); err != nil {
		return o, err
	}
	if err := CheckCrease(o.Crease, o.Shading); err != nil {
		return o, err
	}
	switch {
	case !(math.Abs(o.Front) <= 360):
		return o, fmt.Errorf("the front is at %g°: give an azimuth within ±360", o.Front)
	case o.Size < 0:
		return o, fmt.Errorf("the picture's size is %d pixels: it must be at least 1", o.Size)
	case o.Supersample < 0:
		return o, fmt.Errorf("the supersampling is %d: it must be at least 1", o.Supersample)
	case o.Workers < 0:
		return o, fmt.Errorf("the number of workers is %d: it must be at least 1", o.Workers)
	case o.Size > maxSamples || o.Supersample > maxSamples || o.Size*o.Supersample > maxSamples:
		return o, fmt.Errorf("a picture of %d pixels with supersampling %d is too large: the product must be at most %d", o.Size, o.Supersample, maxSamples)
	}
	return o, nil
}

// Renderer draws pictures of one mesh. It is safe for concurrent use.
type Renderer struct {
	options   Options
	samples   int
	mesh      *mesh.Mesh
	source    *mesh.Mesh // with duplicates, if backs look different
	positions [][3]float32
	faces     [][3]uint32
	surface   Surface
	views     *pool
	// elsewhere, if set, finds visibility; see With.
	elsewhere Rasterizer
}

// New returns a renderer of a mesh, which must pass mesh.Check. The mesh is
// turned as Options say, normalised, unless Options.KeepPlacement is set, and repeated faces are drawn
// once. The mesh itself is not changed.
func New(m *mesh.Mesh, options Options) (*Renderer, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("preparing to render: no mesh: load or generate one first")
	}
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("preparing mesh %q for rendering: %w", m.Name, err)
	}
	m = options.Visible(m).Turned(options.Up, options.Front)
	options.Up, options.Front = "", 0
	if !options.KeepPlacement {
		m = m.Normalized()
	}
	full := m
	m, back := full.Merge()
	r := &Renderer{options: options, samples: options.Size * options.Supersample, mesh: m, source: m, views: &pool{}}
	if back != nil && options.Materials {
		r.source = full
	}
	r.positions, r.faces = inOrderOfUse(m)
	r.surface = newSurface(m, options, normals(r.positions, r.faces), full, back)
	return r, nil
}

// inOrderOfUse returns the positions that faces use, each once, in the order of
// first use, so that drawing reads memory in order.
func inOrderOfUse(m *mesh.Mesh) (positions [][3]float32, faces [][3]uint32) {
	place := make(map[[3]float32]uint32, len(m.Vertices))
	faces = make([][3]uint32, len(m.Faces))
	for f, face := range m.Faces {
		for k, i := range face {
			p := m.Vertices[i]
			at, known := place[p]
			if !known {
				at = uint32(len(positions))
				place[p] = at
				positions = append(positions, p)
			}
			faces[f][k] = at
		}
	}
	return positions, faces
}

// OnWorkers returns a renderer that draws the same pictures on n goroutines and
// shares all memory with this one. It is for callers that draw several views
// concurrently themselves: every band of a view costs a pass over all faces.
func (r *Renderer) OnWorkers(n int) *Renderer {
	shared := *r
	shared.options.Workers = max(1, n)
	return &shared
}

// Surface returns the data for shading the faces of Mesh. The caller must not
// change it.
func (r *Renderer) Surface() *Surface { return &r.surface }

// Mesh returns the mesh as drawn, normalised and without duplicate faces; a
// VisibilityBuffer refers to its faces. The caller must not change it.
func (r *Renderer) Mesh() *mesh.Mesh { return r.mesh }

// Source returns a mesh of the same vertices as Mesh from which New, with these
// options and KeepPlacement, makes a renderer of the same pictures: that has repeated
// faces, which may give backs another look. The caller must not change it.
func (r *Renderer) Source() *mesh.Mesh { return r.source }

// Options returns the options with defaults filled in.
func (r *Renderer) Options() Options { return r.options }

// ImageLen returns the length of one picture in Render, size·size·3.
func (r *Renderer) ImageLen() int { return 3 * r.options.Size * r.options.Size }

// Render draws one picture for each scene into images,
// [batch, size, size, 3] float32, NHWC, red green blue, 0…1, row 0 at the top.
//
// It draws on Options.Workers goroutines: several views at a time or, if there are
// fewer views than workers, several bands of rows of one view. The pictures do not
// depend on it. When ctx is done, it returns ctx.Err(), wrapped, before the next
// view.
func (r *Renderer) Render(ctx context.Context, scenes []Scene, images []float32) error {
	if err := checkScenes(scenes); err != nil {
		return err
	}
	n := r.ImageLen()
	if len(images) != n*len(scenes) {
		return fmt.Errorf("%d values for %d pictures of %d×%d×3: the length must be %d", len(images), len(scenes), r.options.Size, r.options.Size, n*len(scenes))
	}
	draw := r.renderHere
	if r.elsewhere != nil {
		draw = r.renderElsewhere
	}
	if err := draw(ctx, scenes, images); err != nil {
		return fmt.Errorf("rendering %q: %w", r.mesh.Name, err)
	}
	return nil
}

// renderHere is Render with this renderer's own visibility.
func (r *Renderer) renderHere(ctx context.Context, scenes []Scene, images []float32) error {
	n := r.ImageLen()
	return r.each(ctx, len(scenes), func(v *view, i int) {
		v.place(r, &scenes[i])
		v.dress(r, &scenes[i])
	}, func(v *view, i, from, to int) {
		v.draw(r, from, to)
		v.resolve(r, images[i*n:(i+1)*n], from/v.supersample, to/v.supersample)
	})
}

// Image draws one picture, rounded to 8 bits per channel.
func (r *Renderer) Image(ctx context.Context, scene Scene) (*image.NRGBA, error) {
	values := make([]float32, r.ImageLen())
	if err := r.Render(ctx, []Scene{scene}, values); err != nil {
		return nil, err
	}
	return NRGBA(values, r.options.Size), nil
}

// NRGBA returns one picture of Render, [size, size, 3] float32 0…1, rounded to
// 8 bits per channel.
func NRGBA(values []float32, size int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	for i := range size * size {
		for k := range 3 {
			picture.Pix[4*i+k] = uint8(min(max(values[3*i+k], 0), 1)*255 + 0.5)
		}
		picture.Pix[4*i+3] = 255
	}
	return picture
}

func checkScenes(scenes []Scene) error {
	for i := range scenes {
		if err := scenes[i].check(); err != nil {
			return fmt.Errorf("scene %d of %d: %w", i+1, len(scenes), err)
		}
	}
	return nil
}
