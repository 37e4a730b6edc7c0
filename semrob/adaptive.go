package semrob

import (
	"context"
	"fmt"
	"time"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// AdaptiveMap returns the semantic map of a subject from a fraction of its
// evaluations: coarse first, refined where it bends, the rest predicted, with
// a measured error (see semmap.Map.Adapt). options.OnUpdate and
// adaptive.OnUpdate see every point with a value from the coarse pass on.
//
// A map that was interrupted continues where it stopped and ends as it would
// have.
func (l *Lab) AdaptiveMap(ctx context.Context, subject Subject, options MapOptions, adaptive semmap.AdaptiveOptions) (*semmap.Map, *semmap.AdaptiveReport, error) {
	r, err := subject.resolve(ctx)
	if err != nil {
		return nil, nil, err
	}
	axes, err := parseAxes(options.Axes, r.own)
	if err != nil {
		return nil, nil, err
	}
	if err := adaptive.Check(); err != nil {
		return nil, nil, err
	}
	w, err := l.newMapWork(r, axes)
	if err != nil {
		return nil, nil, err
	}
	adaptive = adaptive.WithDefaults(len(w.m.Z))
	if err := w.becomeAdaptive(adaptive); err != nil {
		return nil, nil, err
	}
	if w.kept(); w.m.Adaptive != nil {
		return w.m, w.m.Adaptive, nil
	}
	f, err := l.objective(ctx, r, w.m.Space())
	if err != nil {
		return nil, nil, err
	}
	if err := w.adapt(ctx, f, options.OnUpdate, adaptive); err != nil {
		return w.m, nil, err
	}
	return w.m, w.m.Adaptive, nil
}

// becomeAdaptive gives the work a name of its own in the cache: an adaptive map
// must not be taken for an exact one.
func (w *mapWork) becomeAdaptive(options semmap.AdaptiveOptions) error {
	key, err := store.Key(struct {
		Map     string                 `json:"map"`
		Options semmap.AdaptiveOptions `json:"options"`
		Version int                    `json:"version"`
	}{w.m.Meta, options, semmap.AdaptiveVersion})
	if err != nil {
		return err
	}
	w.name, w.title = store.Name("adaptive", key, "npz"), "adaptive "+w.title
	return nil
}

// adapt computes an adaptive map with progress by evaluations.
func (w *mapWork) adapt(ctx context.Context, f objective.Objective, advanced func(*semmap.Map), options semmap.AdaptiveOptions) error {
	p := progress.Or(w.lab.Progress)
	known := w.m.Evaluations()
	p.Start(max(options.MaxEvaluations-known, 0), w.title)
	defer p.Done()
	saved, also := time.Now(), options.OnUpdate
	options.OnUpdate = func(m *semmap.Map, spent int) error {
		// What an interrupted run left comes at once and is no progress.
		if spent > known {
			p.Add(spent - known)
			known = spent
		}
		if advanced != nil {
			advanced(m)
		}
		if also != nil {
			if err := also(m, spent); err != nil {
				return err
			}
		}
		if time.Since(saved) > checkpointEvery {
			w.save()
			saved = time.Now()
		}
		return ctx.Err()
	}
	_, err := w.m.Adapt(ctx, f, options)
	w.save()
	if err != nil && ctx.Err() != nil && w.keep != nil {
		return fmt.Errorf("%w; %d evaluated points are kept: the same call continues there", err, w.m.Evaluations())
	}
	return err
}
