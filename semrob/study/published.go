// Package study works on the results of whole networks as the paper's authors
// published them: it replays their robust regions on their semantic maps, and
// sums regions up as SRVR (Hamdi & Ghanem 2020, section 5).
package study

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// methodNames are the methods of the published arrays in their order there
// (naive, OIR_B, OIR_W), as region.MethodByName knows them.
var methodNames = []string{"naive", "oir-b", "oir-w"}

// PublishedRegions are the robust regions of one network over classes and
// objects, grown by several methods from the same starts.
type PublishedRegions struct {
	Classes, Objects, Starts int
	// Methods are the methods' names for region.MethodByName, in the order of
	// the file.
	Methods []string

	bounds     []float64 // [class, object, method, start, {a,b}, axis]
	iterations []float64 // [class, object, method, start]; nil where the file has none
	points     []float64 // [start, axis]; nil where the file has none
}

// LoadRegions reads an .npz archive as the authors published it, of any
// numbers of classes, objects and starts and any type of number:
//
//   - region [class, object, method, start, {a,b}, axis], the final bounds in
//     degrees; the axes are azimuth and elevation, the methods naive, OIR_B and
//     OIR_W, or the first of these;
//   - iterations [class, object, method, start], the steps that were done, 0
//     where no trace was kept;
//   - initial_point [start, axis], where the runs began.
//
// Replay needs all of them, SRVR only region. Bounds may be NaN, infinite or
// inverted. The error names the file and the array.
func LoadRegions(path string) (*PublishedRegions, error) {
	f, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	p, err := regionsFrom(f)
	if err != nil {
		return nil, fmt.Errorf("%s does not hold published regions: %w", path, err)
	}
	return p, nil
}

func regionsFrom(f npz.File) (*PublishedRegions, error) {
	bounds, shape, err := f.Float64s("region")
	if err != nil {
		return nil, err
	}
	if len(shape) != 6 || shape[4] != 2 || shape[5] != 2 {
		return nil, fmt.Errorf("region has the shape %v: [class, object, method, start, 2, 2] is needed", shape)
	}
	if n := shape[2]; n < 1 || n > len(methodNames) {
		return nil, fmt.Errorf("region has the shape %v, so %d methods: there must be 1 to %d, in the order %v", shape, n, len(methodNames), methodNames)
	}
	p := &PublishedRegions{
		Classes: shape[0], Objects: shape[1], Methods: methodNames[:shape[2]:shape[2]], Starts: shape[3],
		bounds: bounds,
	}
	if p.iterations, err = fitting(f, "iterations", shape, shape[:4]); err != nil {
		return nil, err
	}
	p.points, err = fitting(f, "initial_point", shape, []int{p.Starts, 2})
	return p, err
}

// fitting returns an array of this shape, or nil where the file has none of
// this name.
func fitting(f npz.File, name string, region, want []int) ([]float64, error) {
	if _, ok := f[name]; !ok {
		return nil, nil
	}
	values, shape, err := f.Float64s(name)
	if err != nil {
		return nil, err
	}
	if fmt.Sprint(shape) != fmt.Sprint(want) {
		return nil, fmt.Errorf("%s has the shape %v where region's, %v, asks for %v", name, shape, region, want)
	}
	return values, nil
}

// index is the place of a run in the arrays.
func (p *PublishedRegions) index(class, object, method, start int) int {
	return ((class*p.Objects+object)*len(p.Methods)+method)*p.Starts + start
}

// Bounds returns the final bounds of one run, in degrees of azimuth and
// elevation. The arguments count from 0; method is an index of Methods. The
// caller must not change the bounds.
func (p *PublishedRegions) Bounds(class, object, method, start int) region.Bounds {
	at := 4 * p.index(class, object, method, start)
	return region.Bounds{A: p.bounds[at : at+2 : at+2], B: p.bounds[at+2 : at+4 : at+4]}
}

// Start returns where the runs with this index began, [azimuth, elevation] in
// degrees, or nil where the file does not say. The caller must not change it.
func (p *PublishedRegions) Start(start int) []float64 {
	if p.points == nil {
		return nil
	}
	return p.points[2*start : 2*start+2 : 2*start+2]
}

// unfinished reports whether any bound is NaN.
func unfinished(b region.Bounds) bool {
	for k := range b.A {
		if math.IsNaN(b.A[k]) || math.IsNaN(b.B[k]) {
			return true
		}
	}
	return false
}
