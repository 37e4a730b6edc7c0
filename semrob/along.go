package semrob

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// ParametersOf returns the names of all semantic parameters that can move for a
// subject: its user-defined ones first, then the renderer's, except for the colour of
// the background if an image covers it.
func ParametersOf(s Subject) []string {
	var names []string
	for _, p := range s.Parameters {
		names = append(names, p.Name)
	}
	for _, p := range render.Parameters() {
		switch p.Name {
		case "background-r", "background-g", "background-b":
			if s.Background != "" {
				continue
			}
		}
		names = append(names, p.Name)
	}
	return names
}

// PointOf returns the point of a space at which a subject stands: the values of Set,
// and the defaults of all other parameters.
func PointOf(s Subject, space objective.Space) ([]float64, error) {
	point := make([]float64, len(space))
	for k, axis := range space {
		value, err := valueOf(s, axis.Name)
		if err != nil {
			return nil, err
		}
		point[k] = value
	}
	return point, space.CheckPoint(point)
}

// valueOf returns the value that a subject gives a parameter.
func valueOf(s Subject, name string) (float64, error) {
	if value, set := s.Set[name]; set {
		return value, nil
	}
	for _, p := range s.Parameters {
		if p.Name == name {
			return p.Default, nil
		}
	}
	p, err := render.LookupParameter(name)
	return p.Default, err
}

// Along returns f along each of the named parameters, or along all of ParametersOf if
// none are named, while the others stay as the subject sets them: one map of one axis
// for each, with n values from the start of the parameter's domain on, evenly spaced
// over it. figure.RangesOf and figure.ProfileOf draw them.
//
// An odd n leaves out the middle of every domain, where the direction of the light
// can be (0, 0, 0), which is an error.
func (l *Lab) Along(ctx context.Context, s Subject, n int, parameters ...string) ([]*semmap.Map, error) {
	if n < 1 {
		return nil, fmt.Errorf("%d values along each parameter: give at least one", n)
	}
	if len(parameters) == 0 {
		parameters = ParametersOf(s)
	}
	space, err := s.ParseSpace(parameters...)
	if err != nil {
		return nil, err
	}
	maps, p := make([]*semmap.Map, len(space)), &together{Progress: progress.Or(l.Progress)}
	defer p.end()
	for k, axis := range space {
		samples, err := semmap.Sample(axis, semmap.Range{From: axis.Min, To: axis.Max, Step: axis.Width() / float64(n)})
		if err != nil {
			return nil, err
		}
		p.total, p.what = n*(len(space)-k), fmt.Sprintf("f along %d parameters of %s", len(space), s)
		if maps[k], err = l.mapWith(ctx, s, MapOptions{Axes: []semmap.Samples{samples}}, p); err != nil {
			return nil, fmt.Errorf("along %s: %w", axis.Name, err)
		}
	}
	return maps, nil
}

// together shows several pieces of work as one, from the first that has to be done.
type together struct {
	progress.Progress
	total   int // steps from this piece on
	what    string
	started bool
}

// Start starts the work with the first piece.
func (t *together) Start(int, string) {
	if !t.started {
		t.started = true
		t.Progress.Start(t.total, t.what)
	}
}

// Done leaves the end to end.
func (t *together) Done() {}

func (t *together) end() {
	if t.started {
		t.Progress.Done()
	}
}
