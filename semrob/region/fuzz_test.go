package region

import (
	"bytes"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// someRegions returns a file of two regions, and its meta.
func someRegions(f *testing.F) (file []byte, meta string) {
	f.Helper()
	on := &objective.Func{Domain: objective.Viewpoints(), F: func(p []float64) float64 { return 1 - p[1]/100 }}
	r, err := Find(f.Context(), Problem{Objective: on, Starts: [][]float64{{10, 20}, {100, 30}}}, OIRB{}, Settings{Iterations: 21})
	if err != nil {
		f.Fatal(err)
	}
	r.Of = `{"kind": "regions"}`
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		f.Fatal(err)
	}
	read, err := npz.Read(out.Bytes())
	if err != nil {
		f.Fatal(err)
	}
	meta, err = read.Text("meta")
	if err != nil {
		f.Fatal(err)
	}
	return out.Bytes(), meta
}

// FuzzRead finds archives that make the reader of regions fail in other ways than by an
// error.
func FuzzRead(f *testing.F) {
	file, _ := someRegions(f)
	f.Add(file)
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := Read(data); err == nil {
			checkRead(t, r)
		}
	})
}

// FuzzMeta is FuzzRead for the meta of an archive whose arrays are sound.
func FuzzMeta(f *testing.F) {
	file, meta := someRegions(f)
	whole, err := npz.Read(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(meta)
	f.Add(`{"axes": [{"name": "a", "min": 0, "max": 1}], "runs": []}`)
	f.Add(`{"axes": [{"name": "a", "min": 0, "max": 1}, null], "runs": [{}, {}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		whole["meta"] = npz.Array{Data: text}
		var out bytes.Buffer
		if err := whole.Write(&out); err != nil {
			return
		}
		if r, err := Read(out.Bytes()); err == nil {
			checkRead(t, r)
		}
	})
}

// checkRead uses regions as every command does, and writes them again.
func checkRead(t *testing.T, r *Result) {
	for i := range r.Runs {
		_ = r.Fraction(i)
		if len(r.Runs[i].Trace) != len(r.Runs[i].Loss) {
			t.Errorf("run %d has %d bounds and %d losses", i, len(r.Runs[i].Trace), len(r.Runs[i].Loss))
		}
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Errorf("what was read cannot be written: %v", err)
	}
}
