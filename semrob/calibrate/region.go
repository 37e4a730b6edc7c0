package calibrate

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Band is the views of a range of an axis.
type Band struct {
	// From and To are the ends of the range, in the unit of the axis; To belongs to the
	// next band, but for the last.
	From, To float64
	// Views and Objects count what is in the band.
	Views, Objects int
	// Sure is the mean confidence, Right the share of right answers, and Over their
	// difference.
	Sure, Right, Over Estimate
	// SureWrong is the share of views that are wrong with a confidence of at least 0.5.
	SureWrong Estimate
}

// Bands is calibration along an axis.
type Bands struct {
	Axis  objective.Axis
	Bands []Band
}

// sure is the confidence from which a wrong answer counts in Band.SureWrong.
const sure = 0.5

// Along compares confidence and right answers in bands of an axis of maps, such as the
// elevation: is the network confidently wrong from above? edges are the ends of the
// bands, ascending; nil are those of three equal parts of the axis. Points without an
// answer, and outside the edges, do not count.
func Along(o Options, axis string, edges []float64, maps ...*semmap.Map) (*Bands, error) {
	o = o.WithDefaults()
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("calibration along %s: %w", axis, err)
	}
	if _, err := objectsOf(maps); err != nil {
		return nil, err
	}
	at := maps[0].Space().Index(axis)
	if at < 0 {
		return nil, fmt.Errorf("calibration along %s: the map has no such axis: choose one of %s", axis, maps[0].Space())
	}
	of := maps[0].Axes[at].Axis
	if edges == nil {
		for k := range 4 {
			edges = append(edges, of.Min+float64(k)*of.Width()/3)
		}
	}
	if len(edges) < 2 || !slices.IsSorted(edges) {
		return nil, fmt.Errorf("calibration along %s: the edges %v must be two or more, ascending", axis, edges)
	}
	b := &Bands{Axis: of}
	for k := range len(edges) - 1 {
		band, err := newBand(o, axis, edges[k], edges[k+1], k == len(edges)-2, maps)
		if err != nil {
			return nil, err
		}
		b.Bands = append(b.Bands, band)
	}
	return b, nil
}

func newBand(o Options, axis string, from, to float64, last bool, maps []*semmap.Map) (Band, error) {
	band := Band{From: from, To: to}
	s := &sample{o: o}
	for _, m := range maps {
		at := m.Space().Index(axis)
		if at < 0 {
			return band, fmt.Errorf("calibration along %s: a map has the axes %s", axis, m.Space())
		}
		var t total
		for i, a := range m.Answers {
			x := m.Point(i)[at]
			if !a.Known() || x < from || x > to || x == to && !last {
				continue
			}
			v := viewOf(a)
			t.n, t.sure = t.n+1, t.sure+v.Confidence
			if v.Right {
				t.right++
			} else if v.Confidence >= sure {
				t.square++ // the number of confidently wrong views
			}
		}
		if t.n > 0 {
			s.each = append(s.each, t)
			s.all.add(t)
		}
	}
	band.Views, band.Objects = s.views(), len(s.each)
	if band.Views == 0 {
		none := Estimate{math.NaN(), math.NaN(), math.NaN()}
		band.Sure, band.Right, band.Over, band.SureWrong = none, none, none, none
		return band, nil
	}
	band.Sure = s.estimate(func(t total) float64 { return t.sure / t.n }, 0, 1)
	band.Right = s.estimate(func(t total) float64 { return t.right / t.n }, 0, 1)
	band.Over = s.estimate(func(t total) float64 { return (t.sure - t.right) / t.n }, -1, 1)
	band.SureWrong = s.estimate(func(t total) float64 { return t.square / t.n }, 0, 1)
	return band, nil
}

// Table returns a row for each band.
func (b *Bands) Table() *figure.Table {
	t := &figure.Table{
		Caption: fmt.Sprintf("Calibration along %s. Overconfidence is confidence minus share of right answers; sure and wrong: wrong with a confidence of at least %g.", b.Axis.Name, sure),
		Headers: []string{b.Axis.Name, "right", "confidence", "overconfidence", "sure and wrong", "objects", "views"},
	}
	for _, band := range b.Bands {
		t.Rows = append(t.Rows, []any{fmt.Sprintf("%.4g…%.4g%s", band.From, band.To, b.Axis.Unit), band.Right.Quantity(3), band.Sure.Quantity(3),
			band.Over.Quantity(3), band.SureWrong.Quantity(3), band.Objects, band.Views})
	}
	return t
}

// Map returns a figure of the overconfidence at each point of maps of one grid with two
// axes: the mean over maps of confidence minus right, which is 1 where every network is
// certain and wrong, and −1 where it is right without knowing.
func Map(maps ...*semmap.Map) (*figure.Map, error) {
	if _, err := objectsOf(maps); err != nil {
		return nil, err
	}
	over := make([]*semmap.Map, len(maps))
	for i, m := range maps {
		gap := &semmap.Map{Axes: m.Axes, Z: make([]float64, len(m.Z)), Meta: m.Meta}
		for k, a := range m.Answers {
			gap.Z[k] = math.NaN()
			if a.Known() {
				gap.Z[k] = viewOf(a).over()
			}
		}
		over[i] = gap
	}
	mean, err := semmap.Mean(over...)
	if err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	if len(maps) == 1 {
		mean.Meta = maps[0].Meta // for the title
	}
	f, err := figure.OfMap(mean)
	if err != nil {
		return nil, err
	}
	f.Label, f.Low, f.High, f.Diverging = "confidence − right", -1, 1, true
	if len(maps) > 1 {
		f.Title, f.Subtitle = "Overconfidence", fmt.Sprintf("mean over %d maps", len(maps))
	}
	return f, nil
}

// over returns the confidence minus 1 for a right view, or minus 0 for a wrong one.
func (v View) over() float64 {
	if v.Right {
		return v.Confidence - 1
	}
	return v.Confidence
}
