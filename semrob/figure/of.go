package figure

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Of returns the picture of a semantic map: a Profile for one axis, a Map for
// two, with the regions of the results drawn on it.
func Of(m *semmap.Map, results ...*region.Result) (Figure, error) {
	switch len(m.Axes) {
	case 1:
		return profileOf(m, results)
	case 2:
		return OfMap(m, results...)
	}
	return nil, fmt.Errorf("a map of %d axes cannot be drawn: take a slice of one or two", len(m.Axes))
}

// OfMap returns the picture of a map of two axes with the regions of the
// results drawn on it. Title and label come from the map's meta; the caller may
// change every field.
func OfMap(m *semmap.Map, results ...*region.Result) (*Map, error) {
	rows, err := m.Rows()
	if err != nil {
		return nil, err
	}
	about := aboutMap(m)
	f := &Map{
		Title: about.title(), Label: about.label(),
		X: axisOf(m.Axes[0].Axis), Y: axisOf(m.Axes[1].Axis),
		XS: m.Axes[0].Values, YS: m.Axes[1].Values, Z: rows,
	}
	for _, r := range results {
		f.Regions = append(f.Regions, RegionsOf(r)...)
	}
	return f, nil
}

// RegionsOf returns the regions of a result as a Map shows them.
func RegionsOf(r *region.Result) []Region {
	regions := make([]Region, len(r.Runs))
	for i, run := range r.Runs {
		regions[i] = Region{Method: methodName(r.Method), Start: run.Start, Box: Box(run.Bounds)}
	}
	return regions
}

// methodName writes a method's name as the paper does: OIR-B, but naive.
func methodName(name string) string {
	if strings.HasPrefix(name, "oir") {
		return strings.ToUpper(name)
	}
	return name
}

func profileOf(m *semmap.Map, results []*region.Result) (Figure, error) {
	about := aboutMap(m)
	f := &Profile{
		Title: about.title(), Label: about.label(), X: axisOf(m.Axes[0].Axis),
		Series: []Series{{X: m.Axes[0].Values, Y: m.Z}},
	}
	for _, r := range results {
		for _, region := range RegionsOf(r) {
			if len(region.Start) != 1 {
				return nil, fmt.Errorf("a region of %d axes does not fit on a map of one", len(region.Start))
			}
			f.Intervals = append(f.Intervals, Interval{Name: region.Method, A: region.A[0], B: region.B[0], Start: region.Start[0]})
		}
	}
	return f, nil
}

// AxesOf returns the axes of a space.
func AxesOf(space objective.Space) []Axis {
	axes := make([]Axis, len(space))
	for k, a := range space {
		axes[k] = axisOf(a)
	}
	return axes
}

func axisOf(a objective.Axis) Axis {
	return Axis{Name: a.Name, Unit: a.Unit, Min: a.Min, Max: a.Max, Periodic: a.Periodic}
}

// about is what a map's meta says of its subject.
type about struct{ Mesh, Network, Label string }

func aboutMap(m *semmap.Map) about {
	var a about
	if m.Meta != "" {
		// A map from elsewhere may have another meta: it is then drawn without
		// names.
		_ = json.Unmarshal([]byte(m.Meta), &a)
	}
	return a
}

func (a about) title() string {
	if a.Mesh == "" {
		return ""
	}
	return a.Mesh + " · " + a.Network
}

func (a about) label() string {
	if a.Label == "" {
		return "f"
	}
	return "probability of " + a.Label
}
