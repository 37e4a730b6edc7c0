package region

import (
	"cmp"
	"fmt"
)

// Naive grows a region while the mean of f over a face outweighs a penalty on
// the width (Hamdi & Ghanem 2020, section 4.1): L = −v Σf_D + λ/2·‖r‖². It
// comes to rest when that mean has fallen to about λ.
type Naive struct {
	// Lambda is the penalty λ; 0 means the published 0.1, a negative number no
	// penalty.
	Lambda float64 `json:"lambda" usage:"λ, penalty on the width of a region (default 0.1; negative: none)"`
}

// Name returns "naive".
func (Naive) Name() string { return "naive" }

// Needs returns the zero value: the faces suffice.
func (Naive) Needs() Needs { return Needs{} }

// CheckNumbers reports a λ that is not finite.
func (m Naive) CheckNumbers() error {
	if !finite(m.Lambda) {
		return fmt.Errorf("λ is %g: it must be finite", m.Lambda)
	}
	return nil
}

func (m Naive) lambda() float64 { return max(cmp.Or(m.Lambda, 0.1), 0) }

// Step writes ∂a = 2v(M̄f_D)/r − λr and ∂b = −2v(Mf_D)/r + λr.
func (m Naive) Step(f *Faces, da, db []float64) {
	for k, r := range f.R {
		da[k] = f.Scale[k]*f.Lower[k] - m.lambda()*r
		db[k] = -f.Scale[k]*f.Upper[k] + m.lambda()*r
	}
}

// Loss returns −v Σf_D + λ/2·‖r‖².
func (m Naive) Loss(f *Faces) float64 {
	return -f.Volume()*f.Mean + m.lambda()/2*normSquared(f.R)
}

func normSquared(r []float64) float64 {
	s := 0.0
	for _, w := range r {
		s += w * w
	}
	return s
}

// Trapezoid descends the same loss as Naive along its exact gradient, which needs
// ∇f at the corners (Hamdi & Ghanem 2020, section 4.1).
type Trapezoid struct {
	// Lambda is the penalty λ; 0 means the published 0.1, a negative number no
	// penalty.
	Lambda float64 `json:"lambda" usage:"λ, penalty on the width of a region (default 0.1; negative: none)"`
}

// Name returns "trapezoid".
func (Trapezoid) Name() string { return "trapezoid" }

// Needs returns the gradient at the corners.
func (Trapezoid) Needs() Needs { return Needs{Gradient: true, Corners: true} }

// CheckNumbers reports a λ that is not finite.
func (m Trapezoid) CheckNumbers() error { return Naive(m).CheckNumbers() }

// Step writes ∂a = v(−diag(M̄G) + (Σf_D)/r) − λr and
// ∂b = v(−diag(MG) − (Σf_D)/r) + λr.
func (m Trapezoid) Step(f *Faces, da, db []float64) {
	lambda := Naive(m).lambda()
	for k, r := range f.R {
		da[k] = f.Scale[k]*(f.Mean-r/2*f.SlopeLower[k]) - lambda*r
		db[k] = -f.Scale[k]*(f.Mean+r/2*f.SlopeUpper[k]) + lambda*r
	}
}

// Loss returns −v Σf_D + λ/2·‖r‖².
func (m Trapezoid) Loss(f *Faces) float64 { return Naive(m).Loss(f) }
