package semrob

import (
	"context"
	"fmt"
	"strconv"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// GuaranteeOptions controls the search for guaranteed regions. The zero value
// promises f ≥ 0.5 in 99 % of each region, at 95 % confidence, from the four
// published starts in azimuth and elevation.
type GuaranteeOptions struct {
	// Space is the semantic space; nil means azimuth and elevation.
	Space objective.Space
	// Starts are the points that the regions contain, [start][axis]; none means
	// DefaultStarts, for azimuth and elevation.
	Starts [][]float64
	// Settings are the promise and its budget. Its Recorder is called in addition to
	// the progress.
	guarantee.Settings
	// Thresholds, if set, replace Settings.Threshold: regions for each of them, in
	// ascending order, which share the views that the searches look at. The result has
	// all starts for the first threshold, then for the next one; guarantee.Each returns
	// the proofs by threshold.
	Thresholds []float64
	// Epsilons, if set, replace Settings.Epsilon in the same way.
	Epsilons []float64
	// Hint, if set, is a map of one subject that shows the search where to look first.
	// It saves views; what is proved does not depend on it.
	Hint *semmap.Map
}

// question returns the question on a space, with defaults.
func (o GuaranteeOptions) question(space objective.Space) (q *question.Guarantee, err error) {
	q = &question.Guarantee{Settings: o.Settings, Thresholds: o.Thresholds, Epsilons: o.Epsilons}
	q.Settings.Recorder = nil
	if q.Starts, err = startsOr(o.Starts, space); err != nil {
		return nil, err
	}
	return q, q.Complete(space)
}

// Guarantee finds guaranteed regions of a subject: around each start the largest
// box in which the network is right with probability 1 − ε, proved at the
// confidence. guarantee.Of returns their proofs.
//
// The promise is about renderings of this object by this renderer, drawn
// uniformly from the box.
func (l *Lab) Guarantee(ctx context.Context, s Subject, options GuaranteeOptions) (*region.Result, error) {
	results, err := l.GuaranteeAll(ctx, []Subject{s}, options)
	if len(results) == 0 {
		return nil, err
	}
	return results[0], err
}

// GuaranteeAll is Guarantee for several subjects at once: those seen by the same
// network fill its batches together. The results are in the order of the subjects.
func (l *Lab) GuaranteeAll(ctx context.Context, subjects []Subject, options GuaranteeOptions) ([]*region.Result, error) {
	if options.Space == nil {
		options.Space = objective.Viewpoints()
	}
	q, err := options.question(options.Space)
	if err != nil {
		return nil, err
	}
	if options.Hint != nil && len(subjects) != 1 {
		return nil, fmt.Errorf("a map shows where one object fails, not %d: ask about one subject at a time", len(subjects))
	}
	results := make([]*region.Result, len(subjects))
	var work []regionWork
	for i, s := range subjects {
		a, err := l.ask(ctx, s, options.Space)
		if err != nil {
			return nil, err
		}
		if q.Hint, err = hintAbout(options.Hint, a.of.WithoutGradients().Key()); err != nil {
			return nil, err
		}
		r, err := a.about(q, "npz")
		if err != nil {
			return nil, err
		}
		if !r.kept(func(data []byte) (err error) { results[i], err = region.Read(data); return err }) {
			work = append(work, regionWork{r, &results[i]})
		}
	}
	if len(work) == 0 {
		return results, nil
	}
	return results, l.guaranteeAll(ctx, q, options, work)
}

// guaranteeAll opens the networks and finds the regions, with progress.
func (l *Lab) guaranteeAll(ctx context.Context, q *question.Guarantee, options GuaranteeOptions, work []regionWork) error {
	objectives, device := make([]objective.Objective, len(work)), ""
	for i, w := range work {
		f, err := w.open(ctx)
		if err != nil {
			return err
		}
		defer f.Release()
		objectives[i], device = f.Objective, f.Device
	}
	title := work[0].title("guaranteed regions")
	if len(work) > 1 {
		title = fmt.Sprintf("guaranteed regions of %d objects", len(work))
	}
	p := progress.Or(l.Progress)
	p.Start(q.Settings.Budget*len(q.Starts)*q.Claims()*len(work), title)
	defer p.Done()
	done, recorder := 0, options.Recorder
	results, failed := q.Answer(ctx, guarantee.RecorderFunc(func(r guarantee.Round) error {
		p.Add(r.Evaluations - done)
		done = r.Evaluations
		if recorder == nil {
			return nil
		}
		return recorder.Record(r)
	}), options.Hint, objectives...)
	if len(results) == 0 {
		return failed
	}
	for i, found := range results {
		var err error
		*work[i].finished = found
		if failed != nil {
			continue // what an interruption left is no result
		}
		if found.Of, err = work[i].meta(device); err != nil {
			return err
		}
		work[i].put(found.Write)
	}
	return failed
}

// GuaranteeOnMap finds guaranteed regions of a map instead of the network: the
// promise is about the interpolated map. options.Space is ignored.
func (l *Lab) GuaranteeOnMap(ctx context.Context, m *semmap.Map, options GuaranteeOptions) (*region.Result, error) {
	f, err := m.Objective()
	if err != nil {
		return nil, err
	}
	if options.Hint != nil {
		return nil, fmt.Errorf("on a map: a map needs no other one that shows where to look")
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
	results, err := q.Answer(ctx, options.Recorder, nil, f)
	if err != nil {
		return nil, fmt.Errorf("on a map: %w", err)
	}
	results[0].Of, err = record.JSON()
	return results[0], err
}

// hintAbout describes a map that shows where a subject fails; nil for none.
func hintAbout(m *semmap.Map, subjectKey string) (*question.Hint, error) {
	if m == nil {
		return nil, nil
	}
	of, d, err := onMap(m)
	if err != nil {
		return nil, err
	}
	if d == nil || d.Key() != subjectKey {
		of.Map = nil // a map of another subject; its own file has its record
	}
	if of.Map == nil && of.File == nil {
		return nil, fmt.Errorf("the map that shows where to look has no file and is not of this subject: save it first")
	}
	content, err := store.Key(struct {
		Axes []semmap.Samples
		Z    []string // NaN has no JSON
	}{m.Axes, texts(m.Z)})
	return &question.Hint{OnMap: *of, Content: content}, err
}

func texts(values []float64) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	return out
}
