package figure

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Axis is a semantic parameter, or any other quantity, along an axis of a
// figure. If Min and Max are both 0, the figure takes the range of its data.
// Intervals wrap around a periodic axis. The unit "°" puts tick marks at
// multiples of 15, 30, 45, 60 ….
type Axis = objective.Axis

// Azimuth returns the camera's azimuth, 0…360°, periodic.
func Azimuth() Axis { return objective.Azimuth }

// Elevation returns the camera's elevation over the paper's domain, −10…90°.
func Elevation() Axis { return objective.Elevation }

// axisTitle returns the title of an axis, such as "azimuth (°)".
func axisTitle(a Axis) string {
	if a.Unit == "" {
		return a.Name
	}
	return a.Name + " (" + a.Unit + ")"
}

// axisValue formats a value with its unit, such as "130°" or "2.7 m".
func axisValue(a Axis, v float64) string { return compact(v, axisDecimals(a)) + unitSuffix(a) }

// axisRange formats the interval [v, w], such as "110…150°".
func axisRange(a Axis, v, w float64) string {
	return compact(v, axisDecimals(a)) + "…" + axisValue(a, w)
}

func axisDecimals(a Axis) int {
	switch w := a.Width(); {
	case a.Unit == "°" || w > 50:
		return 1
	case w > 5:
		return 2
	default:
		return 3
	}
}

func unitSuffix(a Axis) string {
	if a.Unit == "" || a.Unit == "°" {
		return a.Unit
	}
	return " " + a.Unit
}

// withRange returns the axis with the range of values if it has none.
func withRange(a Axis, values []float64) (Axis, error) {
	if a.Min == 0 && a.Max == 0 {
		a.Min, a.Max = extent(values)
	}
	if !isRange(a.Min, a.Max) {
		return a, fmt.Errorf("axis %q: its range %g…%g is empty or not finite: set Min and Max", a.Name, a.Min, a.Max)
	}
	return a, nil
}

// isRange reports whether low…high is finite and not empty.
func isRange(low, high float64) bool { return low < high && !math.IsInf(high-low, 0) }

// extent returns the smallest and largest value apart from NaN; they are
// infinite and reversed if there are no values.
func extent(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}

// wrap wraps v into [Min, Max) on a periodic axis. Unlike Axis.Wrap it does not
// clamp v on other axes.
func wrap(a Axis, v float64) float64 {
	if !a.Periodic {
		return v
	}
	return a.Wrap(v)
}

// piece is the part of an interval inside an axis's domain. At an open end the
// interval continues: at the other end of the domain, or outside it.
type piece struct {
	from, to         float64
	openFrom, openTo bool
}

// pieces clips the interval [from, to] to the domain: into two pieces if it
// crosses the end of a periodic axis, into none if it is inverted or NaN.
func pieces(a Axis, from, to float64) []piece {
	if !(from <= to) {
		return nil
	}
	if !a.Periodic {
		if to < a.Min || from > a.Max {
			return nil
		}
		return []piece{{max(from, a.Min), min(to, a.Max), from < a.Min, to > a.Max}}
	}
	width := to - from
	if width >= a.Width() {
		return []piece{{a.Min, a.Max, true, true}}
	}
	start := a.Wrap(from)
	if start+width <= a.Max {
		return []piece{{from: start, to: start + width}}
	}
	return []piece{
		{from: start, to: a.Max, openTo: true},
		{from: a.Min, to: start + width - a.Width(), openFrom: true},
	}
}

// degreeSteps are legible steps between tick marks in degrees.
var degreeSteps = []float64{1, 2, 5, 10, 15, 30, 60, 90, 180, 360}

// ticks returns at most most tick marks in [lo, hi] and the number of decimals
// that their labels need.
func ticks(lo, hi float64, unit string, most int) (at []float64, decimals int) {
	step := tickStep(lo, hi, unit, max(most, 2))
	if step < 1 {
		decimals = int(math.Ceil(-math.Log10(step) - 1e-9))
		if scaled := step * math.Pow(10, float64(decimals)); math.Abs(scaled-math.Round(scaled)) > 1e-6 {
			decimals++ // 0.25 needs two
		}
	}
	first, n := marks(lo, hi, step)
	for i := range n {
		at = append(at, (first+float64(i))*step)
	}
	return at, decimals
}

// marks returns the first multiple of step in [lo, hi], in steps, and the number
// of multiples.
func marks(lo, hi, step float64) (first float64, n int) {
	first = math.Ceil(lo/step - 1e-9)
	return first, int(math.Floor(hi/step+1e-9)-first) + 1
}

// tickStep returns the smallest legible step with at most most marks.
func tickStep(lo, hi float64, unit string, most int) float64 {
	fits := func(step float64) bool {
		_, n := marks(lo, hi, step)
		return n <= most
	}
	if unit == "°" && !fits(0.5) {
		for _, step := range degreeSteps {
			if fits(step) {
				return step
			}
		}
	}
	power := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(most))))
	for {
		for _, m := range []float64{1, 2, 2.5, 5} {
			if fits(m * power) {
				return m * power
			}
		}
		power *= 10
	}
}
