package semrob

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// DefaultStarts returns the start points of the published regions; see
// region.DefaultStarts.
func DefaultStarts() [][]float64 { return region.DefaultStarts() }

// RegionOptions controls the search for robust regions. The zero value is OIR-B
// from the four published starts in azimuth and elevation.
type RegionOptions struct {
	// Space is the semantic space; nil means azimuth and elevation.
	Space objective.Space
	// Starts are the points that regions grow from, [start][axis]; on azimuth and
	// elevation the default is DefaultStarts.
	Starts [][]float64
	// Method moves the bounds; nil means region.OIRB{}.
	Method region.Method
	// GradientStep, if not 0, replaces the gradient of network and renderer by central
	// differences of that step, a fraction of each axis's domain (see
	// objective.Differences). On n axes it costs 2n more evaluations at each point,
	// and misses changes within a step.
	GradientStep float64
	// Settings are those of the descent.
	Settings region.Settings
}

// question returns the question on a space, with defaults.
func (o RegionOptions) question(space objective.Space) (*question.Regions, error) {
	starts, err := startsOr(o.Starts, space)
	if err != nil {
		return nil, err
	}
	q := &question.Regions{Method: question.RegionMethod{Method: o.Method}, Settings: o.Settings, Starts: starts, GradientStep: o.GradientStep}
	return q, q.Complete(space)
}

// startsOr returns the starts, or DefaultStarts if there are none and the space has
// them.
func startsOr(starts [][]float64, space objective.Space) ([][]float64, error) {
	if len(starts) > 0 {
		return starts, nil
	}
	if len(space) != 2 || space[0].Name != objective.Azimuth.Name || space[1].Name != objective.Elevation.Name {
		return nil, fmt.Errorf("no start point is given: name at least one point of %s", space)
	}
	return DefaultStarts(), nil
}

// Regions finds robust regions of a subject: boxes of semantic points inside
// which the network recognises the object.
func (l *Lab) Regions(ctx context.Context, s Subject, options RegionOptions) (*region.Result, error) {
	results, err := l.RegionsOfAll(ctx, []Subject{s}, options)
	if len(results) == 0 {
		return nil, err
	}
	return results[0], err
}

// RegionsOfAll finds robust regions of several subjects at once, so that those with
// the same network share its batches. The results are in the order of the subjects.
// options.Settings.Recorder receives only runs that are computed, not those of
// stored regions, one subject after another.
func (l *Lab) RegionsOfAll(ctx context.Context, subjects []Subject, options RegionOptions) ([]*region.Result, error) {
	if options.Space == nil {
		options.Space = objective.Viewpoints()
	}
	q, err := options.question(options.Space)
	if err != nil {
		return nil, err
	}
	results := make([]*region.Result, len(subjects))
	var work []regionWork
	for i, s := range subjects {
		a, err := l.ask(ctx, s, options.Space)
		if err != nil {
			return nil, err
		}
		r, err := a.about(q, "npz")
		if err != nil {
			return nil, err
		}
		if !r.kept(func(data []byte) (err error) {
			if results[i], err = region.Read(data); err == nil {
				results[i].Of, err = r.metaOfKept(results[i].Of)
			}
			return err
		}) {
			work = append(work, regionWork{r, &results[i]})
		}
	}
	if len(work) == 0 {
		return results, nil
	}
	return results, l.findAll(ctx, q, work)
}

// regionWork is a subject whose regions have to be computed.
type regionWork struct {
	*result
	finished **region.Result
}

// findAll opens the networks and runs the descents, with progress.
func (l *Lab) findAll(ctx context.Context, q *question.Regions, work []regionWork) error {
	problems, device := make([]region.Problem, len(work)), ""
	for i, w := range work {
		f, err := w.open(ctx)
		if err != nil {
			return err
		}
		defer f.Release()
		problems[i], device = q.Problem(f.Objective), f.Device
	}
	title := work[0].title("regions")
	if len(work) > 1 {
		title = fmt.Sprintf("regions of %d objects", len(work))
	}
	p := progress.Or(l.Progress)
	p.Start(q.Settings.Iterations, title)
	defer p.Done()
	results, failed := region.FindAll(ctx, problems, q.Method.Method, reporting(q.Settings, p))
	for i, found := range results {
		var err error
		*work[i].finished = found
		if failed != nil {
			continue // incomplete
		}
		if found.Of, err = work[i].meta(device); err != nil {
			return err
		}
		work[i].put(found.Write)
	}
	return failed
}

// RegionsOnMap finds robust regions on a map instead of the network: at once, and
// as accurate as the map's interpolation. Nothing is stored. options.Space is
// ignored.
func (l *Lab) RegionsOnMap(ctx context.Context, m *semmap.Map, options RegionOptions) (*region.Result, error) {
	f, err := m.Objective()
	if err != nil {
		return nil, err
	}
	q, err := options.question(m.Space())
	if err != nil {
		return nil, err
	}
	of, d, err := onMap(m)
	if err != nil {
		return nil, err
	}
	q.OnMap = of
	record := question.NewRecord(d, q)
	record.Device = deviceOf(m)
	found, err := region.Find(ctx, q.Problem(f), q.Method.Method, q.Settings)
	if err != nil {
		return found, fmt.Errorf("on a map: %w", err)
	}
	found.Of, err = record.JSON()
	return found, err
}

// reporting returns settings whose recorder also reports progress.
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
