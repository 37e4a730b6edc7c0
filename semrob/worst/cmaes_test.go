package worst

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/region"
)

func searchOn(axes int) *Search {
	f := &analytic.Wave{Domain: analytic.Cube(axes)}
	box := region.Bounds{A: make([]float64, axes), B: make([]float64, axes)}
	for k := range axes {
		box.B[k] = 1
	}
	return newSearch(f, box, Settings{Tolerance: 1e-12}.WithDefaults())
}

// TestCMAESConverges runs it unbounded on the tutorial's test functions (its
// section on performance: on convex quadratics f falls log-linearly, and as
// fast on a stretched one, once C has learned its shape).
func TestCMAESConverges(t *testing.T) {
	for name, c := range map[string]struct {
		condition   float64
		evaluations int
	}{"sphere": {1, 2500}, "ellipsoid": {1e4, 6000}} {
		t.Run(name, func(t *testing.T) {
			const n = 8
			s := searchOn(n)
			turn := rotation(n)
			start := make([]float64, n)
			for k := range start {
				start[k] = 0.8
			}
			l := newCloud(start, 0.3, populationFor(n), s)
			best, spent := math.Inf(1), 0
			for spent < c.evaluations && best > 1e-12 {
				asked := l.ask()
				if len(asked) == 0 {
					break
				}
				values := make([]float64, len(asked))
				for i, x := range asked {
					values[i] = quadratic(turn, c.condition, x)
					best = min(best, values[i])
				}
				spent += len(asked)
				l.tell(values)
			}
			if best > 1e-12 {
				t.Errorf("%s: %g after %d evaluations", name, best, spent)
			}
			// C should now be like the inverse of the Hessian, whose eigenvalues
			// span the condition number.
			least, greatest := math.Inf(1), 0.0
			for _, d := range l.d {
				least, greatest = min(least, d*d), max(greatest, d*d)
			}
			if span := greatest / least; span < c.condition/20 || span > 20*c.condition {
				t.Errorf("%s: the variances span %g, the curvatures %g", name, span, c.condition)
			}
			// C^(−½) twice undoes C.
			var product mat.VecDense
			v := mat.NewVecDense(n, turn[0])
			product.MulVec(l.c, v)
			for k, x := range l.whiten(l.whiten(product.RawVector().Data)) {
				if math.Abs(x-turn[0][k]) > 1e-8 {
					t.Errorf("%s: whitened twice, C v is %g on axis %d, want %g", name, x, k, turn[0][k])
				}
			}
		})
	}
}

// quadratic is Σ c_k (row_k · (x − 0.3))², with c from 1 to condition.
func quadratic(turn [][]float64, condition float64, x []float64) float64 {
	sum := 0.0
	for k, row := range turn {
		along := 0.0
		for j, r := range row {
			along += r * (x[j] - 0.3)
		}
		sum += math.Pow(condition, float64(k)/float64(len(turn)-1)) * along * along
	}
	return sum
}

// rotation returns orthonormal rows, by Gram and Schmidt.
func rotation(n int) [][]float64 {
	rng := rand.New(rand.NewPCG(9, 9))
	rows := make([][]float64, n)
	for k := range rows {
		rows[k] = make([]float64, n)
		for j := range rows[k] {
			rows[k][j] = rng.NormFloat64()
		}
		for _, other := range rows[:k] {
			dot := 0.0
			for j := range other {
				dot += other[j] * rows[k][j]
			}
			for j := range other {
				rows[k][j] -= dot * other[j]
			}
		}
		length := 0.0
		for _, x := range rows[k] {
			length = math.Hypot(length, x)
		}
		for j := range rows[k] {
			rows[k][j] /= length
		}
	}
	return rows
}

// TestSpreadPointsFillTheCube counts points in cells: none may be empty. Random
// points leave e⁻⁴ of 256 cells, about 5, empty.
func TestSpreadPointsFillTheCube(t *testing.T) {
	s := searchOn(2)
	var cells [16][16]int
	for _, p := range s.Spread(1024) {
		cells[int(16*p[0])][int(16*p[1])]++
	}
	for i := range cells {
		for j, n := range cells[i] {
			if n < 2 || n > 7 {
				t.Errorf("cell %d, %d holds %d points of 4", i, j, n)
			}
		}
	}
}

// TestGradientsOfTheCube compares with differences of Values, in a box across
// a seam.
func TestGradientsOfTheCube(t *testing.T) {
	domain := analytic.Torus(1)
	domain = append(domain, analytic.Cube(3)[1:]...)
	f := &analytic.Gaussian{Domain: domain, Centre: []float64{.1, .4, .6}, Sigma: []float64{.2, .3, .2}}
	box := region.Bounds{A: []float64{.8, .2, .7}, B: []float64{1.3, .9, .7}} // the third is fixed
	s := newSearch(f, box, Settings{}.WithDefaults())
	if s.Axes() != 2 {
		t.Fatalf("the cube has %d axes, want 2", s.Axes())
	}
	const h = 1e-5
	for _, p := range s.Spread(20) {
		_, gradients, err := s.Gradients(t.Context(), [][]float64{p})
		if err != nil {
			t.Fatal(err)
		}
		for k := range p {
			up, down := append([]float64(nil), p...), append([]float64(nil), p...)
			up[k] += h
			down[k] -= h
			v, err := s.Values(t.Context(), [][]float64{up, down})
			if err != nil {
				t.Fatal(err)
			}
			if want := (v[0] - v[1]) / (2 * h); math.Abs(gradients[0][k]-want) > 1e-6 {
				t.Errorf("at %v: ∂/∂%d = %g, differences say %g", p, k, gradients[0][k], want)
			}
		}
	}
}

func TestPositionsAreFolded(t *testing.T) {
	s := newSearch(&analytic.Wave{Domain: append(analytic.Torus(1), analytic.Cube(2)[1])}, region.Bounds{A: []float64{0, 0}, B: []float64{1, 1}}, Settings{}.WithDefaults())
	for _, c := range [][3]float64{{1.2, .2, .8}, {-.3, .7, .3}, {2.6, .6, .6}, {-1.1, .9, .9}, {1, 0, 1}} {
		if around, mirrored := s.frame.fold(0, c[0]), s.frame.fold(1, c[0]); math.Abs(around-c[1]) > 1e-12 || math.Abs(mirrored-c[2]) > 1e-12 {
			t.Errorf("%g is at %g around and %g in mirrors, want %g and %g", c[0], around, mirrored, c[1], c[2])
		}
	}
	if d := s.frame.distance([]float64{.95, .5}, []float64{.05, .45}); math.Abs(d-.1) > 1e-12 {
		t.Errorf("the distance over the seam is %g, want 0.1", d)
	}
}
