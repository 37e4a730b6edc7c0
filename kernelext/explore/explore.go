// Package explore lets a person explore what a network sees, in a notebook:
//
//	explore.Sliders(ctx, lab, teapot)      // move every semantic parameter
//	explore.PointAt(ctx, lab, teapot, m)   // point at a map
//	explore.Path(ctx, lab, teapot, from, to, 8)
//	explore.Turntable(ctx, lab, teapot)
//
// Sliders and PointAt show a widget. Its cell runs one live program that holds
// the compiled network and answers the browser until Done or Stop is pressed;
// only then can another cell run. What stays in the saved notebook, and what is
// there at once without a live kernel (nbconvert, a headless run, a notebook
// read again), is a static strip of views.
//
// Against kernelext itself, this package links renderer and network.
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

// Options are those of a widget. The zero value has sliders for all semantic
// parameters, the subject's own first, and no map.
type Options struct {
	// Map, where it is set, is shown to point at; it has two axes.
	Map *semmap.Map
	// Regions are drawn over the map.
	Regions []*region.Result
	// Parameters are the names of the semantic parameters that have sliders;
	// nil means all.
	Parameters []string
	// Width is that of the map's figure in CSS pixels; 0 means 640.
	Width float64
	// Patience is how long a browser may take to answer before the strip is
	// left in place of the widget; 0 means 20 s.
	Patience time.Duration
}

// Sliders shows a slider for each of the semantic parameters with these names,
// the subject's own among them, or for all where there are none, and the view,
// the network's five first answers and f at what they say.
func Sliders(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, parameters ...string) error {
	return Show(ctx, lab, subject, Options{Parameters: parameters})
}

// PointAt shows a map of two axes, with the regions over it; pointing at it
// shows the view there, the network's five first answers and f.
func PointAt(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, m *semmap.Map, regions ...*region.Result) error {
	if m == nil {
		return fmt.Errorf("pointing at a map: there is none")
	}
	return Show(ctx, lab, subject, Options{Map: m, Regions: regions, Parameters: []string{}})
}

// Show shows a widget with a map, with sliders, or with both. It returns when
// Done or Stop is pressed, and at once where no browser can answer. Outside a
// notebook it writes the strip's description.
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
	// The widget gives way to a picture also where it failed; a Stop must not
	// keep it from being drawn.
	left := w.leave(w.last())
	if errors.Is(err, context.Canceled) {
		err = nil // Stop is how a widget ends
	}
	return errors.Join(err, left)
}

// widget is one widget and what it shows.
type widget struct {
	id      string
	options Options
	space   objective.Space // of all semantic parameters that may move
	lens    *lens
	sliders []slider
	own     map[string]float64 // the subject's values of all names
	axes    [2]string          // of the map
	over    *figure.Map
	place   figure.Placement
	strip   figure.Figure // what is there without a live kernel
	visited []figure.View
}

func newWidget(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, o Options) (*widget, error) {
	w := &widget{id: "semrob-explore-" + gonbui.UniqueId(), options: o, own: map[string]float64{}}
	names := slices.Clone(o.Parameters)
	if names == nil {
		names = movable(subject)
	}
	for _, name := range names {
		s, err := newSlider(subject, name)
		if err != nil {
			return nil, err
		}
		w.sliders, w.own[name] = append(w.sliders, s), s.Value
	}
	if o.Map != nil {
		if err := w.putMap(); err != nil {
			return nil, err
		}
		for _, name := range w.axes {
			if slices.Contains(names, name) {
				continue
			}
			s, err := newSlider(subject, name) // where pointing begins
			if err != nil {
				return nil, err
			}
			names, w.own[name] = append(names, name), s.Value
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("exploring %s: there is neither a map nor a parameter to move", subject)
	}
	var err error
	if w.space, err = subject.ParseSpace(names...); err != nil {
		return nil, err
	}
	for k, axis := range w.space { // a map may go beyond the default domains
		if o.Map == nil {
			break
		}
		if i := o.Map.Space().Index(axis.Name); i >= 0 {
			w.space[k] = o.Map.Axes[i].Axis
		}
	}
	w.strip, err = w.staticStrip(ctx, lab, subject)
	return w, err
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

// staticStrip returns what is shown without a live kernel: the map with the
// views of its lowest points, or the object from six sides.
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

// last returns what stays when the widget ends: the strip with what the person
// looked at in the place of its views, where that is something.
func (w *widget) last() figure.Figure {
	if len(w.visited) == 0 {
		return w.strip
	}
	if w.over != nil {
		f := *w.over
		f.Views = w.visited
		return &f
	}
	return &figure.Filmstrip{Title: w.lens.title, Subtitle: "where the sliders were", Views: w.visited}
}

// mostVisited is how many views stay when the widget ends.
const mostVisited = 6

// leave shows f in the place of the widget.
func (w *widget) leave(f figure.Figure) error {
	if !gonbui.IsNotebook {
		return kernelext.Show(f)
	}
	if err := front.SendFigure(f, nil, w.id); err != nil {
		return err
	}
	return front.Flush()
}

// run answers the browser until it is done or ctx is.
func (w *widget) run(ctx context.Context) error {
	page, err := w.html()
	if err != nil {
		return err
	}
	if err := front.Send(front.Bundle{protocol.MIMETextHTML: page, protocol.MIMETextPlain: w.strip.Describe()}, nil, w.id); err != nil {
		return err
	}
	// The network is compiled while the browser connects.
	if point, err := w.point(nil); err == nil {
		go func() { _, _ = w.lens.look(ctx, point) }()
	}
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

// greet returns the browser's first question, or "" where none comes.
func (w *widget) greet(ctx context.Context, link *front.Link) (string, error) {
	patience := w.options.Patience
	if patience == 0 {
		patience = 20 * time.Second
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		// The kernel gives up where the browser is slow: then it must try again.
		if err := link.Open(); err != nil {
			return "", err
		}
		if asked, err := link.Next(ctx, 4*time.Second); asked != "" || err != nil {
			return asked, err
		}
	}
	return "", nil
}
