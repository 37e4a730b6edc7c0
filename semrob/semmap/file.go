package semmap

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Save writes the map as an .npz archive that numpy opens: z float32, shaped
// as Map.Shape says, one float64 array for each axis under its name, and the
// text meta. A map that Adapt made has the array evaluated too, uint8 of the
// shape of z: 1 where z was evaluated, 0 where it was predicted. The file is
// whole or absent.
func (m *Map) Save(path string) error { return atomicfile.Write(path, m.Write) }

// Write writes what Save writes.
func (m *Map) Write(w io.Writer) error {
	meta, err := m.metaWithAxes()
	if err != nil {
		return err
	}
	f := npz.File{
		"z":    {Shape: m.Shape(), Data: npz.Float32s(m.Z)},
		"meta": {Data: meta},
	}
	if m.Evaluated != nil {
		mask := make([]uint8, len(m.Z))
		for i, evaluated := range m.Evaluated {
			if evaluated {
				mask[i] = 1
			}
		}
		f["evaluated"] = npz.Array{Shape: m.Shape(), Data: mask}
	}
	for _, a := range m.Axes {
		if _, taken := f[a.Name]; taken {
			return fmt.Errorf("an axis cannot be called %q in a file", a.Name)
		}
		f[a.Name] = npz.Array{Shape: []int{len(a.Values)}, Data: a.Values}
	}
	return f.Write(w)
}

// metaWithAxes returns Meta with the axes' domains added, which the arrays
// alone do not tell, and the report of an adaptive map.
func (m *Map) metaWithAxes() (string, error) {
	fields := map[string]any{}
	if m.Meta != "" {
		if err := json.Unmarshal([]byte(m.Meta), &fields); err != nil {
			return "", fmt.Errorf("the map's meta is not a JSON object: %w", err)
		}
	}
	fields["axes"] = m.Space()
	delete(fields, "adaptive")
	if m.Adaptive != nil {
		fields["adaptive"] = m.Adaptive
	}
	text, err := json.Marshal(fields)
	return string(text), err
}

// Load reads a map that Save wrote, or any .npz with the arrays z [elevation,
// azimuth], azimuth and elevation.
func Load(path string) (*Map, error) {
	f, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := fromFile(f)
	if err != nil {
		return nil, fmt.Errorf("%s is not a semantic map: %w", path, err)
	}
	m.File = path
	return m, nil
}

// Read reads a map from the bytes of an archive.
func Read(data []byte) (*Map, error) {
	f, err := npz.Read(data)
	if err != nil {
		return nil, err
	}
	return fromFile(f)
}

func fromFile(f npz.File) (*Map, error) {
	z, shape, err := f.Float64s("z")
	if err != nil {
		return nil, err
	}
	meta, space, err := axesOf(f)
	if err != nil {
		return nil, err
	}
	axes, err := samplesOf(f, space)
	if err != nil {
		return nil, err
	}
	m, err := New(axes...)
	if err != nil {
		return nil, err
	}
	if want := m.Shape(); fmt.Sprint(want) != fmt.Sprint(shape) {
		return nil, fmt.Errorf("z has the shape %v, its axes ask for %v", shape, want)
	}
	for _, v := range z {
		if math.IsInf(v, 0) {
			return nil, fmt.Errorf("z holds an infinite value")
		}
	}
	m.Z, m.Meta = z, meta
	return m, m.readAdaptive(f)
}

// readAdaptive reads what only adaptive maps have.
func (m *Map) readAdaptive(f npz.File) error {
	if _, ok := f["evaluated"]; ok {
		mask, shape, err := f.Float64s("evaluated")
		if err != nil {
			return err
		}
		if fmt.Sprint(shape) != fmt.Sprint(m.Shape()) {
			return fmt.Errorf("evaluated has the shape %v, z %v", shape, m.Shape())
		}
		m.Evaluated = make([]bool, len(mask))
		for i, v := range mask {
			m.Evaluated[i] = v != 0
		}
	}
	if m.Meta == "" {
		return nil
	}
	var fields struct{ Adaptive *AdaptiveReport }
	if err := json.Unmarshal([]byte(m.Meta), &fields); err != nil {
		return fmt.Errorf("its meta does not tell of an adaptive map as it should: %w", err)
	}
	m.Adaptive = fields.Adaptive
	return nil
}

// axesOf returns the axes that meta lists, or the published maps' where there
// is no meta.
func axesOf(f npz.File) (meta string, space objective.Space, err error) {
	if _, ok := f["meta"]; !ok {
		return "", objective.Viewpoints(), nil
	}
	if meta, err = f.Text("meta"); err != nil {
		return "", nil, err
	}
	var fields struct{ Axes objective.Space }
	if err := json.Unmarshal([]byte(meta), &fields); err != nil {
		return "", nil, fmt.Errorf("its meta is not JSON: %w", err)
	}
	if len(fields.Axes) == 0 {
		return meta, objective.Viewpoints(), nil
	}
	return meta, fields.Axes, fields.Axes.Check()
}

func samplesOf(f npz.File, space objective.Space) ([]Samples, error) {
	axes := make([]Samples, len(space))
	for k, axis := range space {
		v, shape, err := f.Float64s(axis.Name)
		if err != nil {
			return nil, err
		}
		if len(shape) != 1 || len(v) == 0 {
			return nil, fmt.Errorf("axis %s has the shape %v: it must be a list of values", axis.Name, shape)
		}
		for i := range v {
			if !axis.Contains(v[i]) || (i > 0 && !(v[i] > v[i-1])) {
				return nil, fmt.Errorf("axis %s: value %d (%g) is outside the domain or not ascending", axis.Name, i, v[i])
			}
		}
		axes[k] = Samples{Axis: axis, Values: v}
	}
	return axes, nil
}
