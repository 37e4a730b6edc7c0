package semrob

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
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
}

// question returns the question on a space, with defaults.
func (o GuaranteeOptions) question(space objective.Space) (q *question.Guarantee, err error) {
	q = &question.Guarantee{Settings: o.Settings}
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
		if !r.kept(func(data []byte) (err error) { results[i], err = region.Read(data); return err }) {
			work = append(work, regionWork{r, &results[i]})
		}
	}
	if len(work) == 0 {
		return results, nil
	}
	return results, l.guaranteeAll(ctx, q, options.Recorder, work)
}

// guaranteeAll opens the networks and finds the regions, with progress.
func (l *Lab) guaranteeAll(ctx context.Context, q *question.Guarantee, recorder guarantee.Recorder, work []regionWork) error {
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
	p.Start(q.Settings.Budget*len(q.Starts)*len(work), title)
	defer p.Done()
	done := 0
	results, failed := q.Answer(ctx, guarantee.RecorderFunc(func(r guarantee.Round) error {
		p.Add(r.Evaluations - done)
		done = r.Evaluations
		if recorder == nil {
			return nil
		}
		return recorder.Record(r)
	}), objectives...)
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
	results, err := q.Answer(ctx, options.Recorder, f)
	if err != nil {
		return nil, fmt.Errorf("on a map: %w", err)
	}
	results[0].Of, err = record.JSON()
	return results[0], err
}
