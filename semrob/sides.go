package semrob

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// sides are the viewpoints of Sides.
var sides = []struct {
	name               string
	azimuth, elevation float64
}{
	{"front: azimuth 0°", 0, 0}, {"azimuth 90°", 90, 0}, {"back: azimuth 180°", 180, 0}, {"azimuth 270°", 270, 0},
	{"top: elevation 90°", 0, 90}, {"bottom: elevation −90°", 0, -90},
}

// Sides draws the six sides of a subject's mesh, so that a person sees which way its
// file lies: which of them is up, which is the front, and whether it is mirrored.
// Below each picture stands the viewpoint and the axis of the file that points to the
// camera. Subject.Up and Subject.Front turn the object. Network and class do not
// matter.
func (l *Lab) Sides(ctx context.Context, s Subject) (*figure.Filmstrip, error) {
	m, err := mesh.OpenIn(s.MeshRoot, s.Mesh)
	if err != nil {
		return nil, err
	}
	look := s.Look()
	for _, w := range look.Visible(m).Warnings {
		l.warn("%s", w)
	}
	r, err := render.New(m, look)
	if err != nil {
		return nil, err
	}
	return SidesOf(ctx, r, s)
}

// SidesOf is Lab.Sides with a renderer of the subject.
func SidesOf(ctx context.Context, r *render.Renderer, s Subject) (*figure.Filmstrip, error) {
	scene := render.DefaultScene()
	scene.Lights = s.Lights
	for name, value := range s.Set {
		if err := scene.Set(name, value); err != nil {
			return nil, err
		}
	}
	if s.Background != "" {
		var err error
		if scene.Backdrop, err = render.LoadBackdrop(s.Background); err != nil {
			return nil, err
		}
	}
	f := &figure.Filmstrip{Title: "The six sides of " + filepath.Base(s.Mesh), Columns: 3}
	f.Subtitle = "below: where the camera is, and the axis of the file that points to it"
	for _, side := range sides {
		scene.Azimuth, scene.Elevation = side.azimuth, side.elevation
		picture, err := r.Image(ctx, scene)
		if err != nil {
			return nil, err
		}
		caption := side.name
		if axis := axisTowards(s, side.azimuth, side.elevation); axis != "" {
			caption += ", " + axis
		}
		f.Views = append(f.Views, figure.View{Image: picture, Value: math.NaN(), Caption: caption})
	}
	return f, nil
}

// axisTowards returns the axis of the subject's file that points to the camera, such
// as "+x"; "" if none does.
func axisTowards(s subject.Subject, azimuth, elevation float64) string {
	axes := &mesh.Mesh{Vertices: [][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}
	sinA, cosA := render.SinCos(azimuth)
	sinE, cosE := render.SinCos(elevation)
	for k, v := range axes.Turned(s.Up, s.Front).Vertices {
		along := float64(v[0])*cosE*sinA + float64(v[1])*sinE - float64(v[2])*cosE*cosA
		if math.Abs(along) > 0.999 {
			return fmt.Sprintf("%c%c", map[bool]rune{true: '+', false: '−'}[along > 0], "xyz"[k])
		}
	}
	return ""
}
