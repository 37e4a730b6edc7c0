// Package curve compares networks by a curve instead of a number: the mean volume of
// their clean or guaranteed regions against the threshold τ on f, or against the share ε of
// a region that may fail.
//
// SRVR depends on τ, and so does the order of networks. A curve with its band over
// objects shows where one network is above another, and where that is undecided. It
// is to robust regions what certified accuracy against radius is to randomised
// smoothing.
package curve

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/stats"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Parameter is what a curve is drawn against.
type Parameter string

const (
	// Threshold is τ, the least f of a view that passes.
	Threshold Parameter = "τ"
	// Epsilon is ε, the share of a region that may fail.
	Epsilon Parameter = "ε"
)

// Curve is the fraction of the domain that the regions of each object cover, for
// ascending thresholds or ε.
type Curve struct {
	// Name is that of the network.
	Name string
	// Guaranteed marks the mean volume of guaranteed regions; otherwise it is that of the
	// largest clean boxes of maps.
	Guaranteed bool
	// Against says what At are values of; "" means Threshold.
	Against Parameter
	At      []float64
	// Fractions are means over starts, 0…1, [value of At][object]. Curves that are
	// compared have the same objects in the same order.
	Fractions [][]float64
}

// OfMaps returns the curve of the largest clean boxes on maps of azimuth and
// elevation, one for each object: boxes of cells of this size in degrees, judged at
// their centres on the interpolated map, at most 180° of azimuth to either side of
// the start. A start whose own cell fails counts 0. All thresholds share the
// evaluations.
func OfMaps(ctx context.Context, name string, maps []*semmap.Map, thresholds []float64, starts [][]float64, cell float64) (*Curve, error) {
	c := &Curve{Name: name, Against: Threshold, At: thresholds, Fractions: make([][]float64, len(thresholds))}
	return c, c.addMaps(ctx, maps, cell, func(cells *guarantee.Cells, values []float64) []float64 {
		means := make([]float64, len(thresholds))
		for i, threshold := range thresholds {
			judge(cells, values, threshold)
			for _, start := range starts {
				if b, ok := cells.Largest(start); ok {
					means[i] += b.Fraction(cells.Space) / float64(len(starts))
				}
			}
		}
		return means
	})
}

// OfMapsByEpsilon returns the curve of OfMaps against ε: the largest boxes of cells of which
// at most a share ε fails, at one threshold.
func OfMapsByEpsilon(ctx context.Context, name string, maps []*semmap.Map, threshold float64, epsilons []float64, starts [][]float64, cell float64) (*Curve, error) {
	c := &Curve{Name: name, Against: Epsilon, At: epsilons, Fractions: make([][]float64, len(epsilons))}
	return c, c.addMaps(ctx, maps, cell, func(cells *guarantee.Cells, values []float64) []float64 {
		means := make([]float64, len(epsilons))
		judge(cells, values, threshold)
		whole := cells.Space[0].Width() * cells.Space[1].Width() / (cells.Width * cells.Height)
		for _, start := range starts {
			for i, area := range cells.Tolerant(start, epsilons) {
				means[i] += float64(area) / whole / float64(len(starts))
			}
		}
		return means
	})
}

// judge says which cells pass.
func judge(cells *guarantee.Cells, values []float64, threshold float64) {
	for k, v := range values {
		cells.Pass[k] = v >= threshold
	}
}

// addMaps adds an object for each map: the fractions that of returns for cells with these
// values at their centres.
func (c *Curve) addMaps(ctx context.Context, maps []*semmap.Map, cell float64, of func(cells *guarantee.Cells, values []float64) []float64) error {
	for object, m := range maps {
		f, err := m.Objective()
		if err != nil {
			return fmt.Errorf("%s, object %d: %w", c.Name, object+1, err)
		}
		cells, err := guarantee.NewCells(f.Space(), cell, cell)
		if err != nil {
			return err
		}
		points := cells.Centres()
		values := make([]float64, len(points))
		if err := f.Evaluate(ctx, points, values); err != nil {
			return fmt.Errorf("%s, object %d: %w", c.Name, object+1, err)
		}
		for i, mean := range of(cells, values) {
			c.Fractions[i] = append(c.Fractions[i], mean)
		}
	}
	return c.check()
}

// OfRegions returns the curve of guaranteed regions of several objects, each at the same
// thresholds, or the same ε, as semrob.GuaranteeOptions or semrob regions --thresholds and
// --epsilons find them. A region that is not proved counts 0.
func OfRegions(name string, objects []*region.Result) (*Curve, error) {
	c := &Curve{Name: name, Guaranteed: true, Against: Threshold}
	for i, r := range objects {
		each, err := guarantee.Each(r)
		if err != nil {
			return nil, fmt.Errorf("%s, object %d: %w", name, i+1, err)
		}
		if i == 0 && len(each) > 1 && each[0].Settings.Epsilon != each[1].Settings.Epsilon {
			c.Against = Epsilon
		}
		var values []float64
		for _, at := range each {
			values = append(values, c.value(at))
		}
		if i == 0 {
			c.At = values
		}
		if !slices.Equal(values, c.At) {
			return nil, fmt.Errorf("%s, object %d: regions for %s %v do not belong to a curve over %v", name, i+1, c.Against, values, c.At)
		}
		for _, at := range each {
			if err := c.Add(at); err != nil {
				return nil, err
			}
		}
	}
	return c, c.check()
}

// against returns what the curve is drawn against.
func (c *Curve) against() Parameter { return cmp.Or(c.Against, Threshold) }

// value returns the place of regions on the curve.
func (c *Curve) value(r *guarantee.Result) float64 {
	if c.Against == Epsilon {
		return r.Settings.Epsilon
	}
	return r.Settings.Threshold
}

// Add adds an object's guaranteed regions for one of the thresholds or ε: the fractions of
// proved regions, 0 for the others.
func (c *Curve) Add(r *guarantee.Result) error {
	value := c.value(r)
	i := slices.Index(c.At, value)
	if i < 0 {
		return fmt.Errorf("regions for %s %g do not belong to a curve over %v", c.against(), value, c.At)
	}
	if c.Fractions == nil {
		c.Fractions = make([][]float64, len(c.At))
	}
	c.Fractions[i] = append(c.Fractions[i], r.SRVR())
	return nil
}

func (c *Curve) check() error {
	if len(c.At) == 0 || len(c.Fractions) != len(c.At) || !slices.IsSorted(c.At) {
		return fmt.Errorf("%s: a curve needs ascending thresholds or ε with fractions for each", c.Name)
	}
	for _, f := range c.Fractions {
		if len(f) == 0 || len(f) != len(c.Fractions[0]) {
			return fmt.Errorf("%s: a curve needs the same objects, at least one, for every threshold", c.Name)
		}
	}
	return nil
}

// Options controls the bands. The zero value works.
type Options struct {
	// Resamples is the number of bootstrap samples of objects; 0 means 2000.
	Resamples int
	// Confidence is that of the bands; 0 means 0.95.
	Confidence float64
	Seed       uint64
}

func (o Options) withDefaults() Options {
	if o.Resamples == 0 {
		o.Resamples = 2000
	}
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
	return o
}

// Band is the mean over objects for each threshold, with two bands. The pointwise one
// holds at one threshold chosen beforehand, the simultaneous one at all of them
// together.
type Band struct {
	Mean         []float64
	Lower, Upper []float64 // pointwise: the studentised bootstrap (bootstrap-t)
	// AllLower and AllUpper are simultaneous: pointwise intervals at the common level at
	// which all hold together in the share Confidence of the bootstrap samples.
	AllLower, AllUpper []float64
	// All are NaN for one object.
}

// Band returns the bands of a curve.
func (c *Curve) Band(o Options) (*Band, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return bandOf(c.Fractions, o.withDefaults()), nil
}

// bandOf bootstraps means of values [threshold][object], the same objects for all
// thresholds. Deviations are studentised: those of skewed values are otherwise too small
// by a few percent.
func bandOf(values [][]float64, o Options) *Band {
	n := len(values[0])
	random := rand.New(rand.NewPCG(o.Seed, uint64(n)))
	b := &Band{}
	deviations := make([][]deviation, len(values)) // [threshold][resample]
	errors := make([]float64, len(values))
	counts, ones := make([]float64, n), slices.Repeat([]float64{1}, n)
	for i, v := range values {
		mean, e := moments(v, ones)
		b.Mean, errors[i] = append(b.Mean, mean), e
	}
	for k := range o.Resamples {
		clear(counts)
		for range n {
			counts[random.IntN(n)]++
		}
		for i, v := range values {
			if mean, e := moments(v, counts); e > 1e-12*math.Abs(mean) { // else of equal values
				deviations[i] = append(deviations[i], deviation{(mean - b.Mean[i]) / e, k})
			}
		}
	}
	level := together(deviations, o)
	for i, mean := range b.Mean {
		interval := func(level float64) (lower, upper float64) {
			switch {
			case n < 2:
				return math.NaN(), math.NaN()
			case len(deviations[i]) == 0:
				return mean, mean
			}
			t := make([]float64, len(deviations[i]))
			for k, d := range deviations[i] {
				t[k] = d.size
			}
			return mean - stats.Quantile(t, (1+level)/2)*errors[i], mean - stats.Quantile(t, (1-level)/2)*errors[i]
		}
		lower, upper := interval(o.Confidence)
		b.Lower, b.Upper = append(b.Lower, lower), append(b.Upper, upper)
		lower, upper = interval(level)
		b.AllLower, b.AllUpper = append(b.AllLower, lower), append(b.AllUpper, upper)
	}
	return b
}

// deviation is that of a resample from the mean, in units of its own standard error.
type deviation struct {
	size     float64
	resample int
}

// together sorts the deviations of each threshold, and returns the level at which
// intervals of all thresholds hold together in the chosen share of the resamples. The
// same level everywhere makes the band balanced (Beran, Balanced simultaneous confidence
// sets, JASA 1988): thresholds at which few objects have a region do not widen it
// elsewhere.
func together(deviations [][]deviation, o Options) (level float64) {
	farthest := make([]float64, o.Resamples)
	for _, d := range deviations {
		slices.SortFunc(d, func(a, b deviation) int { return cmp.Compare(a.size, b.size) })
		for rank, one := range d {
			away := math.Abs(2*(float64(rank)+0.5)/float64(len(d)) - 1)
			farthest[one.resample] = max(farthest[one.resample], away)
		}
	}
	slices.Sort(farthest)
	return max(stats.Quantile(farthest, o.Confidence), o.Confidence)
}

// moments returns the mean of values that count several times, and its standard error.
func moments(values, counts []float64) (mean, e float64) {
	n, squares := float64(len(values)), 0.0
	for k, x := range values {
		mean += counts[k] * x / n
	}
	for k, x := range values {
		squares += counts[k] * (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(squares / (n - 1) / n)
}

// Segment is a range of thresholds in which the comparison has one outcome.
type Segment struct {
	From, To float64
	// Sign is 1 where the first network is above the other, −1 where it is below, 0
	// where that is undecided.
	Sign int
}

// Comparison is the difference of two curves over the same objects.
type Comparison struct {
	One, Other string
	// Against and At are those of the curves.
	Against Parameter
	At      []float64
	// Difference is One − Other, paired by object.
	Difference *Band
	// Segments follow from the simultaneous band.
	Segments []Segment
}

// Compare compares two curves over the same thresholds and objects.
func Compare(one, other *Curve, o Options) (*Comparison, error) {
	for _, c := range []*Curve{one, other} {
		if err := c.check(); err != nil {
			return nil, err
		}
	}
	if one.Guaranteed != other.Guaranteed {
		return nil, fmt.Errorf("comparing %s with %s: guaranteed regions and boxes of maps are different quantities", one.Name, other.Name)
	}
	if one.against() != other.against() || !slices.Equal(one.At, other.At) || len(one.Fractions[0]) != len(other.Fractions[0]) {
		return nil, fmt.Errorf("comparing %s with %s: the curves need the same thresholds or ε, and the same objects", one.Name, other.Name)
	}
	differences := make([][]float64, len(one.Fractions))
	for i := range differences {
		for k, x := range one.Fractions[i] {
			differences[i] = append(differences[i], x-other.Fractions[i][k])
		}
	}
	c := &Comparison{One: one.Name, Other: other.Name, Against: one.against(), At: one.At, Difference: bandOf(differences, o.withDefaults())}
	for i, at := range c.At {
		sign := 0
		switch {
		case c.Difference.AllLower[i] > 0:
			sign = 1
		case c.Difference.AllUpper[i] < 0:
			sign = -1
		}
		if n := len(c.Segments); n > 0 && c.Segments[n-1].Sign == sign {
			c.Segments[n-1].To = at
			continue
		}
		c.Segments = append(c.Segments, Segment{at, at, sign})
	}
	return c, nil
}

// String names the outcomes, as in "A above B for τ 0.1…0.24, undecided for 0.25…0.3,
// below for 0.31…0.6".
func (c *Comparison) String() string {
	words := map[int]string{1: "above", -1: "below", 0: "undecided"}
	var parts []string
	for i, s := range c.Segments {
		word, which := words[s.Sign], ""
		if i == 0 {
			which = string(c.Against) + " "
			if word = c.One + " " + word + " " + c.Other; s.Sign == 0 {
				word = c.One + " against " + c.Other + " undecided"
			}
		}
		if s.From == s.To {
			parts = append(parts, fmt.Sprintf("%s at %s%.4g", word, which, s.From))
		} else {
			parts = append(parts, fmt.Sprintf("%s for %s%.4g…%.4g", word, which, s.From, s.To))
		}
	}
	return strings.Join(parts, ", ")
}

// Figure draws curves with their simultaneous bands, in %.
func Figure(o Options, curves ...*Curve) (*figure.Profile, error) {
	if len(curves) == 0 {
		return nil, fmt.Errorf("a figure of curves needs at least one")
	}
	p := &figure.Profile{X: figure.Axis{Name: string(curves[0].against())}, Label: "largest clean region (% of the domain)"}
	switch {
	case curves[0].Guaranteed:
		p.Label = "guaranteed SRVR (% of the domain)"
	case curves[0].Against == Epsilon:
		p.Label = "largest region of which ε fails (% of the domain)"
	}
	for _, c := range curves {
		b, err := c.Band(o)
		if err != nil {
			return nil, err
		}
		s := figure.Series{Name: c.Name, X: c.At, Y: percent(b.Mean), Lower: percent(b.AllLower), Upper: percent(b.AllUpper)}
		for i := range s.Lower {
			s.Lower[i] = max(s.Lower[i], 0)
		}
		if len(c.Fractions[0]) < 2 {
			s.Lower, s.Upper = nil, nil // one object has no band
			p.High = max(p.High, math.Ceil(slices.Max(s.Y)))
			p.Series = append(p.Series, s)
			continue
		}
		p.Series = append(p.Series, s)
		p.High = max(p.High, math.Ceil(slices.Max(s.Upper)))
	}
	first := curves[0].At
	p.X.Min, p.X.Max = first[0], first[len(first)-1]
	return p, nil
}

// Table lists means in % with pointwise intervals, a row for each threshold.
func Table(o Options, curves ...*Curve) (*figure.Table, error) {
	if len(curves) == 0 {
		return nil, fmt.Errorf("a table of curves needs at least one")
	}
	t := &figure.Table{Headers: []string{string(curves[0].against())}}
	for _, c := range curves {
		if c.against() != curves[0].against() || !slices.Equal(c.At, curves[0].At) {
			return nil, fmt.Errorf("a table needs curves over the same thresholds or ε")
		}
		b, err := c.Band(o)
		if err != nil {
			return nil, err
		}
		t.Headers = append(t.Headers, c.Name)
		for i, at := range c.At {
			if len(t.Rows) <= i {
				t.Rows = append(t.Rows, []any{fmt.Sprintf("%.4g", at)})
			}
			t.Rows[i] = append(t.Rows[i], figure.Quantity{Value: 100 * b.Mean[i], Lower: 100 * max(b.Lower[i], 0), Upper: 100 * b.Upper[i], Decimals: 2})
		}
	}
	return t, nil
}

func percent(x []float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = 100 * x[i]
	}
	return out
}
