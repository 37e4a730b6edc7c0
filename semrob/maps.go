package semrob

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// MapOptions selects the part of the semantic space that is mapped. The zero
// value is the published grid: azimuth 0:360:3, elevation −10:90:3, 4,080 views.
type MapOptions struct {
	// Axes are the samples of one or more axes, as returned by ParseGrid; nil is the
	// published grid.
	Axes []semmap.Samples
	// Adaptive, if set, computes a fraction of the grid's points: coarse first,
	// refined where the map bends, the rest predicted, with a measured error (see
	// semmap.Map.Adapt and Map.Adaptive).
	Adaptive *semmap.AdaptiveOptions
	// OnUpdate, if set, receives the map several times a second while it is computed,
	// for live pictures. Missing points are NaN.
	OnUpdate func(m *semmap.Map)
}

// Map returns the semantic map of a subject: its probability over a grid of
// semantic points. An interrupted map continues where it stopped.
func (l *Lab) Map(ctx context.Context, s Subject, options MapOptions) (*semmap.Map, error) {
	return l.mapWith(ctx, s, options, progress.Or(l.Progress))
}

// mapWith is Map with its own progress.
func (l *Lab) mapWith(ctx context.Context, s Subject, options MapOptions, p progress.Progress) (*semmap.Map, error) {
	var err error
	q := &question.Map{Axes: options.Axes, Adaptive: options.Adaptive}
	if q.Axes == nil {
		if q.Axes, err = ParseGrid(); err != nil {
			return nil, err
		}
	}
	if q.Adaptive != nil {
		if err := q.Adaptive.Check(); err != nil {
			return nil, err
		}
	}
	q.Complete()
	a, err := l.ask(ctx, s, q.Space())
	if err != nil {
		return nil, err
	}
	r, err := a.about(q, "npz")
	if err != nil {
		return nil, err
	}
	m, err := semmap.New(q.Axes...)
	if err != nil {
		return nil, err
	}
	if r.kept(func(data []byte) (err error) {
		if err = takeMap(m, data); err == nil {
			m.Meta, err = r.metaOfKept(m.Meta)
		}
		return err
	}) {
		return m, nil
	}
	f, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	if m.Meta, err = r.meta(f.Device); err != nil {
		return nil, err
	}
	return m, r.computeMap(ctx, q, f.Objective, f.Classifier.Network().Label, m, options.OnUpdate, p)
}

// takeMap copies a stored map into m. It returns errPartial if an interrupted call
// left it.
func takeMap(m *semmap.Map, data []byte) error {
	kept, err := semmap.Read(data)
	if err != nil {
		return err
	}
	if !slices.Equal(kept.Shape(), m.Shape()) {
		return fmt.Errorf("its shape is %v, not %v", kept.Shape(), m.Shape())
	}
	m.Z, m.Evaluated, m.Adaptive, m.Meta = kept.Z, kept.Evaluated, kept.Adaptive, kept.Meta
	m.Answers, m.Labels = kept.Answers, kept.Labels
	if m.Missing() > 0 || m.Evaluated != nil && m.Adaptive == nil {
		return errPartial
	}
	return nil
}

// checkpointEvery bounds the work that a killed process loses.
const checkpointEvery = 10 * time.Second

// computeMap fills a map, with progress and checkpoints. label, if not nil, returns the
// labels of the network's classes.
func (r *result) computeMap(ctx context.Context, q *question.Map, f objective.Objective, label func(int) string, m *semmap.Map, onUpdate func(*semmap.Map), p progress.Progress) error {
	total, title := len(m.Z), r.title("map")
	if q.Adaptive != nil {
		total, title = q.Adaptive.MaxEvaluations, "adaptive "+title
	}
	known := m.Evaluations()
	p.Start(max(total-known, 0), title)
	defer p.Done()
	saved := time.Now()
	err := q.Answer(ctx, f, m, func(evaluations int) error {
		// Points of an interrupted call come at once and are not progress.
		if evaluations > known {
			p.Add(evaluations - known)
			known = evaluations
		}
		if onUpdate != nil {
			onUpdate(m)
		}
		if evaluations < total && time.Since(saved) > checkpointEvery {
			r.put(m.Write)
			saved = time.Now()
		}
		return ctx.Err()
	})
	if label != nil {
		m.SetLabels(label)
	}
	r.put(m.Write)
	if done := m.Evaluations(); err != nil && ctx.Err() != nil && r.keep != nil && done > 0 {
		return fmt.Errorf("%w; %d of %d points are stored: the same call continues there", err, done, len(m.Z))
	}
	return err
}
