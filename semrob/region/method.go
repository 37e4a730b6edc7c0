package region

import (
	"slices"

	"github.com/semrob/gonb-semrob/internal/method"
)

// Method is how bounds move. It sees f through means over the faces of the
// region, which the descent takes from corners or from points of the faces
// (see Sampling).
type Method interface {
	// Name is the method's name on the command line, such as "oir-b".
	Name() string

	// Needs says what the method looks at besides f on the region's faces.
	Needs() Needs

	// Step writes ∂L/∂a and ∂L/∂b to da and db, [axis].
	Step(faces *Faces, da, db []float64)

	// Loss returns the method's loss.
	Loss(faces *Faces) float64
}

// Needs says what a method looks at.
type Needs struct {
	// Alpha is the relative size of the shell of the outer region
	// a − α/2·r … b + α/2·r; 0 where the method does not look there.
	Alpha float64
	// Gradient says that the method is a white box: it needs ∇f.
	Gradient bool
	// Corners says that the method is defined by corners alone, whatever the
	// sampling.
	Corners bool
}

// Faces is what a method sees of f around a region: means over its faces.
//
// With corners, the mean over the lower face of axis k is M̄f_D/2ⁿ⁻¹ in the
// notation of docs/bounds.md, that over the upper face Mf_D/2ⁿ⁻¹.
type Faces struct {
	// R are the widths r = b − a, [axis].
	R []float64
	// Scale stands where the formulas have Πr/r = 2ⁿ·v/r, [axis]: that very
	// number in published mode, r in default mode (see Mode).
	Scale []float64
	// Lower and Upper are the means of f over the faces, [axis]; Mean is that
	// over all of them.
	Lower, Upper []float64
	Mean         float64
	// OuterLower, OuterUpper and OuterMean are the same for the outer region.
	OuterLower, OuterUpper []float64
	OuterMean              float64
	// SlopeLower and SlopeUpper are the means of ∂f/∂u_k over the faces of axis
	// k, [axis].
	SlopeLower, SlopeUpper []float64
	// StretchLower and StretchUpper are the means over the faces of axis k of
	// Σ_{i≠k} r_i (2t_i − 1) ∂f/∂u_i, where t_i is 0 at the lower and 1 at the
	// upper end of axis i, [axis]: twice the change of the face's mean when the
	// face is stretched about its centre.
	StretchLower, StretchUpper []float64
	// Stretch is the same mean over all points with the sum over all axes.
	Stretch float64
}

// newFaces makes room for n axes.
func newFaces(n int) *Faces {
	v := make([]float64, 10*n)
	next := func() []float64 {
		s := v[:n:n]
		v = v[n:]
		return s
	}
	return &Faces{
		R: next(), Scale: next(), Lower: next(), Upper: next(), OuterLower: next(), OuterUpper: next(),
		SlopeLower: next(), SlopeUpper: next(), StretchLower: next(), StretchUpper: next(),
	}
}

// Volume returns Πr.
func (f *Faces) Volume() float64 {
	v := 1.0
	for _, w := range f.R {
		v *= w
	}
	return v
}

// Table knows every method by its name, with the published settings, in the
// order of the paper's tables. Flags, plans, files and help take methods and
// their numbers from here: a new method is its file and its place in this list.
var Table = method.Table[Method]{
	What:    "method of growing regions",
	Methods: []Method{Naive{}, Trapezoid{}, OIRB{}, OIRW{}},
}

// Methods returns one of each method with its published settings, in the order
// of the paper's tables.
func Methods() []Method { return slices.Clone(Table.Methods) }

// BlackBoxMethods returns the methods that need no gradient.
func BlackBoxMethods() []Method {
	return slices.DeleteFunc(Methods(), func(m Method) bool { return m.Needs().Gradient })
}

// MethodByName returns the method with this name, with its published settings:
// "naive", "trapezoid", "oir-b" or "oir-w". Case, and _ for -, make no
// difference.
func MethodByName(name string) (Method, error) { return Table.ByName(name) }

// or returns x, or what 0 stands for; a negative x means none.
func or(x, standard float64) float64 {
	switch {
	case x == 0:
		return standard
	case x < 0:
		return 0
	}
	return x
}
