// Package study evaluates the results that the paper's authors published for whole
// networks: it replays their robust regions on their semantic maps and computes the
// semantic robustness volume ratio, SRVR (Hamdi & Ghanem 2020, section 5).
package study

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// methodNames are the methods of the published arrays (naive, OIR_B, OIR_W) in their
// order, with the names of region.MethodByName.
var methodNames = []string{"naive", "oir-b", "oir-w"}

// PublishedRegions are the robust regions of a network for all classes and objects,
// grown with several methods from the same starts.
type PublishedRegions struct {
	Classes, Objects, Starts int
	// Methods are the names of the methods for region.MethodByName, in the order of
	// the file.
	Methods []string

	bounds     []float64 // [class, object, method, start, {a,b}, axis]
	iterations []float64 // [class, object, method, start]; nil if missing in the file
	points     []float64 // [start, axis]; nil if missing in the file
}

// LoadRegions reads an .npz archive in the authors' format, with any number of
// classes, objects and starts and any numeric type:
//
//   - region [class, object, method, start, {a,b}, axis]: the final bounds in
//     degrees. The axes are azimuth and elevation, the methods naive, OIR_B and
//     OIR_W or the first of these;
//   - iterations [class, object, method, start]: the number of steps, 0 if no trace
//     was kept;
//   - initial_point [start, axis]: the start points.
//
// Replay needs all arrays, SRVR only region. Bounds may be NaN, infinite or
// inverted. Errors name the file and the array.
func LoadRegions(path string) (*PublishedRegions, error) {
	f, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	p, err := regionsFrom(f)
	if err != nil {
		return nil, fmt.Errorf("%s is not a file of published regions: %w", path, err)
	}
	return p, nil
}

func regionsFrom(f npz.File) (*PublishedRegions, error) {
	bounds, shape, err := f.Float64s("region")
	if err != nil {
		return nil, err
	}
	if len(shape) != 6 || shape[4] != 2 || shape[5] != 2 {
		return nil, fmt.Errorf("region has the shape %v, not [class, object, method, start, 2, 2]", shape)
	}
	if n := shape[2]; n < 1 || n > len(methodNames) {
		return nil, fmt.Errorf("region has the shape %v with %d methods: it must have 1 to %d, in the order %v", shape, n, len(methodNames), methodNames)
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

// fitting returns the array of this name, which must have the shape want, or nil if
// the file has none.
func fitting(f npz.File, name string, region, want []int) ([]float64, error) {
	if _, ok := f[name]; !ok {
		return nil, nil
	}
	values, shape, err := f.Float64s(name)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(shape, want) {
		return nil, fmt.Errorf("%s has the shape %v: to fit region, of shape %v, it must be %v", name, shape, region, want)
	}
	return values, nil
}

// index returns the index of a run in the arrays.
func (p *PublishedRegions) index(class, object, method, start int) int {
	return ((class*p.Objects+object)*len(p.Methods)+method)*p.Starts + start
}

// Bounds returns the final bounds of a run, in degrees of azimuth and elevation. The
// arguments count from 0; method is an index of Methods. The caller must not change
// the bounds.
func (p *PublishedRegions) Bounds(class, object, method, start int) region.Bounds {
	at := 4 * p.index(class, object, method, start)
	return region.Bounds{A: p.bounds[at : at+2 : at+2], B: p.bounds[at+2 : at+4 : at+4]}
}

// Fraction returns vol(region ∩ domain)/vol(domain) of a run, 0…1, or NaN if a bound
// is NaN. The domain is azimuth 0…360° and elevation −10…90°; azimuth is clipped to
// it, not wrapped, as in the paper.
func (p *PublishedRegions) Fraction(class, object, method, start int) float64 {
	b := p.Bounds(class, object, method, start)
	if slices.ContainsFunc(slices.Concat(b.A, b.B), math.IsNaN) {
		return math.NaN()
	}
	return b.ClippedFraction(objective.Viewpoints())
}

// Start returns a start point, [azimuth, elevation] in degrees, or nil if the file
// has none. The caller must not change it.
func (p *PublishedRegions) Start(start int) []float64 {
	if p.points == nil {
		return nil
	}
	return p.points[2*start : 2*start+2 : 2*start+2]
}
