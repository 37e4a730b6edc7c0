package mesh

// bernstein returns the four cubic Bernstein polynomials at i/n. Their values at
// (n−i)/n are exactly the same in reverse, so that two patches evaluate a shared
// edge to the same vertices whichever way each runs along it.
func bernstein(i, n int) [4]float64 {
	t, s := float64(i)/float64(n), float64(n-i)/float64(n)
	return [4]float64{s * s * s, 3 * (s * s * t), 3 * (t * t * s), t * t * t}
}

// blend returns the sum of four numbers by weight, exactly the same for the
// numbers and weights in reverse. The conversions keep products from being
// fused with sums, which would depend on the platform.
func blend(weights, values [4]float64) float64 {
	outer := float64(weights[0]*values[0]) + float64(weights[3]*values[3])
	inner := float64(weights[1]*values[1]) + float64(weights[2]*values[2])
	return outer + inner
}
