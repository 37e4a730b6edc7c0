package semmap

import (
	"fmt"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Published holds the maps of one network over classes and objects, as the
// paper's authors published them: z [class, object, elevation, azimuth].
type Published struct {
	Classes, Objects int
	axes             []Samples
	z                []float64
}

// LoadPublished reads a file of any number of classes, objects and grid points,
// with the errors of Load.
func LoadPublished(path string) (*Published, error) { return load(path, publishedFrom) }

func publishedFrom(f npz.File) (*Published, error) {
	z, shape, err := f.Float64s("z")
	if err != nil {
		return nil, err
	}
	if len(shape) != 4 {
		return nil, fmt.Errorf("z has the shape %v instead of [class, object, elevation, azimuth]", shape)
	}
	axes, err := samplesOf(f, objective.Viewpoints())
	if err != nil {
		return nil, err
	}
	if len(axes[0].Values) != shape[3] || len(axes[1].Values) != shape[2] {
		return nil, fmt.Errorf("z has the shape %v, but the axes have %d elevations and %d azimuths", shape, len(axes[1].Values), len(axes[0].Values))
	}
	return &Published{Classes: shape[0], Objects: shape[1], axes: axes, z: z}, nil
}

// Map returns the map of one object of one class, both counted from 0.
func (p *Published) Map(class, object int) (*Map, error) {
	if class < 0 || class >= p.Classes || object < 0 || object >= p.Objects {
		return nil, fmt.Errorf("no map of class %d, object %d: the file has %d classes of %d objects", class, object, p.Classes, p.Objects)
	}
	n := len(p.axes[0].Values) * len(p.axes[1].Values)
	at := (class*p.Objects + object) * n
	return &Map{Axes: p.axes, Z: p.z[at : at+n]}, nil
}
