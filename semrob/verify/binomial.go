package verify

import (
	"fmt"

	"gonum.org/v1/gonum/mathext"
)

// LowerBound returns the one-sided lower Clopper–Pearson bound of a
// probability, of which k of n independent trials came true: the p for which k
// or more would come true with probability 1 − confidence. For any true
// probability the bound lies above it with probability at most 1 − confidence
// (Clopper & Pearson, "The use of confidence or fiducial limits illustrated in
// the case of the binomial", Biometrika 26, 1934).
//
// It is 0 for k = 0 and (1 − confidence)^(1/n) for k = n. It panics unless
// 0 ≤ k ≤ n, n > 0 and 0 < confidence < 1.
func LowerBound(k, n int, confidence float64) float64 {
	if n <= 0 || k < 0 || k > n || !(confidence > 0 && confidence < 1) {
		panic(fmt.Sprintf("verify: no bound for %d of %d trials at confidence %g", k, n, confidence))
	}
	if k == 0 {
		return 0
	}
	// P(k or more of n) = I_p(k, n−k+1), the regularised incomplete beta
	// function, grows with p. Bisection ends at two neighbouring numbers, of
	// which the lower is returned.
	alpha := 1 - confidence
	lo, hi := 0.0, 1.0
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			return lo
		}
		if mathext.RegIncBeta(float64(k), float64(n-k+1), mid) <= alpha {
			lo = mid
		} else {
			hi = mid
		}
	}
}
