package semmap

import "math"

// kriging is the scratch space of a prediction.
type kriging struct {
	factor [neighbours][neighbours]float64 // Cholesky factor of the covariance of the neighbours
	weight [neighbours]float64
	one    [neighbours]float64
}

// covariance is the Matérn covariance of smoothness 3/2 at a distance in reaches.
func covariance(d float64) float64 { return (1 + d) * math.Exp(-d) }

// predict returns the prediction at point i from its neighbours, and its
// standard error for a field of variance 1. Without neighbours it is NaN.
//
// With K the covariance of the neighbours, k that with the point, the weights
// are w = K⁻¹(k + λ1), λ = (1 − 1ᵀK⁻¹k)/(1ᵀK⁻¹1), and the squared error
// 1 − kᵀK⁻¹k + (1 − 1ᵀK⁻¹k)²/(1ᵀK⁻¹1) (Cressie, "Statistics for Spatial Data",
// 1993, section 3.2).
func (k *kriging) predict(p *predictor, i int) (mean, spread float64) {
	near := p.near[i]
	if len(near) == 0 {
		return math.NaN(), math.Sqrt(1 + roughness)
	}
	k.decompose(p, near)
	kk, ok, oo := 0.0, 0.0, 0.0 // kᵀK⁻¹k, 1ᵀK⁻¹k, 1ᵀK⁻¹1
	for a, n := range near {
		w, o := covariance(n.distance), 1.0
		for b := range a {
			w -= k.factor[a][b] * k.weight[b]
			o -= k.factor[a][b] * k.one[b]
		}
		k.weight[a], k.one[a] = w/k.factor[a][a], o/k.factor[a][a]
		kk += k.weight[a] * k.weight[a]
		ok += k.weight[a] * k.one[a]
		oo += k.one[a] * k.one[a]
	}
	lambda := (1 - ok) / oo
	for a := len(near) - 1; a >= 0; a-- {
		w := k.weight[a] + lambda*k.one[a]
		for b := a + 1; b < len(near); b++ {
			w -= k.factor[b][a] * k.weight[b]
		}
		k.weight[a] = w / k.factor[a][a]
		mean += k.weight[a] * p.z[near[a].point]
	}
	return mean, math.Sqrt(max(1+roughness-kk+(1-ok)*lambda, roughness))
}

// decompose computes the Cholesky factor; the roughness on the diagonal keeps
// it positive.
func (k *kriging) decompose(p *predictor, near []neighbour) {
	for a, n := range near {
		for b := range a {
			s := covariance(p.distance(n.point, near[b].point))
			for c := range b {
				s -= k.factor[a][c] * k.factor[b][c]
			}
			k.factor[a][b] = s / k.factor[b][b]
		}
		s := 1 + roughness
		for c := range a {
			s -= k.factor[a][c] * k.factor[a][c]
		}
		k.factor[a][a] = math.Sqrt(s)
	}
}

// sampleForFit bounds the number of evaluated points that judge a reach.
const sampleForFit = 400

// fit chooses the reach of each axis by the least mean error of evaluated points,
// each predicted without itself: one axis after the other, by factors of 1.5, as
// long as that gains half a per cent.
func (p *predictor) fit() {
	every := max(1, len(p.set)/sampleForFit)
	best := p.fitError(every)
	for moved, rounds := true, 0; moved && rounds < 6; rounds++ {
		moved = false
		for k := range p.reach {
			for _, factor := range []float64{1.5, 1 / 1.5} {
				old := p.reach[k]
				if old*factor < reachMin || old*factor > reachMax || len(p.steps[k]) < 2 {
					continue
				}
				p.reach[k] *= factor
				p.place()
				if found := p.fitError(every); found < 0.995*best {
					best, moved = found, true
				} else {
					p.reach[k] = old
				}
			}
		}
	}
	p.place()
	for i := range p.near {
		p.near[i], p.stale[i] = p.near[i][:0], true
	}
	for _, i := range p.set {
		for j := range p.near {
			if j != i {
				p.offer(j, i)
			}
		}
	}
}

// fitError returns the sum of errors at every n-th evaluated point. It leaves
// those points with their neighbours at the current reaches.
func (p *predictor) fitError(every int) float64 {
	sum := 0.0
	for q := 0; q < len(p.set); q += every {
		j := p.set[q]
		p.near[j] = p.near[j][:0]
		for _, i := range p.set {
			if i != j {
				p.offer(j, i)
			}
		}
		if len(p.near[j]) > 0 {
			mean, _ := p.work.predict(p, j)
			sum += math.Abs(mean - p.z[j])
		}
	}
	return sum
}

// choose returns the n points of the largest expected error, to be learned next,
// and makes them neighbours. Each choice lowers the error expected around it, so
// points do not cluster.
func (p *predictor) choose(n int) []int {
	var chosen []int
	for range n {
		best := -1
		for i, e := range p.error {
			if !p.evaluated[i] && (best < 0 || e > p.error[best]) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		chosen = append(chosen, best)
		p.z[best] = p.mean[best]
		for _, j := range p.join(best) {
			if !p.evaluated[j] {
				before := p.spread[j]
				_, p.spread[j] = p.work.predict(p, j)
				p.error[j] *= p.spread[j] / before
			}
		}
	}
	return chosen
}
