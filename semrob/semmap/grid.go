package semmap

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Range is the half-open range From, From+Step, … < To of one axis, as
// "0:360:3" on the command line.
type Range struct {
	From, To, Step float64
}

// The ranges of the published maps: 120 azimuths and 34 elevations.
var (
	DefaultAzimuth   = Range{0, 360, 3}
	DefaultElevation = Range{-10, 90, 3}
)

// maxSamples bounds the number of values of a range.
const maxSamples = 1 << 20

// ParseRange reads "from:to:step".
func ParseRange(text string) (Range, error) {
	fields := strings.Split(text, ":")
	if len(fields) != 3 {
		return Range{}, fmt.Errorf("the range %q must be from:to:step, such as 0:360:3", text)
	}
	var v [3]float64
	for i, field := range fields {
		x, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return Range{}, fmt.Errorf("the range %q: %q is not a number", text, field)
		}
		v[i] = x
	}
	r := Range{v[0], v[1], v[2]}
	return r, r.Check()
}

// Check reports a range that is reversed, empty or not finite.
func (r Range) Check() error {
	for _, x := range []float64{r.From, r.To, r.Step} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("the range %s is not finite", r)
		}
	}
	switch {
	case r.Step <= 0:
		return fmt.Errorf("the range %s: the step must be positive", r)
	case r.From > r.To:
		return fmt.Errorf("the range %s is reversed: the smaller number goes first", r)
	case r.From == r.To:
		return fmt.Errorf("the range %s is empty: its ends are equal", r)
	case (r.To-r.From)/r.Step > maxSamples:
		return fmt.Errorf("the range %s has more than %d values: choose a larger step", r, maxSamples)
	}
	return nil
}

// String returns the range as ParseRange reads it.
func (r Range) String() string { return fmt.Sprintf("%g:%g:%g", r.From, r.To, r.Step) }

// Values returns From, From+Step, … < To.
func (r Range) Values() []float64 {
	// Slightly less than the exact number, so that 0:1:0.1 has ten values and not
	// eleven.
	n := int(math.Ceil((r.To-r.From)/r.Step - 1e-9))
	v := make([]float64, max(n, 1))
	for i := range v {
		v[i] = r.From + float64(i)*r.Step
	}
	return v
}

// Samples are the values of one axis of a map.
type Samples struct {
	objective.Axis
	Values []float64 `json:"values"` // ascending, in the unit of the axis
}

// Sample returns the values of a range on an axis. They must be inside its domain.
func Sample(axis objective.Axis, r Range) (Samples, error) {
	if err := r.Check(); err != nil {
		return Samples{}, fmt.Errorf("%s: %w", axis.Name, err)
	}
	s := Samples{Axis: axis, Values: r.Values()}
	first, last := s.Values[0], s.Values[len(s.Values)-1]
	for _, x := range []float64{first, last} {
		if !axis.Contains(x) {
			return Samples{}, fmt.Errorf("%s %g%s of the range %s is outside the domain %g…%g%s", axis.Name, x, axis.Unit, r, axis.Min, axis.Max, axis.Unit)
		}
	}
	if axis.Periodic && last-first >= axis.Width() {
		return Samples{}, fmt.Errorf("%s: the range %s goes around more than once (%g%s): shorten it", axis.Name, r, axis.Width(), axis.Unit)
	}
	return s, nil
}
