package objective

import (
	"fmt"
	"math"
	"strings"

	"github.com/semrob/gonb-semrob/internal/limit"
)

// ErrTooLarge is wrapped by errors about more points, samples or evaluations than are
// supported.
var ErrTooLarge = limit.ErrTooLarge

// Axis is one named semantic parameter with its range.
type Axis struct {
	// Name is the parameter's name as in --axis and --set, such as "azimuth".
	Name string `json:"name"`
	// Unit is the unit of the values: "°" for degrees, "" for a pure number.
	Unit string `json:"unit,omitempty"`
	// Min and Max bound the domain, Min < Max. On a periodic axis Max − Min is
	// the period.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
	// Periodic means that Max is the same place as Min.
	Periodic bool `json:"periodic,omitempty"`
}

// Width returns Max − Min.
func (a Axis) Width() float64 { return a.Max - a.Min }

// Wrap brings x back into [Min, Max): around the period on a periodic axis,
// to the nearest bound of [Min, Max] on any other.
func (a Axis) Wrap(x float64) float64 {
	if !a.Periodic {
		return min(max(x, a.Min), a.Max)
	}
	w := a.Width()
	t := math.Mod(x-a.Min, w)
	if t < 0 {
		t += w
	}
	if t >= w { // a tiny negative t rounds up to the period itself
		t = 0
	}
	return a.Min + t
}

// Contains reports whether x is in the domain. A periodic axis contains every
// finite x.
func (a Axis) Contains(x float64) bool {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return false
	}
	return a.Periodic || (x >= a.Min && x <= a.Max)
}

// String returns the axis as in "azimuth 0…360°".
func (a Axis) String() string {
	return fmt.Sprintf("%s %g…%g%s", a.Name, a.Min, a.Max, a.Unit)
}

// Space is an ordered list of axes: the domain of an objective.
type Space []Axis

// Azimuth and Elevation are the axes of the paper's experiments: the camera
// circles the object, from slightly below it to straight above it.
var (
	Azimuth   = Axis{Name: "azimuth", Unit: "°", Min: 0, Max: 360, Periodic: true}
	Elevation = Axis{Name: "elevation", Unit: "°", Min: -10, Max: 90}
)

// Viewpoints returns the paper's two-dimensional space: azimuth 0…360°
// (periodic) and elevation −10…90°.
func Viewpoints() Space { return Space{Azimuth, Elevation} }

// Index returns the position of the axis with this name, or −1.
func (s Space) Index(name string) int {
	for i, a := range s {
		if a.Name == name {
			return i
		}
	}
	return -1
}

// Volume returns the product of the widths.
func (s Space) Volume() float64 {
	v := 1.0
	for _, a := range s {
		v *= a.Width()
	}
	return v
}

// Check reports the first axis that is unnamed, named twice, empty or not
// finite.
func (s Space) Check() error {
	if len(s) == 0 {
		return fmt.Errorf("the semantic space has no axes: give at least one, such as azimuth")
	}
	seen := map[string]bool{}
	for i, a := range s {
		switch {
		case a.Name == "":
			return fmt.Errorf("axis %d of the semantic space has no name", i)
		case seen[a.Name]:
			return fmt.Errorf("axis %q appears twice in the semantic space", a.Name)
		case math.IsNaN(a.Min) || math.IsNaN(a.Max) || math.IsInf(a.Min, 0) || math.IsInf(a.Max, 0):
			return fmt.Errorf("axis %q: the range %g…%g is not finite", a.Name, a.Min, a.Max)
		case !(a.Min < a.Max):
			return fmt.Errorf("axis %q: the range %g…%g is empty or reversed: the smaller number goes first", a.Name, a.Min, a.Max)
		}
		seen[a.Name] = true
	}
	return nil
}

// CheckPoint reports the first coordinate that is outside the domain.
func (s Space) CheckPoint(point []float64) error {
	if len(point) != len(s) {
		return fmt.Errorf("point %v has %d coordinates, the space has %d axes (%s)", point, len(point), len(s), s)
	}
	for k, a := range s {
		if !a.Contains(point[k]) {
			return fmt.Errorf("%s %g%s is outside the domain %g…%g%s", a.Name, point[k], a.Unit, a.Min, a.Max, a.Unit)
		}
	}
	return nil
}

// String returns the axes as in "azimuth 0…360° × elevation -10…90°".
func (s Space) String() string {
	parts := make([]string, len(s))
	for i, a := range s {
		parts[i] = a.String()
	}
	return strings.Join(parts, " × ")
}
