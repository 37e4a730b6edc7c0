package verify_test

import (
	"fmt"
	"math"
	"math/big"
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
		t.Run(fmt.Sprint(n, " trials"), func(t *testing.T) {
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
		})
	}
}

// TestBoundsSolveTheBinomialSum compares with the definition: P(X ≥ k) = α at
// the bound, the sum done term by term.
func TestBoundsSolveTheBinomialSum(t *testing.T) {
	for _, n := range []int{5, 37, 200, 3000} {
		t.Run(fmt.Sprint(n, " trials"), func(t *testing.T) {
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
		})
	}
}

// exactTail is P(X ≥ k) to some 60 digits, by the shorter of the two sums.
func exactTail(k, n int, p float64) *big.Float {
	const digits = 300 // in bits
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(digits).SetFloat64(x) }
	power := func(x *big.Float, n int) *big.Float {
		y := number(1)
		for x := new(big.Float).Set(x); n > 0; n /= 2 {
			if n%2 == 1 {
				y.Mul(y, x)
			}
			x.Mul(x, x)
		}
		return y
	}
	yes, no := number(p), number(1)
	no.Sub(no, yes)
	lower := k <= n-k // sum P(X < k) instead
	if lower {
		yes, no, k = no, yes, n-k+1
	}
	// Σ over i = k…n of C(n, i) yesⁱ noⁿ⁻ⁱ, from i = n down.
	term, sum := power(yes, n), number(0)
	for i := n; i >= k; i-- {
		sum.Add(sum, term)
		term.Mul(term, number(float64(i)))
		term.Quo(term, number(float64(n-i+1)))
		term.Mul(term, no)
		term.Quo(term, yes)
	}
	if lower {
		sum.Sub(number(1), sum)
	}
	return sum
}

// TestBoundsAreNeverTooLarge compares with exact binomial tails, up to a million
// trials: at the bound k or more successes are at most as probable as 1 −
// confidence, and nearly so.
func TestBoundsAreNeverTooLarge(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 60, 101, 1000, 4001, 100000, 999397, 1000000} {
		t.Run(fmt.Sprint(n, " trials"), func(t *testing.T) {
			ks := []int{1, 2, 3, 10, n - 10, n - 4, n - 2, n - 1, n}
			if n <= 4001 {
				ks = append(ks, n/3, n/2, 9*n/10)
			}
			for _, k := range ks {
				if k < 1 || k > n {
					continue
				}
				for _, confidence := range []float64{1e-5, 0.5, 0.6, 0.9, 0.95, 0.999, 0.999999} {
					p, alpha := verify.LowerBound(k, n, confidence), 1-confidence
					tail, _ := exactTail(k, n, p).Float64()
					if tail > alpha || tail < alpha*(1-1e-6) {
						t.Errorf("%d of %d at %g: the bound %.17g leaves %.17g above, want %.17g or slightly less", k, n, confidence, p, tail, alpha)
					}
				}
			}
		})
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
