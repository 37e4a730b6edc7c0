package semmap

import (
	"bytes"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// FuzzMeta finds descriptions of maps that make the reader fail in other ways than by
// an error: text is the meta of an archive whose arrays are sound, z the shape that its
// values get.
func FuzzMeta(f *testing.F) {
	axes := []Samples{{Axis: objective.Azimuth, Values: []float64{0, 90}}, {Axis: objective.Elevation, Values: []float64{0, 30, 60}}}
	m, err := New(axes...)
	if err != nil {
		f.Fatal(err)
	}
	for i := range m.Z {
		m.Z[i] = float64(i) / 10
	}
	meta, err := m.metaWithAxes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(meta, uint8(3), uint8(2))
	f.Add(`{"axes": [{"name": "azimuth", "min": 0, "max": 360, "periodic": true}], "adaptive": {"points": 6}}`, uint8(6), uint8(1))
	f.Add(`{"axes": [{"name": "z", "min": 0, "max": 1}, {"name": "meta", "min": 0, "max": 1}]}`, uint8(2), uint8(3))
	f.Add(`{"axes": null, "adaptive": null}`, uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, text string, rows, columns uint8) {
		n := int(rows) * int(columns)
		file := npz.File{
			"meta": {Data: text}, "z": {Shape: []int{int(rows), int(columns)}, Data: make([]float32, n)},
			"evaluated": {Shape: []int{int(rows), int(columns)}, Data: make([]uint8, n)},
			"azimuth":   {Shape: []int{2}, Data: axes[0].Values}, "elevation": {Shape: []int{3}, Data: axes[1].Values},
		}
		var out bytes.Buffer
		if err := file.Write(&out); err != nil {
			return
		}
		read, err := Read(out.Bytes())
		if err != nil {
			return
		}
		checkRead(t, read)
	})
}

// FuzzRead finds archives that make the reader of maps fail in other ways than by an
// error.
func FuzzRead(f *testing.F) {
	m, err := New(Samples{Axis: objective.Azimuth, Values: []float64{0, 90}}, Samples{Axis: objective.Elevation, Values: []float64{0, 30, 60}})
	if err != nil {
		f.Fatal(err)
	}
	var out bytes.Buffer
	if err := m.Write(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if read, err := Read(data); err == nil {
			checkRead(t, read)
		}
	})
}

// checkRead uses a map as every command does.
func checkRead(t *testing.T, m *Map) {
	n := 1
	for _, a := range m.Axes {
		n *= len(a.Values)
	}
	if n != len(m.Z) || m.Evaluated != nil && len(m.Evaluated) != n {
		t.Fatalf("%d values for %d points", len(m.Z), n)
	}
	_, _ = m.Stats(), m.Lowest(3, nil)
	if f, err := m.Objective(); err == nil && n > 0 {
		values := make([]float64, 1)
		_ = f.Evaluate(t.Context(), [][]float64{m.Point(n - 1)}, values)
	}
}
