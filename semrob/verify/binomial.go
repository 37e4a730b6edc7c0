package verify

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// LowerBound returns the one-sided lower Clopper–Pearson bound of the probability
// of success, given k successes in n independent trials: the p for which k or
// more successes have the probability 1 − confidence. For any true probability the
// bound exceeds it with probability at most 1 − confidence (Clopper & Pearson,
// "The use of confidence or fiducial limits illustrated in the case of the
// binomial", Biometrika 26, 1934).
//
// It is 0 for k = 0 and (1 − confidence)^(1/n) for k = n. A margin for rounding
// keeps it at or below the exact bound for n up to a million. It panics unless
// 0 ≤ k ≤ n, n > 0 and 0 < confidence < 1.
func LowerBound(k, n int, confidence float64) float64 {
	if n <= 0 || k < 0 || k > n || !(confidence > 0 && confidence < 1) {
		panic(fmt.Sprintf("verify: no bound for %d of %d trials at confidence %g", k, n, confidence))
	}
	if k == 0 {
		return 0
	}
	// P(k or more of n) = I_p(k, n−k+1), the regularised incomplete beta function,
	// grows with p. Positive numbers have the order of their bits, so a search of
	// these finds the last p that is low enough. (Inverses of the function, such as
	// the quantile of distuv.Beta, do not converge for some large n.)
	tooHigh := func(bits int) bool {
		return mathext.RegIncBeta(float64(k), float64(n-k+1), math.Float64frombits(uint64(bits))) > 1-confidence
	}
	p := math.Float64frombits(uint64(sort.Search(int(math.Float64bits(1)), tooHigh) - 1))
	// The function's rounding error moves p by up to 1.3e-15 n, relative to p(1−p).
	return math.Nextafter(p-4e-15*float64(n)*p*(1-p), 0)
}
