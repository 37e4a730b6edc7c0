package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// ProfileOf returns the maps, of one axis each, as the lines of one profile. Maps of
// the same axis share it, and the lines have no names; maps of different axes are
// drawn over the fraction of each domain, and the lines are named by their axes. The
// caller may change every field. A map with more axes is ErrAxes.
func ProfileOf(maps ...*semmap.Map) (*Profile, error) {
	if err := oneAxis(maps); err != nil {
		return nil, err
	}
	first := maps[0]
	p := &Profile{X: first.Axes[0].Axis}
	p.Title, p.Label = names(first)
	shared := true
	for _, m := range maps {
		shared = shared && m.Axes[0].Axis == p.X
		if title, label := names(m); title != p.Title || label != p.Label {
			p.Title, p.Label = "", "f"
		}
	}
	if !shared {
		p.X = Axis{Name: "fraction of the domain", Unit: "%", Max: 100}
	}
	for _, m := range maps {
		axis, line := m.Axes[0], Series{X: m.Axes[0].Values, Y: m.Z}
		if !shared {
			line = Series{Name: axis.Name + " " + axisRange(axis.Axis, axis.Min, axis.Max), Y: m.Z}
			for _, x := range axis.Values {
				line.X = append(line.X, 100*(x-axis.Min)/axis.Width())
			}
		}
		p.Series = append(p.Series, line)
	}
	return p, nil
}

// RangesOf compares f along different parameters: a bar for each map of one axis with
// the mean of f, and a whisker from its least to its greatest value. The parameter
// with the least f comes first. A map with more axes is ErrAxes.
func RangesOf(maps ...*semmap.Map) (*Bars, error) {
	sorted, err := byLeast(maps)
	if err != nil {
		return nil, err
	}
	b := &Bars{
		Title: "One parameter at a time", Subtitle: "whiskers from the least to the greatest f along the axis",
		Label: "f", High: 1,
	}
	series := BarSeries{Name: "mean f"}
	for _, m := range sorted {
		s := m.Stats()
		b.Groups = append(b.Groups, m.Axes[0].Name)
		series.Add(s.Mean, s.Min, s.Max)
	}
	b.Series = []BarSeries{series}
	return b, nil
}

// RangesTable returns the numbers of RangesOf as a table, with the values of the
// parameter at which f is least and greatest.
func RangesTable(maps ...*semmap.Map) (*Table, error) {
	sorted, err := byLeast(maps)
	if err != nil {
		return nil, err
	}
	t := &Table{Headers: []string{"parameter", "domain", "mean f", "least f", "at", "greatest f", "at"}}
	for _, m := range sorted {
		s, axis := m.Stats(), m.Axes[0].Axis
		t.Rows = append(t.Rows, []any{
			axis.Name, axisRange(axis, axis.Min, axis.Max), Quantity{Value: s.Mean, Decimals: 3},
			Quantity{Value: s.Min, Decimals: 4}, axisValue(axis, s.MinPoint[0]),
			Quantity{Value: s.Max, Decimals: 3}, axisValue(axis, s.MaxPoint[0]),
		})
	}
	return t, nil
}

// byLeast returns the maps sorted by their least value.
func byLeast(maps []*semmap.Map) ([]*semmap.Map, error) {
	if err := oneAxis(maps); err != nil {
		return nil, err
	}
	least := func(m *semmap.Map) float64 { return m.Stats().Min }
	return slices.SortedStableFunc(slices.Values(maps), func(a, b *semmap.Map) int { return cmp.Compare(least(a), least(b)) }), nil
}

func oneAxis(maps []*semmap.Map) error {
	if len(maps) == 0 {
		return fmt.Errorf("drawing f along parameters: give at least one map")
	}
	for _, m := range maps {
		if len(m.Axes) != 1 {
			return fmt.Errorf("drawing a map with %d axes on a profile: %w", len(m.Axes), ErrAxes)
		}
	}
	return nil
}

// leastDrawn is the least value that SearchOf draws: a logarithm needs more than 0.
const leastDrawn = 1e-9

// SearchOf draws the least value that searches for the worst case have found against
// the evaluations that they have spent, on a logarithmic scale.
func SearchOf(results ...*worst.Result) *Profile {
	p := &Profile{Title: "The search for the worst view", X: Axis{Name: "evaluations"}, Label: "log10 of the least f"}
	for _, r := range results {
		line := Series{Name: r.Method}
		for _, step := range r.Trace {
			value := math.Log10(max(step.Value, leastDrawn))
			if n := len(line.Y); n > 0 { // a stair: the value stays until it falls
				line.X, line.Y = append(line.X, float64(step.Evaluations)), append(line.Y, line.Y[n-1])
			}
			line.X, line.Y = append(line.X, float64(step.Evaluations)), append(line.Y, value)
			p.Low = min(p.Low, math.Floor(value))
		}
		p.Series = append(p.Series, line)
	}
	return p
}

// Add appends a bar with its interval; NaN for an end draws no interval.
func (s *BarSeries) Add(value, lower, upper float64) {
	s.Values, s.Lower, s.Upper = append(s.Values, value), append(s.Lower, lower), append(s.Upper, upper)
}

// axesText names the axes of a space, as in "azimuth × distance".
func axesText(axes []Axis) string {
	var all []string
	for _, a := range axes {
		all = append(all, a.Name)
	}
	return strings.Join(all, " × ")
}
