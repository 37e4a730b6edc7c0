// Package explore shows views of an object and the answers of a network in a
// notebook:
//
//	explore.Sliders(ctx, lab, teapot)      // move every semantic parameter
//	explore.PointAt(ctx, lab, teapot, m)   // point at a map
//	explore.Path(ctx, lab, teapot, nil, from, to, 8)
//	explore.Turntable(ctx, lab, teapot)
//
// Sliders and PointAt show a widget. Its cell runs a live program with the compiled
// network that answers the browser until you press Done or Stop; only then can
// another cell run. The saved notebook keeps a static strip of views, which is also
// shown without a live kernel: in nbconvert, in a headless run, and when a notebook is
// opened again.
//
// Unlike kernelext, this package links the renderer and the network.
package explore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Options controls a widget. The zero value has no map, and sliders for all semantic
// parameters.
type Options struct {
	// Map, if set, is a map of two axes to point at.
	Map *semmap.Map
	// Regions are drawn over the map.
	Regions []*region.Result
	// Parameters names the semantic parameters that have sliders; nil means all of
	// semrob.ParametersOf.
	Parameters []string
	// Width is the width of the map's figure in CSS pixels; 0 means 640.
	Width float64
	// Patience is the time that a browser may take to answer before the static strip
	// replaces the widget; 0 means 20 s.
	Patience time.Duration
}

// Sliders shows a slider for each of the named semantic parameters, or for all of
// semrob.ParametersOf if none are named, with the view, the network's five most
// probable classes, and f at their values.
func Sliders(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, parameters ...string) error {
	return Show(ctx, lab, subject, Options{Parameters: parameters})
}

// PointAt shows a map of two axes with regions over it; pointing at it shows the view
// there, the network's five most probable classes, and f.
func PointAt(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, m *semmap.Map, regions ...*region.Result) error {
	if m == nil {
		return errors.New("pointing at a map: the map is nil")
	}
	return Show(ctx, lab, subject, Options{Map: m, Regions: regions, Parameters: []string{}})
}

// Show shows a widget with a map, with sliders, or with both. It returns when Done or
// Stop is pressed, and at once if no browser can answer. Outside a notebook it writes
// a description of the static strip.
func Show(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, o Options) error {
	w, err := newWidget(ctx, lab, subject, o)
	if err != nil {
		return err
	}
	if !front.Live() {
		return w.leave(w.strip)
	}
	if w.lens, err = newLens(ctx, lab, subject, w.space); err != nil {
		return err
	}
	defer w.lens.f.Release()
	err = w.run(ctx)
	// A picture replaces the widget even after a failure, and after Stop.
	left := w.leave(w.last())
	if errors.Is(err, context.Canceled) {
		err = nil // Stop is how a widget ends
	}
	return errors.Join(err, left)
}

// widget is the state of a widget.
type widget struct {
	id      string
	options Options
	space   objective.Space // all semantic parameters that can move
	home    []float64       // the point of the space at which the subject stands
	lens    *lens
	sliders []slider
	axes    [2]string // the axes of the map
	over    *figure.Map
	place   figure.Placement
	strip   figure.Figure // shown without a live kernel
	visited []figure.View
}

func newWidget(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, o Options) (*widget, error) {
	w := &widget{id: "semrob-explore-" + gonbui.UniqueId(), options: o}
	names := slices.Clone(o.Parameters)
	if names == nil {
		names = semrob.ParametersOf(subject)
	}
	moved := len(names) // those with sliders come first
	if o.Map != nil {
		if err := w.putMap(); err != nil {
			return nil, err
		}
		for _, name := range w.axes {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("exploring %s: give a map or a parameter to move", subject)
	}
	if err := w.setSpace(subject, names); err != nil {
		return nil, err
	}
	for k, axis := range w.space[:moved] {
		w.sliders = append(w.sliders, newSlider(axis, w.home[k]))
	}
	var err error
	w.strip, err = w.staticStrip(ctx, lab, subject)
	return w, err
}

// setSpace sets space and home. The axes are those of the map if it has them, which
// may go beyond the default domains, and otherwise the default domains, widened to
// where the subject stands.
func (w *widget) setSpace(subject semrob.Subject, names []string) (err error) {
	if w.space, err = subject.ParseSpace(names...); err != nil {
		return err
	}
	for k, axis := range w.space {
		if value, set := subject.Set[axis.Name]; set && !axis.Periodic {
			w.space[k].Min, w.space[k].Max = min(axis.Min, value), max(axis.Max, value)
		}
	}
	if w.home, err = semrob.PointOf(subject, w.space); err != nil {
		return err
	}
	for k, axis := range w.space {
		if m := w.options.Map; m != nil && m.Space().Index(axis.Name) >= 0 {
			w.space[k] = m.Space()[m.Space().Index(axis.Name)]
		}
		w.home[k] = w.space[k].Wrap(w.home[k])
	}
	return nil
}

// putMap prepares the picture of the map.
func (w *widget) putMap() error {
	f, err := figure.OfMap(w.options.Map, w.options.Regions...)
	if err != nil {
		return err
	}
	if f.Width = w.options.Width; f.Width == 0 {
		f.Width = 640
	}
	w.over = f
	w.axes = [2]string{w.options.Map.Axes[0].Name, w.options.Map.Axes[1].Name}
	w.place, err = f.Placement()
	return err
}

// staticStrip returns the figure for a notebook without a live kernel: the map with
// the views at its lowest points, or the object from six sides.
func (w *widget) staticStrip(ctx context.Context, lab *semrob.Lab, subject semrob.Subject) (figure.Figure, error) {
	if w.over != nil {
		views, err := lab.Views(ctx, subject, w.options.Map.Lowest(4, nil))
		if err != nil {
			return nil, err
		}
		f := *w.over
		f.Views = semrob.Pictures(views)
		return &f, nil
	}
	var points [][]float64
	for k := range 6 {
		points = append(points, []float64{60 * float64(k), 20})
	}
	views, err := lab.Views(ctx, subject, objective.At(points...))
	if err != nil {
		return nil, err
	}
	return &figure.Filmstrip{
		Title: subject.String(), Subtitle: "six of the views that the sliders reach",
		Axes: []figure.Axis{figure.Azimuth(), figure.Elevation()}, Views: semrob.Pictures(views),
	}, nil
}

// last returns the figure that stays when the widget ends: the static strip, with the
// views that were visited in place of its own, if there are any.
func (w *widget) last() figure.Figure {
	if len(w.visited) == 0 {
		return w.strip
	}
	if w.over != nil {
		f := *w.over
		f.Views = w.visited
		return &f
	}
	return &figure.Filmstrip{Title: w.lens.title, Subtitle: "views at the last positions of the sliders", Views: w.visited}
}

// mostVisited is the number of views that stay when the widget ends.
const mostVisited = 6

// leave replaces the widget by f.
func (w *widget) leave(f figure.Figure) error {
	if !gonbui.IsNotebook {
		return kernelext.Show(f)
	}
	if err := front.SendFigure(f, nil, w.id); err != nil {
		return err
	}
	return front.Flush()
}

// run answers the browser until Done is pressed or ctx ends.
func (w *widget) run(ctx context.Context) error {
	page, err := w.html()
	if err != nil {
		return err
	}
	if err := front.Send(front.Bundle{protocol.MIMETextHTML: page, protocol.MIMETextPlain: w.strip.Describe()}, nil, w.id); err != nil {
		return err
	}
	// Compile the network while the browser connects.
	go func() { _, _ = w.lens.view(ctx, w.home) }()
	link := front.NewLink(w.id)
	asked, err := w.greet(ctx, link)
	for err == nil && asked != "" {
		var q question
		if q, err = readQuestion(asked); err != nil || q.Done {
			return err
		}
		var text string
		if text, err = w.answer(ctx, q); err != nil {
			return err
		}
		if err = link.Answer(text); err == nil {
			asked, err = link.Next(ctx, 0)
		}
	}
	return err
}

// greet returns the browser's first question, or "" if none comes.
func (w *widget) greet(ctx context.Context, link *front.Link) (string, error) {
	patience := w.options.Patience
	if patience == 0 {
		patience = 20 * time.Second
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		// The kernel gives up if the browser is slow; it has to try again then.
		if err := link.Open(); err != nil {
			return "", err
		}
		if asked, err := link.Next(ctx, 4*time.Second); asked != "" || err != nil {
			return asked, err
		}
	}
	return "", nil
}
