// Package region finds robust regions: boxes of a semantic space inside which a
// network stays correct, grown around start points by optimising their bounds
// (Hamdi & Ghanem 2020, section 4).
//
// The parts are those of gonum's optimize: a Problem states the task, a Method
// moves the bounds, Settings control the descent, a Recorder receives every
// iteration, and Find returns a Result.
//
//	result, err := region.Find(ctx, region.Problem{
//		Objective: f,
//		Starts:    [][]float64{{130, 30}, {50, 20}},
//	}, region.OIRB{}, region.Settings{})
package region

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Version is part of the key of results kept on disk. It is raised whenever the
// same settings give different bounds.
const Version = 4

// Bounds is the box a ≤ u ≤ b of one robust region, in the units of the axes.
//
// On a periodic axis A is inside the domain and B may lie beyond its end: a
// region of azimuth 350…370° covers both sides of 0°.
type Bounds struct {
	A []float64 `json:"a"` // [axis], lower bounds
	B []float64 `json:"b"` // [axis], upper bounds
}

// DefaultStarts returns the start points of the published regions, [start]
// [azimuth, elevation] in degrees.
func DefaultStarts() [][]float64 {
	return [][]float64{{130, 30}, {50, 20}, {200, 15}, {310, 50}}
}

// boundsJSON is Bounds in JSON, which has no NaN: bounds that are not finite are
// null.
type boundsJSON struct {
	A []*float64 `json:"a"`
	B []*float64 `json:"b"`
}

// MarshalJSON implements json.Marshaler. Bounds that are not finite become null.
func (b Bounds) MarshalJSON() ([]byte, error) {
	pointers := func(x []float64) []*float64 {
		p := make([]*float64, len(x))
		for k := range x {
			if !math.IsNaN(x[k]) && !math.IsInf(x[k], 0) {
				p[k] = &x[k]
			}
		}
		return p
	}
	return json.Marshal(boundsJSON{pointers(b.A), pointers(b.B)})
}

// UnmarshalJSON implements json.Unmarshaler. null becomes NaN.
func (b *Bounds) UnmarshalJSON(data []byte) error {
	var j boundsJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	values := func(p []*float64) []float64 {
		x := make([]float64, len(p))
		for k := range p {
			if x[k] = math.NaN(); p[k] != nil {
				x[k] = *p[k]
			}
		}
		return x
	}
	b.A, b.B = values(j.A), values(j.B)
	return nil
}

// Whole returns the bounds of a whole domain.
func Whole(space objective.Space) Bounds {
	var b Bounds
	for _, axis := range space {
		b.A, b.B = append(b.A, axis.Min), append(b.B, axis.Max)
	}
	return b
}

// Clone returns a copy that shares nothing.
func (b Bounds) Clone() Bounds {
	return Bounds{A: slices.Clone(b.A), B: slices.Clone(b.B)}
}

// Finite reports whether no bound is NaN or infinite.
func (b Bounds) Finite() bool {
	for k := range b.A {
		if !finite(b.A[k] + b.B[k]) {
			return false
		}
	}
	return true
}

// Volume returns the product of the widths; 0 if the region is inverted.
func (b Bounds) Volume() float64 {
	v := 1.0
	for k := range b.A {
		v *= max(b.B[k]-b.A[k], 0)
	}
	return v
}

// Clip returns the part of the box inside the domain: truncated at the ends of
// ordinary axes, at most one period of periodic axes. A box of other axes, or one
// that is not finite, inverted or outside the domain is an error.
func (b Bounds) Clip(space objective.Space) (Bounds, error) {
	if len(b.A) != len(space) || len(b.B) != len(space) {
		return b, fmt.Errorf("the region has %d lower and %d upper bounds, the space %d axes (%s)", len(b.A), len(b.B), len(space), space)
	}
	if !b.Finite() {
		return b, fmt.Errorf("the bounds %v of the region are not finite", b)
	}
	b = b.Clone()
	for k, axis := range space {
		switch {
		case b.A[k] > b.B[k]:
			return b, fmt.Errorf("the region is inverted on %s: from %g to %g%s", axis.Name, b.A[k], b.B[k], axis.Unit)
		case axis.Periodic:
			b.B[k] = min(b.B[k], b.A[k]+axis.Width())
		case b.A[k] > axis.Max || b.B[k] < axis.Min:
			return b, fmt.Errorf("the region, %s %g…%g%s, is outside the domain %g…%g%s", axis.Name, b.A[k], b.B[k], axis.Unit, axis.Min, axis.Max, axis.Unit)
		default:
			b.A[k], b.B[k] = max(b.A[k], axis.Min), min(b.B[k], axis.Max)
		}
	}
	return b, nil
}

// Contains reports whether point is inside, around the period on periodic
// axes.
func (b Bounds) Contains(space objective.Space, point []float64) bool {
	for k, axis := range space {
		x := point[k]
		if axis.Periodic {
			w := axis.Width()
			if b.B[k]-b.A[k] >= w {
				continue
			}
			x -= math.Floor((x-b.A[k])/w) * w
		}
		if x < b.A[k] || x > b.B[k] {
			return false
		}
	}
	return true
}

// Fraction returns vol(region ∩ domain)/vol(domain), 0…1: the term of one
// region in SRVR, the semantic robustness volume ratio (Hamdi & Ghanem 2020,
// section 5). A wrapped region counts by its full width, at most the period; an
// inverted one counts 0.
func (b Bounds) Fraction(space objective.Space) float64 {
	return b.fraction(space, false)
}

// ClippedFraction is Fraction for regions of published mode, whose bounds do not
// wrap: parts beyond the ends of a periodic axis do not count.
func (b Bounds) ClippedFraction(space objective.Space) float64 {
	return b.fraction(space, true)
}

func (b Bounds) fraction(space objective.Space, clip bool) float64 {
	f := 1.0
	for k, axis := range space {
		lo, hi := b.A[k], b.B[k]
		if clip || !axis.Periodic {
			lo, hi = max(lo, axis.Min), min(hi, axis.Max)
		}
		f *= min(max(hi-lo, 0), axis.Width()) / axis.Width()
	}
	return f
}

// IoU returns the intersection over union of two boxes, 0…1, without wrapping, as
// in published mode.
func (b Bounds) IoU(other Bounds) float64 {
	return b.iou(other, func(k int) float64 {
		return overlap(b.A[k], b.B[k], other.A[k], other.B[k])
	})
}

// IoUIn is IoU for regions of default mode: around the period on periodic axes,
// on which both boxes must be at most one period wide.
func (b Bounds) IoUIn(space objective.Space, other Bounds) float64 {
	return b.iou(other, func(k int) float64 {
		if !space[k].Periodic {
			return overlap(b.A[k], b.B[k], other.A[k], other.B[k])
		}
		w, total := space[k].Width(), 0.0
		for turn := -2.0; turn <= 2; turn++ {
			total += overlap(b.A[k], b.B[k], other.A[k]+turn*w, other.B[k]+turn*w)
		}
		return total
	})
}

func (b Bounds) iou(other Bounds, along func(k int) float64) float64 {
	inter := 1.0
	for k := range b.A {
		inter *= along(k)
	}
	union := b.Volume() + other.Volume() - inter
	if union <= 0 {
		return 0
	}
	return inter / union
}

func overlap(a, b, c, d float64) float64 { return max(0, min(b, d)-max(a, c)) }

// String returns the box as in "[350, -10] … [370, 42.5]".
func (b Bounds) String() string {
	return fmt.Sprintf("%.4g … %.4g", b.A, b.B)
}

// Status is the reason for the end of a run.
type Status string

const (
	// IterationLimit is the ordinary end, after Settings.Iterations steps.
	IterationLimit Status = "iteration limit"
	// Stationary means that no bound left a range of Settings.Tolerance of the
	// region's width over 100 steps.
	Stationary Status = "stationary"
	// WholeDomain means that the region covers the domain.
	WholeDomain Status = "whole domain"
	// Vanished means that f is so small at the start that the region does not
	// grow from it.
	Vanished Status = "vanished"
	// NotFinite means that f or the bounds became NaN or infinite; Run.Detail
	// names the point.
	NotFinite Status = "not finite"
)

// Run is the result from one start point.
type Run struct {
	Start  []float64 `json:"start"`  // [axis]
	Bounds Bounds    `json:"bounds"` // the last bounds
	// Iterations is the number of steps, Evaluations that of values of f.
	Iterations  int    `json:"iterations"`
	Evaluations int    `json:"evaluations"`
	Status      Status `json:"status"`
	// Detail explains the status, if it needs an explanation.
	Detail string `json:"detail,omitempty"`
	// Guarantee is the proof of a region found by package guarantee, which reads it
	// with guarantee.Of; nil for methods that prove nothing. Proved reports whether
	// the region is proved.
	Guarantee json.RawMessage `json:"guarantee,omitempty"`
	Proved    bool            `json:"proved,omitempty"`
	// Trace and Loss are the bounds and the method's loss before every
	// Settings.TraceEvery-th step, from the first.
	Trace []Bounds  `json:"-"`
	Loss  []float64 `json:"-"`
}

// Result is the result of Find: one Run per start, in the order of the starts.
type Result struct {
	Space    objective.Space
	Method   string
	Settings Settings
	Runs     []Run
	// Probes describes the points at which f was taken, such as "all 4 corners".
	Probes string
	// Evaluations is the number of values of f, a value with its gradient counting
	// as one.
	Evaluations int
	// Of describes how the result was made, as a JSON object; "" if it is not known.
	Of string
}

// Fraction returns the fraction of the domain that run i covers, 0…1:
// Bounds.Fraction, or ClippedFraction in Published mode.
func (r *Result) Fraction(i int) float64 {
	return r.Runs[i].Bounds.fraction(r.Space, r.Settings.Mode == Published)
}

// Contains reports whether point is inside one of the regions: a filter for
// semmap.Map.Lowest and StatsWithin. Regions of Published mode do not wrap.
func (r *Result) Contains(point []float64) bool {
	space := r.Space
	if r.Settings.Mode == Published {
		space = slices.Clone(space)
		for k := range space {
			space[k].Periodic = false
		}
	}
	return slices.ContainsFunc(r.Runs, func(run Run) bool { return run.Bounds.Contains(space, point) })
}

// SRVR returns the mean of Fraction over the finite regions, 0…1, or NaN if there
// are none. A guaranteed region that is not proved counts 0.
func (r *Result) SRVR() float64 {
	sum, n := 0.0, 0
	for i, run := range r.Runs {
		if !run.Bounds.Finite() {
			continue
		}
		n++
		if run.Guarantee == nil || run.Proved {
			sum += r.Fraction(i)
		}
	}
	return sum / float64(n)
}
