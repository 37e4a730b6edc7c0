package figure

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// ErrAxes reports a map with too many axes for a figure: more than two for a Map,
// more than one for a Profile. Take a slice or a projection.
var ErrAxes = errors.New("too many axes for a figure")

// Of returns the figure of a semantic map, a Profile for one axis or a Map for two,
// with the regions of the results. A map with more axes is ErrAxes.
func Of(m *semmap.Map, results ...*region.Result) (Figure, error) {
	switch len(m.Axes) {
	case 1:
		return profileOf(m, results)
	case 2:
		return OfMap(m, results...)
	}
	return nil, fmt.Errorf("drawing a map with %d axes: %w: take a slice or a projection with one or two", len(m.Axes), ErrAxes)
}

// OfMap returns the figure of a map with two axes and the regions of the results.
// Title and label come from the map's meta; the caller may change every field.
// Regions with more axes are drawn by their sides along the axes of the map, which
// they must have: their cut with the plane of the map if that goes through the start.
func OfMap(m *semmap.Map, results ...*region.Result) (*Map, error) {
	rows, err := m.Rows()
	if err != nil {
		return nil, err
	}
	f := &Map{
		X: m.Axes[0].Axis, Y: m.Axes[1].Axis,
		XS: m.Axes[0].Values, YS: m.Axes[1].Values, Z: rows,
	}
	f.Title, f.Label = names(m)
	for _, r := range results {
		regions, err := onAxes(r, f.X, f.Y)
		if err != nil {
			return nil, err
		}
		f.Regions = append(f.Regions, regions...)
	}
	return f, nil
}

// onAxes returns the regions of a result by their sides along x and y. Regions with
// two axes or fewer are left as they are.
func onAxes(r *region.Result, x, y Axis) ([]Region, error) {
	regions := RegionsOf(r)
	if len(r.Space) <= 2 {
		return regions, nil
	}
	i, k := r.Space.Index(x.Name), r.Space.Index(y.Name)
	if i < 0 || k < 0 {
		return nil, fmt.Errorf("drawing regions of %s on a map of %s: they do not have its axes", axesText(r.Space), axesText([]Axis{x, y}))
	}
	pick := func(v []float64) []float64 { return []float64{v[i], v[k]} }
	for n, one := range regions {
		regions[n].Start, regions[n].Box = pick(one.Start), Box{pick(one.A), pick(one.B)}
		for j, at := range one.Failures {
			one.Failures[j] = pick(at)
		}
	}
	return regions, nil
}

// RegionsOf returns the regions of a result for Map.Regions. Guaranteed regions show
// whether they are proved, and the failures that stopped their sides.
func RegionsOf(r *region.Result) []Region {
	regions := make([]Region, len(r.Runs))
	proofs, err := guarantee.Each(r)
	var promised []guarantee.Run // as in r: a threshold after the other
	for _, p := range proofs {
		promised = append(promised, p.Runs...)
	}
	for i, run := range r.Runs {
		regions[i] = Region{Method: methodName(r.Method), Start: run.Start, Box: Box(run.Bounds)}
		if err != nil {
			continue // a method that promises nothing
		}
		if regions[i].Proof = UnprovedPromise; run.Proved {
			regions[i].Proof = ProvedPromise
		}
		for _, side := range slices.Concat(promised[i].Lower, promised[i].Upper) {
			if side.Failure != nil {
				regions[i].Failures = append(regions[i].Failures, side.Failure)
			}
		}
	}
	return regions
}

// methodName spells a method's name as the paper does: OIR-B, but naive.
func methodName(name string) string {
	if strings.HasPrefix(name, "oir") {
		return strings.ToUpper(name)
	}
	return name
}

func profileOf(m *semmap.Map, results []*region.Result) (Figure, error) {
	f, err := ProfileOf(m)
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		intervals, err := intervalsOf(r)
		if err != nil {
			return nil, err
		}
		f.Intervals = append(f.Intervals, intervals...)
	}
	return f, nil
}

// intervalsOf returns the regions of a result on one axis.
func intervalsOf(r *region.Result) ([]Interval, error) {
	var intervals []Interval
	for _, region := range RegionsOf(r) {
		if len(region.Start) != 1 {
			return nil, fmt.Errorf("drawing a region with %d axes on a profile: %w", len(region.Start), ErrAxes)
		}
		intervals = append(intervals, Interval{Name: region.Method, A: region.A[0], B: region.B[0], Start: region.Start[0]})
	}
	return intervals, nil
}

// about is the part of a map's meta that figures show.
type about struct{ Mesh, Network, Label, Preprocess string }

// aboutOf reads a map's meta; another one is nothing.
func aboutOf(m *semmap.Map) (a about) {
	_ = json.Unmarshal([]byte(m.Meta), &a)
	return a
}

// names returns the title and label of a map from its meta; maps from elsewhere may
// have another meta, and no title.
func names(m *semmap.Map) (title, label string) {
	about := aboutOf(m)
	if about.Mesh != "" {
		title = about.Mesh + " · " + about.Network
	}
	if about.Label == "" {
		return title, "f"
	}
	return title, "probability of " + about.Label
}
