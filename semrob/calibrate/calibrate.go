// Package calibrate compares how sure a network is with how often it is right, over
// the viewpoints of objects: reliability diagram, expected calibration error (ECE),
// Brier score, risk against coverage, and the same by region of the map.
//
//	report, err := calibrate.OfMaps(calibrate.Options{}, maps...)
//	err = figure.Save("reliability.png", report.Reliability())
//
// The confidence of a view is the probability of the network's first class, and the
// view is right if that class is an accepted one. With several accepted classes the
// confidence is still that of the first alone.
//
// The views of one object are alike: ten thousand views of one chair say little about
// chairs. A study samples objects, so every interval is over objects, whatever the
// number of views; with one object there is none. Objects count by their number of
// views. docs/statistics.md has the coverage of the intervals.
package calibrate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// View is a network's answer at a point.
type View struct {
	// Confidence is the probability of the first class, 0…1.
	Confidence float64
	// Right reports whether the first class is an accepted one.
	Right bool
}

// Object has the views of an object.
type Object struct {
	// Name identifies the object in errors; it may be "".
	Name  string
	Views []View
}

// ErrNoViews is the error for nothing to compare.
var ErrNoViews = errors.New("no views with answers")

// Options controls a report. The zero value works.
type Options struct {
	// Bins is the number of bins of equal width over confidences of 0…1; 0 means 15, as
	// in Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017).
	Bins int
	// Confidence is that of the intervals, between 0 and 1; 0 means 0.95.
	Confidence float64
}

// WithDefaults returns the options with every 0 replaced by its default.
func (o Options) WithDefaults() Options {
	o.Bins = cmp.Or(o.Bins, 15)
	o.Confidence = cmp.Or(o.Confidence, 0.95)
	return o
}

// Check reports options that are out of range.
func (o Options) Check() error {
	switch {
	case o.Bins < 1 || o.Bins > 1000:
		return fmt.Errorf("%d bins of confidence: use 1…1000", o.Bins)
	case !(o.Confidence > 0 && o.Confidence < 1):
		return fmt.Errorf("the confidence %g must be between 0 and 1, such as 0.95", o.Confidence)
	}
	return nil
}

// Bin is the views of a range of confidence.
type Bin struct {
	// From and To are the ends of the range; To belongs to the next bin, but for 1.
	From, To float64
	// Views and Objects count the views and the objects that have some.
	Views, Objects int
	// Sure is the mean confidence of the views, Right the share of right ones; NaN
	// without views.
	Sure  float64
	Right Estimate
}

// Report says how well a network is calibrated over the views of objects.
type Report struct {
	// Objects and Views count what was compared.
	Objects, Views int
	// Sure is the mean confidence, Right the share of right views, and Over their
	// difference: overconfidence if it is positive.
	Sure, Right, Over Estimate
	// ECE is the expected calibration error: the mean over views of the difference
	// between confidence and share of right views in the view's bin, 0…1. Chance makes it
	// too large, the more bins and the fewer objects there are; its interval covers at
	// least as often as it says.
	ECE Estimate
	// Brier is the mean of (confidence − right)², with right 0 or 1.
	Brier Estimate
	// AURC is the area under the risk-coverage curve: the mean risk over all coverages.
	AURC Estimate
	// Bins are the bins of the reliability diagram.
	Bins []Bin
	// Risk is the risk-coverage curve.
	Risk []Risk
	// Options are the options with defaults.
	Options Options
}

// Of compares the views of objects.
func Of(o Options, objects ...Object) (*Report, error) {
	o = o.WithDefaults()
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	s, err := newSample(objects, o)
	if err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	r := &Report{
		Objects: len(s.objects), Views: s.views(), Options: o,
		Sure:  s.estimate(func(t total) float64 { return t.sure / t.n }, 0, 1),
		Right: s.estimate(func(t total) float64 { return t.right / t.n }, 0, 1),
		Over:  s.estimate(func(t total) float64 { return (t.sure - t.right) / t.n }, -1, 1),
		Brier: s.estimate(func(t total) float64 { return t.square / t.n }, 0, 1),
		ECE:   s.ece(),
	}
	for k := range o.Bins {
		r.Bins = append(r.Bins, s.bin(k))
	}
	r.Risk, r.AURC = s.risks()
	return r, nil
}

// OfMaps compares the answers of maps, each of one object. Maps without answers are
// objective.ErrNoAnswers, wrapped.
func OfMaps(o Options, maps ...*semmap.Map) (*Report, error) {
	objects, err := objectsOf(maps)
	if err != nil {
		return nil, err
	}
	return Of(o, objects...)
}

func objectsOf(maps []*semmap.Map) ([]Object, error) {
	if len(maps) == 0 {
		return nil, fmt.Errorf("calibration: %w: give a map", ErrNoViews)
	}
	objects := make([]Object, len(maps))
	for i, m := range maps {
		if err := m.CheckAnswers(); err != nil {
			return nil, fmt.Errorf("calibration: map %d of %d: %w", i+1, len(maps), err)
		}
		for _, a := range m.Answers {
			if a.Known() {
				objects[i].Views = append(objects[i].Views, viewOf(a))
			}
		}
	}
	return objects, nil
}

func viewOf(a objective.Answer) View { return View{float64(a.P[0]), a.Right()} }

// total is a sum over views.
type total struct {
	n, sure, right, square float64
	bins                   []binTotal
}

type binTotal struct{ n, sure, right float64 }

func (t *total) add(o total) {
	t.n, t.sure, t.right, t.square = t.n+o.n, t.sure+o.sure, t.right+o.right, t.square+o.square
	for k, b := range o.bins {
		t.bins[k].n += b.n
		t.bins[k].sure += b.sure
		t.bins[k].right += b.right
	}
}

// minus returns the total without a part of it.
func (t total) minus(o total) total {
	left := total{n: t.n - o.n, sure: t.sure - o.sure, right: t.right - o.right, square: t.square - o.square, bins: slices.Clone(t.bins)}
	for k, b := range o.bins {
		left.bins[k] = binTotal{t.bins[k].n - b.n, t.bins[k].sure - b.sure, t.bins[k].right - b.right}
	}
	return left
}

// sample is the totals of the objects with views.
type sample struct {
	objects []Object
	each    []total // [object]
	all     total
	o       Options
}

func newSample(objects []Object, o Options) (*sample, error) {
	s := &sample{o: o, all: total{bins: make([]binTotal, o.Bins)}}
	for i, object := range objects {
		if len(object.Views) == 0 {
			continue
		}
		t := total{n: float64(len(object.Views)), bins: make([]binTotal, o.Bins)}
		for _, v := range object.Views {
			if !(v.Confidence >= 0 && v.Confidence <= 1+1e-6) {
				return nil, fmt.Errorf("object %d %s has a confidence of %g: a probability is in 0…1", i+1, object.Name, v.Confidence)
			}
			right := 0.0
			if v.Right {
				right = 1
			}
			b := &t.bins[min(int(v.Confidence*float64(o.Bins)), o.Bins-1)]
			b.n, b.sure, b.right = b.n+1, b.sure+v.Confidence, b.right+right
			t.sure, t.right, t.square = t.sure+v.Confidence, t.right+right, t.square+(v.Confidence-right)*(v.Confidence-right)
		}
		s.objects, s.each = append(s.objects, object), append(s.each, t)
		s.all.add(t)
	}
	if len(s.objects) == 0 {
		return nil, ErrNoViews
	}
	return s, nil
}

func (s *sample) views() int { return int(s.all.n) }

// bin returns a bin of the reliability diagram.
func (s *sample) bin(k int) Bin {
	of := s.all.bins[k]
	b := Bin{From: float64(k) / float64(s.o.Bins), To: float64(k+1) / float64(s.o.Bins), Views: int(of.n), Sure: of.sure / of.n}
	var kept sample // of the objects with views in the bin
	kept.o = s.o
	for _, t := range s.each {
		if one := t.bins[k]; one.n > 0 {
			kept.each = append(kept.each, total{n: one.n, right: one.right})
		}
	}
	b.Objects = len(kept.each)
	kept.all = total{n: of.n, right: of.right}
	b.Right = kept.estimate(func(t total) float64 { return t.right / t.n }, 0, 1)
	return b
}
