package semmap

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// heldOut are points drawn to measure the error of a map.
//
// A point is drawn with a positive probability that grows with its expected
// error: points with large errors say more about the sum of errors than points
// drawn evenly. Dividing each error by the point's probability compensates for
// that, however good the expected errors are (Horvitz & Thompson, "A
// generalization of sampling without replacement from a finite universe", JASA
// 1952).
type heldOut struct {
	points      []int
	probability []float64 // [held out] of having been drawn
	off         []float64 // [held out] the error of the prediction without the point itself
	left        int       // number of points neither evaluated nor held out
	width       float64   // the range of the known values
}

// drawHeldOut draws n of the points that are not evaluated, systematically along
// a random order: so every point has exactly its probability.
func drawHeldOut(draw *rand.Rand, p *predictor, n int) *heldOut {
	var open []int
	for i, known := range p.evaluated {
		if !known {
			open = append(open, i)
		}
	}
	n = min(n, len(open))
	draw.Shuffle(len(open), func(a, b int) { open[a], open[b] = open[b], open[a] })
	probabilities := inclusion(p, open, n)
	h := &heldOut{left: len(open) - n}
	next, sum := draw.Float64(), 0.0
	for k, i := range open {
		sum += probabilities[k]
		// The second condition is for a sum that rounding kept just below n.
		if sum > next || k-len(h.points) == h.left {
			h.points, h.probability = append(h.points, i), append(h.probability, probabilities[k])
			next++
		}
	}
	return h
}

// inclusion returns probabilities that sum to n: proportional to the expected
// error plus its mean, at most 1.
func inclusion(p *predictor, open []int, n int) []float64 {
	size, mean := make([]float64, len(open)), 0.0
	for _, i := range open {
		mean += p.error[i] / float64(len(open))
	}
	for k, i := range open {
		size[k] = 1
		if mean > 0 {
			size[k] = p.error[i] + mean
		}
	}
	probabilities, certain := make([]float64, len(open)), 0
	for {
		sum := 0.0
		for k := range open {
			if probabilities[k] < 1 {
				sum += size[k]
			}
		}
		before := certain
		for k := range open {
			if probabilities[k] < 1 {
				if probabilities[k] = float64(n-before) * size[k] / sum; probabilities[k] >= 1 {
					probabilities[k] = 1
					certain++
				}
			}
		}
		if certain == before || certain >= n {
			return probabilities
		}
	}
}

// measure computes the errors after the values were learned: each point is
// predicted from all others, including the other held-out points, as points that
// stay unknown are.
func (h *heldOut) measure(p *predictor) {
	p.settle()
	h.width = p.high - p.low
	h.off = make([]float64, len(h.points))
	for k, i := range h.points {
		h.off[k] = p.residual(i)
	}
}

// before returns the mean error over a grid of the given number of points before
// the held-out values were known.
func (h *heldOut) before(points int) float64 {
	sum := 0.0
	for k, off := range h.off {
		sum += off / h.probability[k]
	}
	return sum / float64(points)
}

// estimates returns the mean error over a grid of the given number of points and
// the share of them off by more than OffBy. Held-out points are known by now and
// count as 0.
func (h *heldOut) estimates(confidence float64, points int) (mean, share Estimate) {
	if h.left == 0 {
		return Estimate{}, Estimate{}
	}
	whole := float64(points)
	total, deviation := h.remaining(func(off float64) float64 { return off })
	mean = h.meanInterval(confidence, total/whole, deviation/whole)
	count, deviation := h.remaining(func(off float64) float64 {
		if off > OffBy {
			return 1
		}
		return 0
	})
	left := float64(h.left) / whole
	share = h.shareInterval(confidence, min(count/float64(h.left), 1), deviation/float64(h.left))
	return mean, Estimate{share.Value * left, share.Low * left, share.High * left}
}

// remaining estimates the sum of a function of the error over the points that
// stay unknown, and the standard deviation of the estimate (Hájek's approximation
// for draws without replacement, 1964).
func (h *heldOut) remaining(of func(off float64) float64) (sum, deviation float64) {
	n, weights := float64(len(h.points)), 0.0
	for k, off := range h.off {
		q := 1 - h.probability[k]
		sum += q * of(off) / h.probability[k]
		weights += q
	}
	if weights == 0 || n < 2 {
		return sum, 0
	}
	square := 0.0
	for k, off := range h.off {
		d := of(off)/h.probability[k] - sum/weights
		square += (1 - h.probability[k]) * d * d
	}
	return sum, math.Sqrt(square * n / (n - 1))
}

// widen compensates for errors that are not independent, because points drawn
// side by side share neighbours. On the published maps intervals of 95 %
// contained the true error in 93 % of 1,440 draws without it, in 95 % with it.
const widen = 1.12

// meanInterval is Student's interval on the logarithm: errors are positive and a
// few are large, so the upper side is longer.
func (h *heldOut) meanInterval(confidence, value, deviation float64) Estimate {
	if value == 0 {
		// Nothing was off. The share of points that this does not rule out may be
		// off by the whole range of known values.
		return Estimate{0, 0, h.width * h.shareInterval(confidence, 0, 0).High}
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: math.Max(float64(len(h.points)-1), 1)}.Quantile((1 + confidence) / 2)
	factor := math.Exp(widen * t * deviation / value)
	return Estimate{value, value / factor, value * factor}
}

// shareInterval is the Clopper–Pearson interval for the equivalent number of
// evenly drawn points (Korn & Graubard, "Confidence intervals for proportions with
// small expected number of positive counts estimated from survey data", Survey
// Methodology 1998).
func (h *heldOut) shareInterval(confidence, share, deviation float64) Estimate {
	n := float64(len(h.points))
	if deviation > 0 && share < 1 {
		n = min(n, share*(1-share)/(deviation*deviation))
	}
	tail, hits := (1-confidence)/2, share*n
	e := Estimate{share, 0, 1}
	if hits > 0 {
		e.Low = distuv.Beta{Alpha: hits, Beta: n - hits + 1}.Quantile(tail)
	}
	if hits < n {
		e.High = distuv.Beta{Alpha: hits + 1, Beta: n - hits}.Quantile(1 - tail)
	}
	return e
}
