package worst

import (
	"math"
	"math/rand/v2"
	"testing"
)

// example is a mixture on a cube with an axis that wraps and one that is squashed.
func example() *mixture {
	return &mixture{
		wraps: []bool{true, false}, weight: []float64{0.3, 0.7},
		mean: [][]float64{{0.95, -0.4}, {1.3, 0.8}}, scale: [][]float64{{0.2, 0.5}, {0.6, 0.3}},
	}
}

// The density in the cube integrates to 1.
func TestDensityIntegratesToOne(t *testing.T) {
	m, sum := example(), 0.0
	const n = 400
	for i := range n {
		for j := range n {
			x, y := (float64(i)+0.5)/n, (float64(j)+0.5)/n
			log, responsible, _ := m.density([]float64{x, math.Atanh(2*y - 1)})
			sum += math.Exp(log) / (n * n)
			if r := responsible[0] + responsible[1]; math.Abs(r-1) > 1e-12 {
				t.Fatalf("responsibilities add up to %g", r)
			}
		}
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("the density integrates to %g", sum)
	}
}

// The derivatives of one side are differences, and do not depend on the turn.
func TestSidesAreDerivatives(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	const h = 1e-5
	for range 100 {
		m, j := example(), random.IntN(2)
		z := 2*random.Float64() - 0.5
		s := m.side(1, j, z)
		m.mean[1][j] += h
		up := m.side(1, j, z).log
		m.mean[1][j] -= 2 * h
		byMean := (up - m.side(1, j, z).log) / (2 * h)
		m.mean[1][j] += h
		sigma := m.scale[1][j]
		m.scale[1][j] = sigma * math.Exp(h)
		up = m.side(1, j, z).log
		m.scale[1][j] = sigma * math.Exp(-h)
		byScale := (up - m.side(1, j, z).log) / (2 * h)
		m.scale[1][j] = sigma
		byPlace := (m.side(1, j, z+h).log - m.side(1, j, z-h).log) / (2 * h)
		for what, c := range map[string][2]float64{"mean": {s.mean, byMean}, "scale": {s.scale, byScale}, "place": {s.place, byPlace}} {
			if math.Abs(c[0]-c[1]) > 1e-5*(1+math.Abs(c[1])) {
				t.Errorf("axis %d at %g: by %s %g, differences give %g", j, z, what, c[0], c[1])
			}
		}
		if again := m.side(1, 0, z+3); math.Abs(again.log-m.side(1, 0, z).log) > 1e-9 {
			t.Errorf("three turns change the density at %g", z)
		}
	}
}
