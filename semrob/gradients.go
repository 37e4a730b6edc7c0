package semrob

import (
	"context"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// differentiate gives f, whose values are of views, the gradients that the Lab's
// Gradients say.
func (l *Lab) differentiate(ctx context.Context, r *resolved, views *render.Renderer, f *rendered.Objective) error {
	if err := l.Gradients.Check(); err != nil {
		return err
	}
	of := views
	if s := l.smoothing(f.Domain); s != nil {
		f.Mean = s.Mean(f.Domain)
		if s.Supersample > 0 {
			finer, err := l.renderer(ctx, r, s.Supersample)
			if err != nil {
				return err
			}
			of, f.Finer = finer, finer
		}
	}
	var err error
	f.Derivatives, err = l.derivativesOf(ctx, of)
	return err
}

// smoothing returns what gradients on a space are slopes of, as it stands in the
// keys of results: nil where they are derivatives at the point, which results from
// before there was anything else are of.
func (l *Lab) smoothing(space objective.Space) *rendered.Smoothing { return l.Gradients.On(space) }

// takesGradients reports whether a method may ask for gradients: one that is
// not of package worst may.
func takesGradients(method worst.Method) bool {
	switch method.(type) {
	case worst.Combined, worst.Spread, worst.CMAES, worst.Pattern:
		return false
	}
	return true
}
