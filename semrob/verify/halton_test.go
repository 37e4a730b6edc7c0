package verify

import (
	"math"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// halton returns the points of the unit cube.
func halton(n, dim int, seed uint64) [][]float64 {
	cube := box{analytic.Cube(dim), region.Bounds{A: make([]float64, dim), B: slices.Repeat([]float64{1}, dim)}}
	return cube.evenPoints(n, seed)
}

// TestHaltonIsEven checks the property that defines the sequence: any bᵐ
// successive points lie one each in bᵐ equal intervals, in every base.
func TestHaltonIsEven(t *testing.T) {
	points := halton(700, 6, 3)
	for k, base := range []int{2, 3, 5, 7, 11, 13} {
		for cells := base; cells <= 600; cells *= base {
			for _, from := range []int{0, 17, 700 - cells} {
				seen := make([]bool, cells)
				for _, p := range points[from : from+cells] {
					// Rounding may leave a point a last bit below its cell.
					at := int(math.Floor(p[k]*float64(cells) + 1e-9))
					if p[k] < 0 || p[k] > 1 || seen[min(at, cells-1)] {
						t.Fatalf("base %d: of %d points from %d two are in cell %d", base, cells, from, at)
					}
					seen[min(at, cells-1)] = true
				}
			}
		}
	}
}

// TestHaltonIsRandomised: over many seeds every point is uniform, and
// coordinates are uncorrelated also in large bases, where plain Halton points
// stand in stripes.
func TestHaltonIsRandomised(t *testing.T) {
	const seeds, dim = 2000, 8
	mean := make([]float64, dim)
	for seed := range seeds {
		for k, x := range halton(6, dim, uint64(seed))[5] {
			mean[k] += x / seeds
		}
	}
	for k, m := range mean {
		if sd := math.Sqrt(1.0 / 12 / seeds); math.Abs(m-0.5) > 4.5*sd {
			t.Errorf("coordinate %d of point 5 is %.4f on average, want 0.5 ± %.4f", k, m, sd)
		}
	}
	points := halton(1024, dim, 1)
	for i := range dim {
		for j := range i {
			c := 0.0
			for _, p := range points {
				c += 12 * (p[i] - 0.5) * (p[j] - 0.5) / float64(len(points))
			}
			if math.Abs(c) > 0.1 {
				t.Errorf("coordinates %d and %d are correlated: %.3f", i, j, c)
			}
		}
	}
}
