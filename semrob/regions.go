package semrob

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
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
	// GradientStep, where it is not 0, gives methods that need a gradient one by
	// central differences of that step, as a fraction of each axis's domain (see
	// objective.Differences), in the place of the network's and the renderer's
	// own, which Lab.Gradients speaks of. It costs 2n more evaluations at each point,
	// and does not see what changes within a step.
	GradientStep float64
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
	if o.GradientStep < 0 || o.GradientStep > 0.1 {
		return o, fmt.Errorf("the gradient's step %g must be a fraction of the domain, more than 0 and at most 0.1", o.GradientStep)
	}
	if !o.Method.Needs().Gradient {
		o.GradientStep = 0 // nothing asks for it: the result is the same
	}
	o.Settings = o.Settings.WithDefaults()
	return o, nil
}

// Regions finds robust regions of a subject: boxes of semantic points inside
// which the network holds.
func (l *Lab) Regions(ctx context.Context, subject Subject, options RegionOptions) (*region.Result, error) {
	results, err := l.RegionsOfAll(ctx, []Subject{subject}, options)
	if len(results) == 0 {
		return nil, err
	}
	return results[0], err
}

// RegionsOfAll finds robust regions of several subjects at once: those that the
// same network looks at fill its batches together. The results are in the
// order of the subjects. options.Settings.Recorder sees the runs of the
// subjects whose regions were not kept already, one subject after another.
func (l *Lab) RegionsOfAll(ctx context.Context, subjects []Subject, options RegionOptions) ([]*region.Result, error) {
	var first Subject // subjects that share axes share their parameters
	if len(subjects) > 0 {
		first = subjects[0]
	}
	space, err := first.Space(options.Axes...)
	if err != nil {
		return nil, err
	}
	if options, err = options.withDefaults(space); err != nil {
		return nil, err
	}
	results := make([]*region.Result, len(subjects))
	var work []*regionWork
	for i, subject := range subjects {
		w, err := l.newRegionWork(ctx, subject, space, options, &results[i])
		if err != nil {
			return nil, err
		}
		if !w.kept() {
			work = append(work, w)
		}
	}
	if len(work) == 0 {
		return results, nil
	}
	return results, l.findAll(ctx, work, space, options)
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

// regionWork is the regions of one subject on their way from the cache or the
// network.
type regionWork struct {
	lab      *Lab
	subject  *resolved
	keep     *store.Store
	name     string // of the cache entry
	meta     string
	finished **region.Result
}

func (l *Lab) newRegionWork(ctx context.Context, subject Subject, space objective.Space, options RegionOptions, finished **region.Result) (*regionWork, error) {
	r, err := subject.resolve(ctx)
	if err != nil {
		return nil, err
	}
	id, err := r.identity(space)
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal(struct {
		Of       any             `json:"of"`
		Method   string          `json:"method"`
		Numbers  region.Method   `json:"method_settings"`
		Settings region.Settings `json:"settings"`
		Starts   [][]float64     `json:"starts"`
		Step     float64         `json:"gradient_step,omitempty"`
		// Gradients is left out where none are taken, and where they are derivatives at
		// the point.
		Gradients *rendered.Smoothing `json:"gradients,omitempty"`
		Version   int                 `json:"region_version"`
	}{id, options.Method.Name(), options.Method, options.Settings, options.Starts, options.GradientStep, l.smoothingOf(options, space), region.Version})
	if err != nil {
		return nil, fmt.Errorf("describing the regions: %w", err)
	}
	key, err := store.Key(string(meta))
	if err != nil {
		return nil, err
	}
	keep, err := l.storeFor(r)
	if err != nil {
		return nil, err
	}
	return &regionWork{lab: l, subject: r, keep: keep, name: store.Name("regions", key, "npz"), meta: string(meta), finished: finished}, nil
}

// smoothingOf returns what the gradients of a descent are slopes of, nil where it
// takes none of the objective's own.
func (l *Lab) smoothingOf(options RegionOptions, space objective.Space) *rendered.Smoothing {
	if !options.Method.Needs().Gradient || options.GradientStep != 0 {
		return nil
	}
	return l.smoothing(space)
}

// kept reports whether the result is in the cache, and hands it over. Damaged
// entries are computed again, not trusted.
func (w *regionWork) kept() bool {
	data, ok := w.keep.Get(w.name)
	if !ok {
		return false
	}
	result, err := region.Read(data)
	if err != nil {
		w.lab.warn("A kept result is damaged and is computed again (%s).", w.keep.Path(w.name))
		return false
	}
	*w.finished = result
	return true
}

// done hands the result over and keeps it, where it is whole.
func (w *regionWork) done(result *region.Result, whole bool) {
	*w.finished = result
	if !whole {
		return
	}
	if err := w.keep.Put(w.name, func(to io.Writer) error { return result.Write(to, w.meta) }); err != nil {
		w.lab.warn("The regions are not kept for the next time: %v.", err)
	}
}

// findAll opens the network and runs the descents, with progress.
func (l *Lab) findAll(ctx context.Context, work []*regionWork, space objective.Space, options RegionOptions) error {
	problems := make([]region.Problem, len(work))
	for i, w := range work {
		f, err := l.objective(ctx, w.subject, space)
		if err != nil {
			return err
		}
		problems[i] = region.Problem{Objective: f, Starts: options.Starts}
		if options.GradientStep != 0 {
			problems[i].Objective = &objective.Differences{Objective: f, Step: options.GradientStep}
		}
	}
	first := work[0].subject
	title := fmt.Sprintf("regions of %s for %q", first.mesh.Name, first.network.Label(first.class))
	if len(work) > 1 {
		title = fmt.Sprintf("regions of %d objects", len(work))
	}
	p := progress.Or(l.Progress)
	p.Start(options.Settings.Iterations, title)
	defer p.Done()
	results, err := region.FindAll(ctx, problems, options.Method, reporting(options.Settings, p))
	for i, result := range results {
		work[i].done(result, err == nil)
	}
	return err
}

// reporting returns settings whose recorder tells the progress too.
func reporting(settings region.Settings, p progress.Progress) region.Settings {
	recorder, done := settings.Recorder, 0
	settings.Recorder = region.RecorderFunc(func(it region.Iteration) error {
		p.Add(it.Number - done)
		done = it.Number
		if recorder == nil {
			return nil
		}
		return recorder.Record(it)
	})
	return settings
}
