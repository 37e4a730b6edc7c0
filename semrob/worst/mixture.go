package worst

import (
	"math"
	"math/rand/v2"
)

// mixture is a mixture of Gaussians in the latent space of a unit cube. A latent
// coordinate z lies at (1 + tanh z)/2 of the cube, or, along an axis that wraps, at
// the fraction of z.
type mixture struct {
	wraps  []bool      // [axis of the cube]
	weight []float64   // [component], of sum 1
	mean   [][]float64 // [component][axis]
	scale  [][]float64 // [component][axis], positive
}

// mixtureOf returns the mixture of components on the cube of a frame.
func mixtureOf(f frame, components []Component) *mixture {
	m := &mixture{wraps: f.wraps}
	for _, c := range components {
		var mean, scale []float64
		for _, k := range f.free {
			mean, scale = append(mean, c.Mean[k]), append(scale, c.Scale[k])
		}
		m.weight, m.mean, m.scale = append(m.weight, c.Weight), append(m.mean, mean), append(m.scale, scale)
	}
	return m
}

func (m *mixture) clone() *mixture {
	c := &mixture{wraps: m.wraps, weight: append([]float64(nil), m.weight...)}
	for k := range m.mean {
		c.mean = append(c.mean, append([]float64(nil), m.mean[k]...))
		c.scale = append(c.scale, append([]float64(nil), m.scale[k]...))
	}
	return c
}

// pick draws a component.
func (m *mixture) pick(random *rand.Rand) int {
	u := random.Float64()
	for k, w := range m.weight {
		if u -= w; u < 0 {
			return k
		}
	}
	return len(m.weight) - 1
}

// noise draws a standard normal vector.
func (m *mixture) noise(random *rand.Rand) []float64 {
	e := make([]float64, len(m.wraps))
	for j := range e {
		e[j] = random.NormFloat64()
	}
	return e
}

// draw returns the latent point of component k with this noise.
func (m *mixture) draw(k int, noise []float64) []float64 {
	z := make([]float64, len(noise))
	for j, e := range noise {
		z[j] = m.mean[k][j] + m.scale[k][j]*e
	}
	return z
}

// position returns the place in the cube of a latent point.
func (m *mixture) position(z []float64) []float64 {
	t := make([]float64, len(z))
	for j, x := range z {
		if t[j] = (1 + math.Tanh(x)) / 2; m.wraps[j] {
			t[j] = x - math.Floor(x)
		}
	}
	return t
}

// latent returns a latent coordinate of a place in the cube, not too near its ends.
func (m *mixture) latent(j int, t float64) float64 {
	if m.wraps[j] {
		return t
	}
	return math.Atanh(min(max(2*t-1, -0.95), 0.95))
}

// slope returns dt/dz of coordinate j at z, and the derivative of its logarithm.
func (m *mixture) slope(j int, z float64) (slope, ofLog float64) {
	if m.wraps[j] {
		return 1, 0
	}
	h := math.Tanh(z)
	return (1 - h*h) / 2, -2 * h
}

// images is the number of turns to either side that a wound Gaussian is summed over:
// enough for the greatest scale.
const images = 5

// side is the density of one coordinate of one component at a latent place: its
// logarithm, and the derivatives of that with respect to mean, logarithm of the scale,
// and place.
type side struct{ log, mean, scale, place float64 }

// side returns the density of coordinate j of component k at z, along z.
func (m *mixture) side(k, j int, z float64) side {
	mu, sigma := m.mean[k][j], m.scale[k][j]
	if !m.wraps[j] {
		d := (z - mu) / sigma
		return side{-d*d/2 - math.Log(sigma) - halfLog2Pi, d / sigma, d*d - 1, -d / sigma}
	}
	nearest := z - mu - math.Round(z-mu)
	total, first, second := 0.0, 0.0, 0.0
	least := nearest * nearest / (2 * sigma * sigma) // against underflow
	for turn := -images; turn <= images; turn++ {
		d := (nearest + float64(turn)) / sigma
		p := math.Exp(least - d*d/2)
		total += p
		first += p * d
		second += p * d * d
	}
	first, second = first/total, second/total
	return side{math.Log(total) - least - math.Log(sigma) - halfLog2Pi, first / sigma, second - 1, -first / sigma}
}

var halfLog2Pi = math.Log(2*math.Pi) / 2

// density returns the logarithm of the mixture's density in the cube at a latent
// point, the probability of each component given the point, and each side.
func (m *mixture) density(z []float64) (log float64, responsible []float64, sides [][]side) {
	responsible, sides = make([]float64, len(m.weight)), make([][]side, len(m.weight))
	top := math.Inf(-1)
	for k, w := range m.weight {
		responsible[k], sides[k] = math.Log(w), make([]side, len(z))
		for j, x := range z {
			sides[k][j] = m.side(k, j, x)
			responsible[k] += sides[k][j].log
		}
		top = max(top, responsible[k])
	}
	total := 0.0
	for k, l := range responsible {
		responsible[k] = math.Exp(l - top)
		total += responsible[k]
	}
	for k := range responsible {
		responsible[k] /= total
	}
	log = top + math.Log(total)
	for j, x := range z {
		slope, _ := m.slope(j, x)
		log -= math.Log(max(slope, math.SmallestNonzeroFloat64))
	}
	return log, responsible, sides
}
