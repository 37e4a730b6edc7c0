package semrob

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// DefaultStarts returns the start points of the published regions, [start]
// [azimuth, elevation] in degrees.
func DefaultStarts() [][]float64 {
	return [][]float64{{130, 30}, {50, 20}, {200, 15}, {310, 50}}
}

// RegionOptions says how robust regions are looked for. The zero value is
// OIR-B from the four published starts in azimuth and elevation.
type RegionOptions struct {
	// Axes names the semantic parameters that span the space, as ParseSpace
	// reads them; none means azimuth and elevation.
	Axes []string
	// Starts are the points that regions grow from, [start][axis]; none means
	// DefaultStarts, for azimuth and elevation.
	Starts [][]float64
	// Method is how bounds move; nil means region.OIRB{}.
	Method region.Method
	// Settings are those of the descent. Its Recorder is called also where the
	// progress is shown.
	Settings region.Settings
}

func (o RegionOptions) withDefaults(space objective.Space) (RegionOptions, error) {
	if len(o.Starts) == 0 {
		if len(space) != 2 || space[0].Name != objective.Azimuth.Name || space[1].Name != objective.Elevation.Name {
			return o, fmt.Errorf("no start point is given: name at least one point of %s", space)
		}
		o.Starts = DefaultStarts()
	}
	if o.Method == nil {
		o.Method = region.OIRB{}
	}
	for _, start := range o.Starts {
		if err := space.CheckPoint(start); err != nil {
			return o, fmt.Errorf("start %v: %w", start, err)
		}
	}
	o.Settings = o.Settings.WithDefaults()
	return o, nil
}

// Regions finds robust regions of a subject: boxes of semantic points inside
// which the network holds.
func (l *Lab) Regions(ctx context.Context, subject Subject, options RegionOptions) (*region.Result, error) {
	r, err := subject.resolve()
	if err != nil {
		return nil, err
	}
	space, err := ParseSpace(options.Axes)
	if err != nil {
		return nil, err
	}
	if options, err = options.withDefaults(space); err != nil {
		return nil, err
	}
	id, err := r.identity(space)
	if err != nil {
		return nil, err
	}
	open := func() (objective.Objective, error) { return l.objective(ctx, r, space) }
	return l.regions(ctx, id, open, options, fmt.Sprintf("regions of %s for %q", r.mesh.Name, r.network.Label(r.class)))
}

// RegionsOnMap finds robust regions on a map instead of the network: at once,
// so nothing is kept, and as right as the map's interpolation. Options.Axes is
// ignored.
func (l *Lab) RegionsOnMap(ctx context.Context, m *semmap.Map, options RegionOptions) (*region.Result, error) {
	f, err := m.Objective()
	if err != nil {
		return nil, err
	}
	if options, err = options.withDefaults(m.Space()); err != nil {
		return nil, err
	}
	result, err := region.Find(ctx, region.Problem{Objective: f, Starts: options.Starts}, options.Method, options.Settings)
	if err != nil {
		return result, fmt.Errorf("on a map: %w", err)
	}
	return result, nil
}

// RegionMeta describes how a result was made, as JSON, for region.Result.Save.
func (l *Lab) regionMeta(id any, options RegionOptions) (string, error) {
	text, err := json.Marshal(struct {
		Of       any             `json:"of"`
		Method   string          `json:"method"`
		Numbers  region.Method   `json:"method_settings"`
		Settings region.Settings `json:"settings"`
		Starts   [][]float64     `json:"starts"`
		Version  int             `json:"region_version"`
	}{id, options.Method.Name(), options.Method, options.Settings, options.Starts, region.Version})
	if err != nil {
		return "", fmt.Errorf("describing the regions: %w", err)
	}
	return string(text), nil
}

// regions returns the kept result or computes it.
func (l *Lab) regions(ctx context.Context, id any, open func() (objective.Objective, error), options RegionOptions, title string) (*region.Result, error) {
	meta, err := l.regionMeta(id, options)
	if err != nil {
		return nil, err
	}
	key, err := store.Key(meta)
	if err != nil {
		return nil, err
	}
	keep, err := l.store()
	if err != nil {
		return nil, err
	}
	name := "regions-" + key + ".npz"
	if data, ok := keep.Get(name); ok {
		if result, err := region.Read(data); err == nil {
			return result, nil
		}
		l.warn("A kept result is damaged and is computed again (%s).", keep.Path(name))
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	result, err := l.find(ctx, f, options, title)
	if err != nil {
		return result, err
	}
	if err := keep.Put(name, func(w io.Writer) error { return result.Write(w, meta) }); err != nil {
		l.warn("The regions are not kept for the next time: %v.", err)
	}
	return result, nil
}

// find runs the descent with progress.
func (l *Lab) find(ctx context.Context, f objective.Objective, options RegionOptions, title string) (*region.Result, error) {
	p := progress.Or(l.Progress)
	settings, recorder, done := options.Settings, options.Settings.Recorder, 0
	p.Start(settings.Iterations, title)
	defer p.Done()
	settings.Recorder = region.RecorderFunc(func(it region.Iteration) error {
		p.Add(it.Number - done)
		done = it.Number
		if recorder == nil {
			return nil
		}
		return recorder.Record(it)
	})
	return region.Find(ctx, region.Problem{Objective: f, Starts: options.Starts}, options.Method, settings)
}
