package region

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// ErrNotRegions is the error for a file that does not contain robust regions,
// or is damaged.
var ErrNotRegions = errors.New("not robust regions")

// meta is the part of a result that is not in the arrays of its file.
type meta struct {
	Axes     objective.Space `json:"axes"`
	Method   string          `json:"method"`
	Settings Settings        `json:"settings"`
	Probes   string          `json:"probes"`
	Runs     []runMeta       `json:"runs"`
	// Of describes, in the caller's terms, how to compute the regions again.
	Of json.RawMessage `json:"of,omitempty"`
}

type runMeta struct {
	Status      Status          `json:"status"`
	Detail      string          `json:"detail,omitempty"`
	Evaluations int             `json:"evaluations"`
	Guarantee   json.RawMessage `json:"guarantee,omitempty"`
	Proved      bool            `json:"proved,omitempty"`
}

// Save writes the result as an .npz archive that numpy opens:
//
//   - region [start, {a,b}, axis] float64, the final bounds;
//   - initial_point [start, axis] float64 and iterations [start] int32;
//   - trace [start, entry, {a,b}, axis] and loss [start, entry] float64, every
//     Settings.TraceEvery-th iteration, NaN after the end of a run that stopped
//     early;
//   - proved [start] bool and evaluations [start] int32, in files of guaranteed
//     regions only;
//   - meta, a JSON text with the axes, method, settings, statuses, and of: the
//     result's Of.
//
// The file is written completely or not at all.
func (r *Result) Save(path string) error { return atomicfile.Write(path, r.Write) }

// Write writes the archive of Save to w.
func (r *Result) Write(w io.Writer) error {
	m := meta{Axes: r.Space, Method: r.Method, Settings: r.Settings, Probes: r.Probes}
	if r.Of != "" {
		m.Of = json.RawMessage(r.Of)
	}
	n, starts, entries := len(r.Space), len(r.Runs), 0
	for _, run := range r.Runs {
		m.Runs = append(m.Runs, runMeta{run.Status, run.Detail, run.Evaluations, run.Guarantee, run.Proved})
		entries = max(entries, len(run.Trace))
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("describing the regions: %w", err)
	}
	var bounds, points, trace, loss []float64
	iterations := make([]int32, starts)
	for i, run := range r.Runs {
		bounds = append(append(bounds, run.Bounds.A...), run.Bounds.B...)
		points = append(points, run.Start...)
		iterations[i] = int32(run.Iterations)
		for e := range entries {
			if e >= len(run.Trace) {
				trace = append(trace, nans(2*n)...)
				loss = append(loss, math.NaN())
				continue
			}
			trace = append(append(trace, run.Trace[e].A...), run.Trace[e].B...)
			loss = append(loss, run.Loss[e])
		}
	}
	f := npz.File{
		"region":        {Shape: []int{starts, 2, n}, Data: bounds},
		"initial_point": {Shape: []int{starts, n}, Data: points},
		"iterations":    {Shape: []int{starts}, Data: iterations},
		"trace":         {Shape: []int{starts, entries, 2, n}, Data: trace},
		"loss":          {Shape: []int{starts, entries}, Data: loss},
		"meta":          {Data: string(text)},
	}
	if starts > 0 && r.Runs[0].Guarantee != nil {
		proved, evaluations := make([]bool, starts), make([]int32, starts)
		for i, run := range r.Runs {
			proved[i], evaluations[i] = run.Proved, int32(run.Evaluations)
		}
		f["proved"] = npz.Array{Shape: []int{starts}, Data: proved}
		f["evaluations"] = npz.Array{Shape: []int{starts}, Data: evaluations}
	}
	return f.Write(w)
}

func nans(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.NaN()
	}
	return v
}

// Load reads a file that Save wrote. It returns ErrNotRegions, wrapped, if the
// file has other contents or is damaged.
func Load(path string) (*Result, error) {
	data, err := limit.ReadFile(path, limit.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading robust regions: %w", err)
	}
	r, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Read reads a result from the bytes of an archive, with the errors of Load.
func Read(data []byte) (*Result, error) {
	f, err := npz.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%w: not a readable .npz archive: %w", ErrNotRegions, err)
	}
	r, err := fromFile(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotRegions, err)
	}
	return r, nil
}

func fromFile(f npz.File) (*Result, error) {
	var m meta
	if _, err := f.Meta(&m); err != nil {
		return nil, err
	}
	if err := m.Axes.Check(); err != nil {
		return nil, err
	}
	n, starts := len(m.Axes), len(m.Runs)
	arrays := map[string][]float64{}
	entries := 0
	if a := f["loss"]; len(a.Shape) == 2 {
		entries = a.Shape[1]
	}
	for name, want := range map[string][]int{
		"region": {starts, 2, n}, "initial_point": {starts, n}, "iterations": {starts},
		"trace": {starts, entries, 2, n}, "loss": {starts, entries},
	} {
		values, shape, err := f.Float64s(name)
		if err != nil {
			return nil, err
		}
		if fmt.Sprint(shape) != fmt.Sprint(want) {
			return nil, fmt.Errorf("%s has the shape %v, but meta requires %v", name, shape, want)
		}
		arrays[name] = values
	}
	r := &Result{Space: m.Axes, Method: m.Method, Settings: m.Settings, Probes: m.Probes, Of: string(m.Of)}
	for i, rm := range m.Runs {
		run := Run{
			Start:      arrays["initial_point"][i*n : (i+1)*n],
			Bounds:     boundsAt(arrays["region"], i, n),
			Iterations: int(arrays["iterations"][i]), Evaluations: rm.Evaluations,
			Status: rm.Status, Detail: rm.Detail, Guarantee: rm.Guarantee, Proved: rm.Proved,
		}
		for e := range entries {
			loss := arrays["loss"][i*entries+e]
			if math.IsNaN(loss) {
				break
			}
			run.Trace = append(run.Trace, boundsAt(arrays["trace"], i*entries+e, n))
			run.Loss = append(run.Loss, loss)
		}
		r.Runs = append(r.Runs, run)
		r.Evaluations += rm.Evaluations
	}
	return r, nil
}

func boundsAt(values []float64, i, n int) Bounds {
	at := values[i*2*n : (i+1)*2*n]
	return Bounds{A: at[:n:n], B: at[n:]}
}
