package semrob

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// MapOptions says which part of the semantic space is mapped. The zero value
// is the published grid: azimuth 0:360:3, elevation −10:90:3, 4,080 views.
type MapOptions struct {
	// Axes lists one or more "name=from:to:step", such as "azimuth=0:360:6";
	// the ranges are half-open. One axis makes a one-dimensional map.
	Axes []string
	// OnUpdate, where it is set, sees the map while it is computed, several
	// times a second: for live pictures. Points not yet known are NaN.
	OnUpdate func(m *semmap.Map)
}

// Map returns the semantic map of a subject: its probability over a grid of
// semantic points. A map that was interrupted continues where it stopped.
func (l *Lab) Map(ctx context.Context, subject Subject, options MapOptions) (*semmap.Map, error) {
	r, err := subject.resolve(ctx)
	if err != nil {
		return nil, err
	}
	axes, err := parseAxes(options.Axes, r.own)
	if err != nil {
		return nil, err
	}
	w, err := l.newMapWork(r, axes)
	if err != nil {
		return nil, err
	}
	if m, ok := w.kept(); ok {
		return m, nil
	}
	f, err := l.objective(ctx, r, w.m.Space())
	if err != nil {
		return nil, err
	}
	return w.m, w.compute(ctx, f, options.OnUpdate)
}

// parseAxes reads "name=from:to:step" for each axis.
func parseAxes(texts []string, own []rendered.UserParameter) ([]semmap.Samples, error) {
	if len(texts) == 0 {
		texts = []string{"azimuth=" + semmap.DefaultAzimuth.String(), "elevation=" + semmap.DefaultElevation.String()}
	}
	var axes []semmap.Samples
	var space objective.Space
	for _, text := range texts {
		name, rangeText, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("the axis %q must be name=from:to:step, such as azimuth=0:360:3", text)
		}
		r, err := semmap.ParseRange(rangeText)
		if err != nil {
			return nil, fmt.Errorf("axis %s: %w", name, err)
		}
		values := r.Values()
		axis, err := axisOver(name, values[0], values[len(values)-1], own)
		if err != nil {
			return nil, err
		}
		samples, err := semmap.Sample(axis, r)
		if err != nil {
			return nil, err
		}
		axes, space = append(axes, samples), append(space, axis)
	}
	return axes, space.Check()
}

// mapWork is one map on its way from the cache or the network.
type mapWork struct {
	lab   *Lab
	keep  *store.Store
	name  string // of the cache entry
	title string
	m     *semmap.Map
}

func (l *Lab) newMapWork(r *resolved, axes []semmap.Samples) (*mapWork, error) {
	m, err := semmap.New(axes...)
	if err != nil {
		return nil, err
	}
	id, err := r.identity(m.Space())
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal(struct {
		identity
		Grid map[string][]float64 `json:"grid"`
	}{id, gridOf(axes)})
	if err != nil {
		return nil, fmt.Errorf("describing the map: %w", err)
	}
	m.Meta = string(meta)
	key, err := store.Key(m.Meta)
	if err != nil {
		return nil, err
	}
	keep, err := l.storeFor(r)
	if err != nil {
		return nil, err
	}
	return &mapWork{
		lab: l, keep: keep, name: store.Name("map", key, "npz"),
		title: fmt.Sprintf("map of %s for %q", r.mesh.Name, r.network.Label(r.class)), m: m,
	}, nil
}

func gridOf(axes []semmap.Samples) map[string][]float64 {
	grid := map[string][]float64{}
	for _, a := range axes {
		grid[a.Name] = a.Values
	}
	return grid
}

// kept returns the map from the cache where it is whole there. What an
// interrupted run left is taken over into w.m. Damaged entries are recomputed,
// not trusted.
func (w *mapWork) kept() (*semmap.Map, bool) {
	data, ok := w.keep.Get(w.name)
	if !ok {
		return nil, false
	}
	m, err := semmap.Read(data)
	if err != nil || fmt.Sprint(m.Shape()) != fmt.Sprint(w.m.Shape()) {
		w.lab.warn("A kept result is damaged and is computed again (%s).", w.keep.Path(w.name))
		return nil, false
	}
	copy(w.m.Z, m.Z)
	w.m.Evaluated, w.m.Adaptive = m.Evaluated, m.Adaptive
	return w.m, w.m.Missing() == 0
}

// checkpointEvery is how much work a killed process can lose.
const checkpointEvery = 10 * time.Second

func (w *mapWork) compute(ctx context.Context, f objective.Objective, advanced func(*semmap.Map)) error {
	p := progress.Or(w.lab.Progress)
	known := len(w.m.Z) - w.m.Missing()
	p.Start(len(w.m.Z)-known, w.title)
	defer p.Done()
	saved := time.Now()
	err := w.m.Compute(ctx, f, semmap.Options{OnUpdate: func(done, of int) error {
		p.Add(done - known)
		known = done
		if advanced != nil {
			advanced(w.m)
		}
		if done < of && time.Since(saved) > checkpointEvery {
			w.save()
			saved = time.Now()
		}
		return nil
	}})
	w.save()
	if done := len(w.m.Z) - w.m.Missing(); err != nil && ctx.Err() != nil && w.keep != nil && done > 0 {
		return fmt.Errorf("%w; %d of %d points are kept: the same call continues there", err, done, len(w.m.Z))
	}
	return err
}

func (w *mapWork) save() {
	if err := w.keep.Put(w.name, w.m.Write); err != nil {
		w.lab.warn("The map is not kept for the next time: %v.", err)
		w.keep = nil // one warning is enough
	}
}
