package region

import (
	"cmp"
	"math"
)

// OIRB is the black-box outer–inner ratio method (Hamdi & Ghanem 2020, section
// 4.2). The region shrinks if the integral of f over the shell between the region
// and a slightly larger outer region is below that over the region itself:
// L = v((1+α)ⁿ Σf_C − 2Σf_D).
//
// A face comes to rest when f on it has fallen to about α/4 of f on the opposite
// face, so on soft edges the region reaches into the tail.
type OIRB struct {
	// Alpha is the relative size of the shell α; 0 means the published 0.05.
	// From 2^(1/n) − 1 (0.41 for two axes) upwards no region grows, however flat
	// f is.
	Alpha float64 `json:"alpha" usage:"α, relative size of the outer region's shell (default 0.05)"`
}

// Name returns "oir-b".
func (OIRB) Name() string { return "oir-b" }

// Needs returns the outer region.
func (m OIRB) Needs() Needs { return Needs{Alpha: cmp.Or(m.Alpha, 0.05)} }

// CheckNumbers reports an α that is negative or not finite.
func (m OIRB) CheckNumbers() error { return checkShell("α", m.Alpha) }

// Step writes ∂a = 2v(2M̄f_D − M̄_C f_C)/r and ∂b = 2v(−2Mf_D + M_C f_C)/r
// with M̄_C = (1+α)ⁿ⁻¹((1+α/2)M̄ + α/2·M), and M_C the same with M and M̄
// swapped.
func (m OIRB) Step(f *Faces, da, db []float64) {
	alpha := cmp.Or(m.Alpha, 0.05)
	grown, half := math.Pow(1+alpha, float64(len(f.R)-1)), alpha/2
	for k := range f.R {
		da[k] = f.Scale[k] * (2*f.Lower[k] - grown*((1+half)*f.OuterLower[k]+half*f.OuterUpper[k]))
		db[k] = f.Scale[k] * (-2*f.Upper[k] + grown*((1+half)*f.OuterUpper[k]+half*f.OuterLower[k]))
	}
}

// Loss returns v((1+α)ⁿ Σf_C − 2Σf_D).
func (m OIRB) Loss(f *Faces) float64 {
	return f.Volume() * (math.Pow(1+cmp.Or(m.Alpha, 0.05), float64(len(f.R)))*f.OuterMean - 2*f.Mean)
}

// OIRW is the white-box outer–inner ratio method (Hamdi & Ghanem 2020, section
// 4.3): OIR-B to first order in the size β of the shell, with ∇f at the region
// instead of f at the outer region.
type OIRW struct {
	// Beta is the relative size of the shell β; 0 means the published 0.0009.
	Beta float64 `json:"beta" usage:"β, relative size of the shell to first order (default 0.0009)"`
}

// Name returns "oir-w".
func (OIRW) Name() string { return "oir-w" }

// Needs returns the gradient.
func (OIRW) Needs() Needs { return Needs{Gradient: true} }

// CheckNumbers reports a β that is negative or not finite.
func (m OIRW) CheckNumbers() error { return checkShell("β", m.Beta) }

// Step writes ∂a = v((M̄_D f_D)/r + β diag(M̄G) + β s̄/r) and
// ∂b = v(−(M_D f_D)/r + β diag(MG) + β s/r) with
// M̄_D = (2−(2n−1)β)M̄ − βM, M_D = (2−(2n−1)β)M − βM̄ and s̄, s the sums of
// Faces.StretchLower, negated, and Faces.StretchUpper.
func (m OIRW) Step(f *Faces, da, db []float64) {
	beta := cmp.Or(m.Beta, 0.0009)
	own := 2 - float64(2*len(f.R)-1)*beta
	for k, r := range f.R {
		da[k] = f.Scale[k] / 2 * (own*f.Lower[k] - beta*f.Upper[k] + beta*(r*f.SlopeLower[k]-f.StretchLower[k]))
		db[k] = f.Scale[k] / 2 * (-own*f.Upper[k] + beta*f.Lower[k] + beta*(r*f.SlopeUpper[k]+f.StretchUpper[k]))
	}
}

// Loss returns OIR-B's loss at α = β to first order in β,
// Πr·((nβ − 1)·mean f + β/2·stretch).
func (m OIRW) Loss(f *Faces) float64 {
	beta := cmp.Or(m.Beta, 0.0009)
	return f.Volume() * ((float64(len(f.R))*beta-1)*f.Mean + beta/2*f.Stretch)
}
