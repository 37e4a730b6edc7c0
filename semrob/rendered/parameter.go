package rendered

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// UserParameter is a user-defined semantic parameter, in addition to those of
// render.Parameters. One or more of three functions apply its value to a view. They
// must be deterministic and safe for concurrent use.
type UserParameter struct {
	// Axis has its name, which must differ from those of render.Parameters, its unit
	// and its domain.
	objective.Axis
	// Default is its value if it is not an axis.
	Default float64
	// Scene changes other parameters, for example several at once, or one on another
	// scale. The axes of render.Parameters are set already. Objectives whose
	// user-defined parameters have only a Scene have a gradient, by the chain rule.
	Scene func(scene *render.Scene, value float64)
	// Shape moves the mesh's vertices, [vertex][x, y, z], y up, in units of the mesh:
	// centred, its largest side 2. The result is not centred again, and rendered on
	// the host with the normals of its faces.
	Shape func(vertices [][3]float32, value float64)
	// Picture changes the rendered picture before the network sees it:
	// [size, size, 3], red green blue, 0…1, row 0 at the top.
	Picture func(pixels []float32, size int, value float64)
	// Revision is the version of the functions, part of the key of results on disk.
	// Change it when a function changes. If it is "", results are not stored.
	Revision string
}

// Check returns an error if the parameter has no new name, no domain or no effect.
func (p UserParameter) Check() error {
	if err := (objective.Space{p.Axis}).Check(); err != nil {
		return fmt.Errorf("a user-defined semantic parameter: %w", err)
	}
	if _, err := render.LookupParameter(p.Name); err == nil {
		return fmt.Errorf("the renderer already has a semantic parameter %q: choose another name", p.Name)
	}
	if p.Scene == nil && p.Shape == nil && p.Picture == nil {
		return fmt.Errorf("the semantic parameter %q has no effect: set Scene, Shape or Picture", p.Name)
	}
	return p.CheckValue(p.Default)
}

// CheckValue returns an error for a value outside the domain.
func (p UserParameter) CheckValue(value float64) error {
	if !p.Contains(value) {
		return fmt.Errorf("%s must be on %s, not %g", p.Name, p.Axis, value)
	}
	return nil
}

// values returns the values of o.UserParameters at a point.
func (o *Objective) values(point []float64) []float64 {
	values := make([]float64, len(o.UserParameters))
	for i, p := range o.UserParameters {
		values[i] = p.Default
		if k := o.Domain.Index(p.Name); k >= 0 {
			values[i] = point[k]
		}
	}
	return values
}

// owns reports whether an axis is one of o.UserParameters.
func (o *Objective) owns(name string) bool {
	for _, p := range o.UserParameters {
		if p.Name == name {
			return true
		}
	}
	return false
}

// dressed reports whether parameters change shapes or pictures.
func (o *Objective) dressed() bool {
	for _, p := range o.UserParameters {
		if p.Shape != nil || p.Picture != nil {
			return true
		}
	}
	return false
}

// viewsAt returns the Renderer for a point: o.Renderer, or one that applies the
// changes of shape and picture there.
func (o *Objective) viewsAt(point []float64) (Renderer, error) {
	if !o.dressed() {
		return o.Renderer, nil
	}
	host, ok := o.Renderer.(*render.Renderer)
	if !ok {
		return nil, fmt.Errorf("parameters that change shapes or pictures need a *render.Renderer, not a %T", o.Renderer)
	}
	return o.wardrobe.at(host, o.UserParameters, o.values(point)), nil
}

// wardrobe caches dressed renderers, so that views of the same values are rendered
// together and a deformed mesh is prepared once.
type wardrobe struct {
	mu    sync.Mutex
	known map[string]*dressed
}

// mostDressed bounds the cache, to more than the usual number of samples of an axis.
const mostDressed = 32

func (w *wardrobe) at(host *render.Renderer, own []UserParameter, values []float64) *dressed {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := fmt.Sprint(values)
	if known, ok := w.known[key]; ok && known.host == host {
		return known
	}
	if w.known == nil || len(w.known) >= mostDressed {
		w.known = map[string]*dressed{}
	}
	made := &dressed{host: host, own: own, values: values}
	w.known[key] = made
	return made
}

// dressed is a renderer that applies changes of shape and picture.
type dressed struct {
	host   *render.Renderer
	own    []UserParameter
	values []float64

	once  sync.Once
	shape *render.Renderer
	err   error
}

// ImageLen implements Renderer.
func (d *dressed) ImageLen() int { return d.host.ImageLen() }

// Render renders scenes of the changed shape, and changes the pictures.
func (d *dressed) Render(ctx context.Context, scenes []render.Scene, images []float32) error {
	d.once.Do(func() { d.shape, d.err = d.deform() })
	if d.err != nil {
		return d.err
	}
	if err := d.shape.Render(ctx, scenes, images); err != nil {
		return err
	}
	n, size := d.ImageLen(), d.host.Options().Size
	for i, p := range d.own {
		if p.Picture == nil {
			continue
		}
		for k := range scenes {
			p.Picture(images[k*n:(k+1)*n], size, d.values[i])
		}
	}
	for i, v := range images {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("a semantic parameter's Picture wrote %g to pixel %d, at the values %v", v, i%n/3, d.values)
		}
	}
	return nil
}

// deform returns a renderer of the changed shape, or the host if nothing changes it.
func (d *dressed) deform() (*render.Renderer, error) {
	base, moved := d.host.Source(), false
	shape := &mesh.Mesh{
		Name: base.Name, Faces: base.Faces, Vertices: append([][3]float32(nil), base.Vertices...),
		TexCoords: base.TexCoords, FaceTexCoords: base.FaceTexCoords, FaceMaterials: base.FaceMaterials, Materials: base.Materials,
		Colours: base.Colours, FaceColours: base.FaceColours, FaceGroups: base.FaceGroups,
	}
	for i, p := range d.own {
		if p.Shape != nil {
			p.Shape(shape.Vertices, d.values[i])
			moved = true
		}
	}
	if !moved {
		return d.host, nil
	}
	options := d.host.Options()
	options.KeepPlacement = true
	made, err := render.New(shape, options)
	if err != nil {
		return nil, fmt.Errorf("the shape at the values %v of its parameters: %w", d.values, err)
	}
	return made, nil
}

// jacobian returns the derivatives of the renderer's parameters with respect to the
// axes, [axis][parameter], by central differences of scenes, one-sided at the ends of
// a domain. Scenes are formulas, so a small step is accurate enough. The error wraps
// objective.ErrNoGradient if a parameter changes lights or backdrop.
func (o *Objective) jacobian(point []float64) ([][]float64, error) {
	const step = 1e-4 // of the domain
	rows := make([][]float64, len(o.Domain))
	for k, axis := range o.Domain {
		h := step * axis.Width()
		from, to := append([]float64(nil), point...), append([]float64(nil), point...)
		from[k], to[k] = point[k]-h, point[k]+h
		if !axis.Periodic {
			from[k], to[k] = max(from[k], axis.Min), min(to[k], axis.Max)
		}
		before, err := o.Scene(from)
		if err != nil {
			return nil, err
		}
		after, err := o.Scene(to)
		if err != nil {
			return nil, err
		}
		if !reflect.DeepEqual(before.Lights, after.Lights) || before.Backdrop != after.Backdrop {
			return nil, fmt.Errorf("%w along %s, which changes more than parameters of the renderer: use differences (objective.Differences)", objective.ErrNoGradient, axis.Name)
		}
		for _, p := range render.Parameters() {
			a, err := before.Get(p.Name)
			if err != nil {
				return nil, err
			}
			b, err := after.Get(p.Name)
			if err != nil {
				return nil, err
			}
			rows[k] = append(rows[k], (b-a)/(to[k]-from[k]))
		}
	}
	return rows, nil
}
