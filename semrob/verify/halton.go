package verify

import "math/rand/v2"

// halton returns the first n points of a randomised Halton sequence, [n][dim],
// 0…1: coordinate k of point i is i written backwards in the k-th prime base,
// every digit permuted by a permutation of its own (Owen, "A randomized Halton
// algorithm in R", arXiv:1706.02808). Any bᵐ successive points have one in each
// of bᵐ equal intervals of their axis; the permutations break the stripes that
// plain Halton points make in large bases.
func halton(n, dim int, seed uint64) [][]float64 {
	random := rand.New(source(seed, lowDiscrepancy))
	points := make([][]float64, n)
	for i := range points {
		points[i] = make([]float64, dim)
	}
	base := 1
	for k := range dim {
		base = nextPrime(base)
		radicalInverse(points, k, base, random)
	}
	return points
}

// radicalInverse fills coordinate k of the points, down to digits that a
// float64 between 0 and 1 does not hold.
func radicalInverse(points [][]float64, k, base int, random *rand.Rand) {
	left := make([]int, len(points)) // the digits of i not used yet
	for i := range left {
		left[i] = i
	}
	for digit := 1 / float64(base); digit > 0x1p-54; digit /= float64(base) {
		permuted := random.Perm(base)
		for i := range points {
			points[i][k] += digit * float64(permuted[left[i]%base])
			left[i] /= base
		}
	}
	for i := range points {
		points[i][k] = min(points[i][k], 1) // rounding of the sum
	}
}

func nextPrime(after int) int {
	for p := after + 1; ; p++ {
		prime := true
		for d := 2; d*d <= p && prime; d++ {
			prime = p%d != 0
		}
		if prime {
			return p
		}
	}
}
