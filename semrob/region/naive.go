package region

// Naive grows a region while the mean of f over a face outweighs a penalty on
// the width (Hamdi & Ghanem 2020, section 4.1): L = −v Σf_D + λ/2·‖r‖². It
// comes to rest where that mean has fallen to about λ.
type Naive struct {
	// Lambda is the penalty λ; 0 means the published 0.1, a negative number
	// none.
	Lambda float64 `json:"lambda" usage:"λ, the penalty on the width of a region (0: 0.1, negative: none)"`
}

// Name returns "naive".
func (Naive) Name() string { return "naive" }

// Needs returns nothing besides the faces.
func (Naive) Needs() Needs { return Needs{} }

// Step writes ∂a = 2v(M̄f_D)/r − λr and ∂b = −2v(Mf_D)/r + λr.
func (m Naive) Step(f *Faces, da, db []float64) {
	for k, r := range f.R {
		da[k] = f.Scale[k]*f.Lower[k] - or(m.Lambda, 0.1)*r
		db[k] = -f.Scale[k]*f.Upper[k] + or(m.Lambda, 0.1)*r
	}
}

// Loss returns −v Σf_D + λ/2·‖r‖².
func (m Naive) Loss(f *Faces) float64 {
	return -f.Volume()*f.Mean + or(m.Lambda, 0.1)/2*normSquared(f.R)
}

func normSquared(r []float64) float64 {
	s := 0.0
	for _, w := range r {
		s += w * w
	}
	return s
}

// Trapezoid descends the same loss as Naive along its exact gradient, for which
// it needs ∇f at the corners (Hamdi & Ghanem 2020, section 4.1).
type Trapezoid struct {
	// Lambda is the penalty λ; 0 means the published 0.1, a negative number
	// none.
	Lambda float64 `json:"lambda" usage:"λ, the penalty on the width of a region (0: 0.1, negative: none)"`
}

// Name returns "trapezoid".
func (Trapezoid) Name() string { return "trapezoid" }

// Needs returns the gradient at the corners.
func (Trapezoid) Needs() Needs { return Needs{Gradient: true, Corners: true} }

// Step writes ∂a = v(−diag(M̄G) + (Σf_D)/r) − λr and
// ∂b = v(−diag(MG) − (Σf_D)/r) + λr.
func (m Trapezoid) Step(f *Faces, da, db []float64) {
	for k, r := range f.R {
		da[k] = f.Scale[k]*(f.Mean-r/2*f.SlopeLower[k]) - or(m.Lambda, 0.1)*r
		db[k] = -f.Scale[k]*(f.Mean+r/2*f.SlopeUpper[k]) + or(m.Lambda, 0.1)*r
	}
}

// Loss returns −v Σf_D + λ/2·‖r‖².
func (m Trapezoid) Loss(f *Faces) float64 { return Naive(m).Loss(f) }
