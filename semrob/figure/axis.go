package figure

import (
	"fmt"
	"math"
)

// Axis is one semantic parameter as a figure shows it.
type Axis struct {
	// Name is what stands along the axis, such as "azimuth".
	Name string
	// Unit stands behind the name in brackets; "°" also chooses tick marks at
	// multiples of 15, 30, 45, 60 ….
	Unit string
	// Min and Max are the ends of the domain. Where both are 0 they are taken
	// from the data.
	Min, Max float64
	// Periodic says that Max is the same place as Min: what passes one end
	// comes in at the other.
	Periodic bool
}

// Azimuth returns the camera's azimuth, 0…360°, periodic.
func Azimuth() Axis { return Axis{Name: "azimuth", Unit: "°", Max: 360, Periodic: true} }

// Elevation returns the camera's elevation over the paper's domain, −10…90°.
func Elevation() Axis { return Axis{Name: "elevation", Unit: "°", Min: -10, Max: 90} }

// title returns the axis as in "azimuth (°)".
func (a Axis) title() string {
	if a.Unit == "" {
		return a.Name
	}
	return a.Name + " (" + a.Unit + ")"
}

// format writes a value of the axis with its unit, as in "130°" and "2.7 m".
func (a Axis) format(v float64) string { return compact(v, a.decimals()) + a.unitSuffix() }

// formatRange writes the interval v…w, as in "110…150°".
func (a Axis) formatRange(v, w float64) string {
	return compact(v, a.decimals()) + "…" + compact(w, a.decimals()) + a.unitSuffix()
}

func (a Axis) decimals() int {
	switch w := a.Max - a.Min; {
	case a.Unit == "°" || w > 50:
		return 1
	case w > 5:
		return 2
	default:
		return 3
	}
}

func (a Axis) unitSuffix() string {
	if a.Unit == "" || a.Unit == "°" {
		return a.Unit
	}
	return " " + a.Unit
}

// over returns the axis with its range taken from values where it has none.
func (a Axis) over(values []float64) (Axis, error) {
	if a.Min == 0 && a.Max == 0 {
		a.Min, a.Max = math.Inf(1), math.Inf(-1)
		for _, v := range values {
			if !math.IsNaN(v) {
				a.Min, a.Max = min(a.Min, v), max(a.Max, v)
			}
		}
	}
	if !(a.Min < a.Max) || math.IsInf(a.Max-a.Min, 0) {
		return a, fmt.Errorf("axis %q: its range %g…%g is empty or not finite: set Min and Max", a.Name, a.Min, a.Max)
	}
	return a, nil
}

// wrap brings v into [Min, Max) on a periodic axis; it leaves v on any other.
func (a Axis) wrap(v float64) float64 {
	if !a.Periodic {
		return v
	}
	w := a.Max - a.Min
	t := math.Mod(v-a.Min, w)
	if t < 0 {
		t += w
	}
	if t >= w { // a tiny negative t rounds up to the period itself
		t = 0
	}
	return a.Min + t
}

// piece is a part of an interval as it shows inside an axis's domain; an open
// end is not the interval's own: it goes on at the domain's other end, or
// beyond it.
type piece struct {
	from, to         float64
	openFrom, openTo bool
}

// pieces cuts the interval [from, to] into what shows inside the domain: two
// pieces where it passes the end of a periodic axis. An inverted or NaN
// interval has none.
func (a Axis) pieces(from, to float64) []piece {
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
	if width >= a.Max-a.Min {
		return []piece{{a.Min, a.Max, true, true}}
	}
	start := a.wrap(from)
	if start+width <= a.Max {
		return []piece{{from: start, to: start + width}}
	}
	return []piece{
		{from: start, to: a.Max, openTo: true},
		{from: a.Min, to: start + width - (a.Max - a.Min), openFrom: true},
	}
}

// degreeSteps are the steps between tick marks that read well in degrees.
var degreeSteps = []float64{1, 2, 5, 10, 15, 30, 60, 90, 180, 360}

// ticks returns the tick marks in [lo, hi], at most about most of them, and the
// number of decimals their labels need.
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

// marks returns the first multiple of step in [lo, hi], as a count of steps,
// and how many there are.
func marks(lo, hi, step float64) (first float64, n int) {
	first = math.Ceil(lo/step - 1e-9)
	return first, int(math.Floor(hi/step+1e-9)-first) + 1
}

// tickStep returns the smallest step that reads well and gives at most most
// marks.
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
