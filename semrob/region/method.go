package region

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Method is how bounds move. It sees f at probe points that keep their place
// relative to the region: corners, and corners of the outer region.
//
// For a box [a, b] of widths r = b − a, a probe with offsets t is the point
// a + t⊙r.
type Method interface {
	// Name is the method's name on the command line, such as "oir-b".
	Name() string

	// Probes returns the offsets t, [probe][axis], for n axes.
	Probes(n int) [][]float64

	// Step writes ∂L/∂a and ∂L/∂b to da and db, [axis], from the values of f
	// at the probes, f [probe], and returns nothing else.
	//
	// r [axis] are the widths. scale [axis] stands where the formulas of the
	// paper have 2v/r: that very number in published mode, 2r/2ⁿ in default
	// mode (see Mode).
	Step(r, scale, f, da, db []float64)

	// Loss returns the method's loss for widths r and values f at the probes.
	Loss(r, f []float64) float64
}

// Methods returns one of each method with its published settings.
func Methods() []Method { return []Method{Naive{}, OIRB{}} }

// MethodByName returns the method with this name, with its published
// settings: "naive" or "oir-b". Case and _ for - do not matter.
func MethodByName(name string) (Method, error) {
	want := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	var names []string
	for _, m := range Methods() {
		if m.Name() == want {
			return m, nil
		}
		names = append(names, m.Name())
	}
	return nil, fmt.Errorf("unknown method %q: choose one of %s", name, strings.Join(names, ", "))
}

// corners returns the 2ⁿ offsets s ∈ {0,1}ⁿ, mapped by at0 and at1: the
// corners of the region for 0 and 1, those of the outer region for −α/2 and
// 1+α/2. Axis k is bit k of the corner's index.
func corners(n int, at0, at1 float64) [][]float64 {
	out := make([][]float64, 1<<n)
	for c := range out {
		out[c] = make([]float64, n)
		for k := range out[c] {
			out[c][k] = at0
			if c>>k&1 == 1 {
				out[c][k] = at1
			}
		}
	}
	return out
}

// faceSums returns M̄f and Mf for axis k: the sums of f over the corners of
// the lower and of the upper face.
func faceSums(f []float64, k int) (lower, upper float64) {
	for c, v := range f {
		if c>>k&1 == 1 {
			upper += v
		} else {
			lower += v
		}
	}
	return lower, upper
}

// cornerVolume returns v = Πr / 2ⁿ.
func cornerVolume(r []float64) float64 {
	v := 1.0
	for _, w := range r {
		v *= w / 2
	}
	return v
}

func sum(f []float64) float64 {
	s := 0.0
	for _, v := range f {
		s += v
	}
	return s
}

// Naive grows a region while the mean of f over a face outweighs a penalty on
// the width (Hamdi & Ghanem 2020, section 4.1): L = −v Σf_D + λ/2·‖r‖².
type Naive struct {
	// Lambda is the penalty λ; 0 means the published 0.1, a negative number
	// none.
	Lambda float64
}

func (m Naive) lambda() float64 {
	switch {
	case m.Lambda == 0:
		return 0.1
	case m.Lambda < 0:
		return 0
	}
	return m.Lambda
}

// Name returns "naive".
func (Naive) Name() string { return "naive" }

// Probes returns the 2ⁿ corners.
func (Naive) Probes(n int) [][]float64 { return corners(n, 0, 1) }

// Step writes ∂a = 2v(M̄f_D)/r − λr and ∂b = −2v(Mf_D)/r + λr.
func (m Naive) Step(r, scale, f, da, db []float64) {
	for k := range r {
		lower, upper := faceSums(f, k)
		da[k] = scale[k]*lower - m.lambda()*r[k]
		db[k] = -scale[k]*upper + m.lambda()*r[k]
	}
}

// Loss returns −v Σf_D + λ/2·‖r‖².
func (m Naive) Loss(r, f []float64) float64 {
	penalty := 0.0
	for _, w := range r {
		penalty += w * w
	}
	return -cornerVolume(r)*sum(f) + m.lambda()/2*penalty
}

// OIRB is the black-box outer–inner ratio method (Hamdi & Ghanem 2020,
// section 4.2): it shrinks where the shell between the region and a slightly
// larger outer region holds less of f than the region itself:
// L = v((1+α)ⁿ Σf_C − 2Σf_D).
//
// It comes to rest where f has fallen to about α/4 on the edge, so on soft
// edges its region reaches into the tail.
type OIRB struct {
	// Alpha is the relative size of the shell α; 0 means the published 0.05.
	Alpha float64
}

func (m OIRB) alpha() float64 {
	if m.Alpha == 0 {
		return 0.05
	}
	return m.Alpha
}

// Name returns "oir-b".
func (OIRB) Name() string { return "oir-b" }

// Probes returns the 2ⁿ corners, then the 2ⁿ corners of the outer region
// a − α/2·r … b + α/2·r.
func (m OIRB) Probes(n int) [][]float64 {
	half := m.alpha() / 2
	return slices.Concat(corners(n, 0, 1), corners(n, -half, 1+half))
}

// Step writes ∂a = 2v(2M̄f_D − M̄_C f_C)/r and ∂b = 2v(−2Mf_D + M_C f_C)/r
// with M̄_C = (1+α)ⁿ⁻¹((1+α/2)M̄ + α/2·M), and M_C the same with M and M̄
// swapped.
func (m OIRB) Step(r, scale, f, da, db []float64) {
	n, half := len(r), m.alpha()/2
	inner, outer := f[:1<<n], f[1<<n:]
	grown := math.Pow(1+m.alpha(), float64(n-1))
	for k := range r {
		lower, upper := faceSums(inner, k)
		lowerC, upperC := faceSums(outer, k)
		da[k] = scale[k] * (2*lower - grown*((1+half)*lowerC+half*upperC))
		db[k] = scale[k] * (-2*upper + grown*((1+half)*upperC+half*lowerC))
	}
}

// Loss returns v((1+α)ⁿ Σf_C − 2Σf_D).
func (m OIRB) Loss(r, f []float64) float64 {
	n := len(r)
	inner, outer := f[:1<<n], f[1<<n:]
	return cornerVolume(r) * (math.Pow(1+m.alpha(), float64(n))*sum(outer) - 2*sum(inner))
}
