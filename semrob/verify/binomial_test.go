package verify_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"github.com/semrob/gonb-semrob/semrob/verify"
)

// logPMF is log P(X = i) of a binomial distribution.
func logPMF(i, n int, p float64) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(i + 1))
	c, _ := math.Lgamma(float64(n - i + 1))
	return a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p)
}

// tail is P(X ≥ k) of a binomial distribution, summed term by term.
func tail(k, n int, p float64) float64 {
	sum := 0.0
	for i := n; i >= k; i-- {
		sum += math.Exp(logPMF(i, n, p))
	}
	return sum
}

func TestClosedForms(t *testing.T) {
	for _, n := range []int{1, 2, 10, 100, 1000, 100000} {
		for _, confidence := range []float64{0.5, 0.9, 0.95, 0.999} {
			alpha := 1 - confidence
			if got := verify.LowerBound(0, n, confidence); got != 0 {
				t.Errorf("0 of %d at %g: %g, want 0", n, confidence, got)
			}
			for k, want := range map[int]float64{
				n: math.Pow(alpha, 1/float64(n)),                // pⁿ = α
				1: -math.Expm1(math.Log1p(-alpha) / float64(n)), // (1−p)ⁿ = 1 − α
			} {
				if got := verify.LowerBound(k, n, confidence); math.Abs(got-want) > 1e-9*want {
					t.Errorf("%d of %d at %g: %.15g, want %.15g", k, n, confidence, got, want)
				}
			}
		}
	}
}

// TestBoundsSolveTheBinomialSum compares with the definition: P(X ≥ k) = α at
// the bound, the sum done term by term.
func TestBoundsSolveTheBinomialSum(t *testing.T) {
	for _, n := range []int{5, 37, 200, 3000} {
		for _, k := range []int{2, n / 3, n / 2, 9 * n / 10, n - 1} {
			for _, confidence := range []float64{0.6, 0.95, 0.999} {
				if k < 1 {
					continue
				}
				p := verify.LowerBound(k, n, confidence)
				if got, want := tail(k, n, p), 1-confidence; math.Abs(got-want) > 1e-8*want {
					t.Errorf("%d of %d at %g: the bound %g leaves %g above, want %g", k, n, confidence, p, got, want)
				}
			}
		}
	}
}

// TestKnownBounds: 95 % two-sided Clopper–Pearson intervals as tables and
// textbooks give them have these lower ends, and Cohen et al. (2019, section
// 3.2.2) find that 100,000 right answers certify 3.8 σ at α = 0.001.
func TestKnownBounds(t *testing.T) {
	for _, c := range []struct {
		k, n int
		want float64
	}{{10, 100, 0.0490}, {5, 10, 0.1871}, {8, 10, 0.4439}, {19, 20, 0.7513}, {1, 10, 0.0025}} {
		if got := verify.LowerBound(c.k, c.n, 0.975); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("%d of %d: %.5f, want %.4f", c.k, c.n, got, c.want)
		}
	}
	if got := mathext.NormalQuantile(verify.LowerBound(100000, 100000, 0.999)); math.Abs(got-3.8) > 0.05 {
		t.Errorf("100,000 right answers certify %g σ, want 3.8", got)
	}
}

func TestBoundsRefuseNonsense(t *testing.T) {
	for _, c := range []struct {
		k, n       int
		confidence float64
	}{{-1, 10, 0.9}, {11, 10, 0.9}, {0, 0, 0.9}, {1, 10, 0}, {1, 10, 1}, {1, 10, math.NaN()}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v has a bound", c)
				}
			}()
			verify.LowerBound(c.k, c.n, c.confidence)
		}()
	}
}
