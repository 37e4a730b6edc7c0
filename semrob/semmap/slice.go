package semmap

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Projection reduces the values along an axis to one.
type Projection string

// The projections.
const (
	ProjectMin  Projection = "min"  // the worst case along the axis
	ProjectMean Projection = "mean" // the mean over the samples, each counting the same
	ProjectMax  Projection = "max"  // the best case along the axis
)

// Projections lists the projections by name.
var Projections = enum.Of("projection", ProjectMin, ProjectMean, ProjectMax)

// ParseProjection reads "min", "mean" or "max".
func ParseProjection(text string) (Projection, error) { return Projections.Parse(text) }

// UnmarshalText reads a name; "" is the default.
func (p *Projection) UnmarshalText(text []byte) error { return Projections.Unmarshal(p, text) }

// MarshalText returns the name.
func (p Projection) MarshalText() ([]byte, error) { return []byte(p), nil }

// ErrNotOnGrid is the error for a value beyond the samples of an axis.
var ErrNotOnGrid = errors.New("not on the grid of the map")

// Slice returns the map without one axis, at the sample nearest to value (of two,
// the lower). Its values are those of the map, never interpolated. Caption names
// the sample.
//
// A value beyond the samples by more than half their greatest distance is
// ErrNotOnGrid, wrapped. The only axis of a map cannot be removed.
func (m *Map) Slice(axis string, value float64) (*Map, error) {
	k, err := m.removable(axis)
	if err != nil {
		return nil, fmt.Errorf("slicing a map: %w", err)
	}
	at, err := m.Axes[k].nearest(value)
	if err != nil {
		return nil, fmt.Errorf("slicing a map: %w", err)
	}
	s := m.without(k, fmt.Sprintf("%s %g%s", axis, m.Axes[k].Values[at], m.Axes[k].Unit))
	m.along(k, func(i int, line []int) {
		s.Z[i] = m.Z[line[at]]
		if s.Evaluated != nil {
			s.Evaluated[i] = m.Evaluated[line[at]]
		}
		if s.Answers != nil {
			s.Answers[i] = m.Answers[line[at]]
		}
	})
	return s, nil
}

// Project returns the map without one axis: the least, mean or greatest value over
// its samples. A value is NaN if one of its samples is, and counts as evaluated if
// all of its samples were. The answer at the least or greatest value is kept; a mean
// has none. Caption names the projection.
func (m *Map) Project(axis string, how Projection) (*Map, error) {
	k, err := m.removable(axis)
	if err != nil {
		return nil, fmt.Errorf("projecting a map: %w", err)
	}
	if _, err := ParseProjection(string(how)); err != nil {
		return nil, fmt.Errorf("projecting a map: %w", err)
	}
	s := m.without(k, fmt.Sprintf("%s over %s", how, axis))
	if how != ProjectMin && how != ProjectMax {
		s.Answers, s.Labels = nil, nil
	}
	m.along(k, func(i int, line []int) {
		s.Z[i] = m.projected(line, how)
		if s.Answers != nil {
			s.Answers[i] = m.answerAt(line, s.Z[i])
		}
		if s.Evaluated != nil {
			s.Evaluated[i] = true
			for _, at := range line {
				s.Evaluated[i] = s.Evaluated[i] && m.Evaluated[at]
			}
		}
	})
	return s, nil
}

// projected returns the projection of the values at the indices of line.
func (m *Map) projected(line []int, how Projection) float64 {
	least, greatest, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, at := range line {
		// The built-in min and max return NaN if one operand is NaN.
		least, greatest, sum = min(least, m.Z[at]), max(greatest, m.Z[at]), sum+m.Z[at]
	}
	switch how {
	case ProjectMin:
		return least
	case ProjectMax:
		return greatest
	}
	return sum / float64(len(line))
}

// answerAt returns the answer at the first of the indices with a value.
func (m *Map) answerAt(line []int, value float64) objective.Answer {
	for _, at := range line {
		if m.Z[at] == value {
			return m.Answers[at]
		}
	}
	return objective.Answer{}
}

// removable returns the index of an axis that is not the only one.
func (m *Map) removable(axis string) (int, error) {
	k := m.Space().Index(axis)
	if k < 0 {
		return 0, fmt.Errorf("it has no axis %q: choose one of %s", axis, m.Space())
	}
	if len(m.Axes) == 1 {
		return 0, fmt.Errorf("%s is its only axis: use Stats to summarise its values", axis)
	}
	return k, nil
}

// nearest returns the index of the sample nearest to x, around the period too.
func (s Samples) nearest(x float64) (int, error) {
	best, distance, gap := 0, math.Inf(1), 0.0
	for i, v := range s.Values {
		d := math.Abs(x - v)
		if s.Periodic {
			d = math.Mod(d, s.Width())
			d = min(d, s.Width()-d)
		}
		if d < distance {
			best, distance = i, d
		}
		if i > 0 {
			gap = max(gap, v-s.Values[i-1])
		}
	}
	if !(distance <= gap/2*(1+1e-9)) {
		last := s.Values[len(s.Values)-1]
		return 0, fmt.Errorf("%s %g%s: %w, which samples %g%s to %g%s",
			s.Name, x, s.Unit, ErrNotOnGrid, s.Values[0], s.Unit, last, s.Unit)
	}
	return best, nil
}

// without returns an empty map without axis k, with a line in its meta about the
// reason.
func (m *Map) without(k int, how string) *Map {
	s := &Map{}
	n := 1
	for i, a := range m.Axes {
		if i != k {
			s.Axes = append(s.Axes, a)
			n *= len(a.Values)
		}
	}
	s.Z = make([]float64, n)
	if m.Evaluated != nil {
		s.Evaluated = make([]bool, n)
	}
	if m.Answers != nil {
		s.Answers, s.Labels = make([]objective.Answer, n), m.Labels
	}
	s.Meta = withView(m.Meta, how)
	return s
}

// along calls each for every point of the map without axis k, in the order of that
// map, with the indices of Z along axis k.
func (m *Map) along(k int, each func(i int, line []int)) {
	stride := 1
	for _, a := range m.Axes[:k] {
		stride *= len(a.Values)
	}
	line := make([]int, len(m.Axes[k].Values))
	for i := range len(m.Z) / len(line) {
		first := i/stride*stride*len(line) + i%stride
		for j := range line {
			line[j] = first + j*stride
		}
		each(i, line)
	}
}

// withView adds a line to the list "view" of meta. A meta that is not a JSON
// object stays as it is; Save reports it.
func withView(meta, how string) string {
	fields := map[string]any{}
	if meta != "" && json.Unmarshal([]byte(meta), &fields) != nil {
		return meta
	}
	view, _ := fields["view"].([]any)
	fields["view"] = append(view, how)
	delete(fields, "axes")     // Save writes the remaining axes
	delete(fields, "adaptive") // was about the whole map
	text, err := json.Marshal(fields)
	if err != nil {
		return meta
	}
	return string(text)
}

// Caption returns a line for below the title of a picture of the map: its slices
// and projections, and the error of predicted values. It may be "".
func (m *Map) Caption() string {
	var parts []string
	var fields struct{ View []string }
	if m.Meta != "" && json.Unmarshal([]byte(m.Meta), &fields) == nil {
		parts = fields.View
	}
	switch n := m.Evaluations(); {
	case m.Adaptive != nil && n < len(m.Z):
		parts = append(parts, fmt.Sprintf("%d of %d points evaluated, mean error %s", n, len(m.Z), m.Adaptive.MeanError))
	case m.Evaluated != nil && n < len(m.Z):
		parts = append(parts, fmt.Sprintf("%d of %d points evaluated, the others predicted", n, len(m.Z)))
	}
	return strings.Join(parts, " · ")
}
