package semmap

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// ErrNotMap is the error for a file that does not contain a semantic map, or is
// damaged.
var ErrNotMap = errors.New("not a semantic map")

// Save writes the map as an .npz archive that numpy opens: z float32 with the
// shape of Map.Shape, one float64 array per axis under its name, and the text
// meta. A map of Adapt also has the array evaluated, uint8 with the shape of z: 1
// if the value was evaluated, 0 if it was predicted.
//
// A map with answers also has top, uint16 [… , 5], the indices of the most probable
// classes, and top_p, float32 [… , 5], their probabilities, with a last axis of fewer
// than 5 if the network has fewer classes, and uint32 if it has more than 65,536; rank,
// that of the first accepted class (1: right; 0: not evaluated), and float32 entropy
// (nats) and margin, as in objective.Answer. meta has the labels of the classes in top.
//
// The file is written completely or not at all.
func (m *Map) Save(path string) error { return atomicfile.Write(path, m.Write) }

// Write writes the archive of Save to w.
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
	m.writeAnswers(f)
	for _, a := range m.Axes {
		if _, taken := f[a.Name]; taken {
			return fmt.Errorf("the file format reserves the name %q: rename the axis", a.Name)
		}
		f[a.Name] = npz.Array{Shape: []int{len(a.Values)}, Data: a.Values}
	}
	return f.Write(w)
}

// metaWithAxes returns Meta with the domains of the axes, which the arrays lack, the
// report of an adaptive map, and the labels of answers.
func (m *Map) metaWithAxes() (string, error) {
	fields := map[string]any{}
	if m.Meta != "" {
		exact := json.NewDecoder(strings.NewReader(m.Meta))
		exact.UseNumber() // seeds have more bits than float64
		if err := exact.Decode(&fields); err != nil {
			return "", fmt.Errorf("the map's meta is not a JSON object: %w", err)
		}
	}
	fields["axes"] = m.Space()
	delete(fields, "adaptive")
	delete(fields, "answers")
	if m.Answered() > 0 {
		fields["answers"] = answersMeta{m.Labels}
	}
	if m.Adaptive != nil {
		fields["adaptive"] = m.Adaptive
	}
	text, err := json.Marshal(fields)
	return string(text), err
}

// Load reads a map that Save wrote, or any .npz with the arrays z [elevation,
// azimuth], azimuth and elevation. It returns ErrNotMap, wrapped, if the file has
// other contents or is damaged.
func Load(path string) (*Map, error) {
	m, err := load(path, fromFile)
	if err == nil {
		m.File = path
	}
	return m, err
}

// Read reads a map from the bytes of an archive, with the errors of Load.
func Read(data []byte) (*Map, error) { return read(data, fromFile) }

func load[T any](path string, from func(npz.File) (T, error)) (T, error) {
	var none T
	data, err := limit.ReadFile(path, limit.Bytes)
	if err != nil {
		return none, fmt.Errorf("reading semantic maps: %w", err)
	}
	m, err := read(data, from)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func read[T any](data []byte, from func(npz.File) (T, error)) (T, error) {
	var none T
	f, err := npz.Read(data)
	if err != nil {
		return none, fmt.Errorf("%w: not a readable .npz archive: %w", ErrNotMap, err)
	}
	m, err := from(f)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrNotMap, err)
	}
	return m, nil
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
	if want := m.Shape(); !slices.Equal(want, shape) {
		return nil, fmt.Errorf("z has the shape %v, but its axes require %v", shape, want)
	}
	for _, v := range z {
		if math.IsInf(v, 0) {
			return nil, fmt.Errorf("z has an infinite value")
		}
	}
	m.Z, m.Meta = z, meta
	if err := m.readAnswers(f); err != nil {
		return nil, err
	}
	return m, m.readAdaptive(f)
}

// readAdaptive reads the parts that only adaptive maps have.
func (m *Map) readAdaptive(f npz.File) error {
	if _, ok := f["evaluated"]; ok {
		mask, shape, err := f.Float64s("evaluated")
		if err != nil {
			return err
		}
		if !slices.Equal(shape, m.Shape()) {
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
		return fmt.Errorf("the report of an adaptive map in meta: %w", err)
	}
	m.Adaptive = fields.Adaptive
	return nil
}

// axesOf returns the axes of meta, or those of the published maps if there is no
// meta.
func axesOf(f npz.File) (meta string, space objective.Space, err error) {
	if _, ok := f["meta"]; !ok {
		return "", objective.Viewpoints(), nil
	}
	var fields struct{ Axes objective.Space }
	if meta, err = f.Meta(&fields); err != nil {
		return "", nil, err
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
