package region

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/method"
)

// Method moves bounds. It receives f as means over the faces of the region,
// taken at corners or at points of the faces (see Sampling). A method with a
// CheckNumbers() error method has its numbers checked before a run.
type Method interface {
	// Name is the method's name on the command line, such as "oir-b".
	Name() string

	// Needs returns what the method needs in addition to f on the region's
	// faces.
	Needs() Needs

	// Step writes ∂L/∂a and ∂L/∂b to da and db, [axis].
	Step(faces *Faces, da, db []float64)

	// Loss returns the method's loss.
	Loss(faces *Faces) float64
}

// Needs describes the values that a method uses.
type Needs struct {
	// Alpha is the relative size of the shell of the outer region
	// a − α/2·r … b + α/2·r; 0 means that the method does not use it.
	Alpha float64
	// Gradient means that the method is a white box: it needs ∇f.
	Gradient bool
	// Corners means that the method uses corners whatever the sampling.
	Corners bool
}

// Faces holds means of f over the faces of a region: the input of a method.
//
// With corners, the mean over the lower face of axis k is M̄f_D/2ⁿ⁻¹ in the
// notation of docs/bounds.md, that over the upper face Mf_D/2ⁿ⁻¹.
type Faces struct {
	// R are the widths r = b − a, [axis].
	R []float64
	// Scale replaces Πr/r = 2ⁿ·v/r of the formulas, [axis]: that same number in
	// published mode, r in default mode (see Mode).
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

// newFaces returns faces of n axes, all 0.
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

// Table lists every method, with the published numbers, in the order of the
// paper's tables. Flags, plans, files and help take methods and their numbers
// from it: a new method is one file and one entry here.
var Table = method.Table[Method]{
	What:    "method of growing regions",
	Methods: []Method{Naive{}, Trapezoid{}, OIRB{}, OIRW{}},
}

// Methods returns the methods of Table.
func Methods() []Method { return slices.Clone(Table.Methods) }

// BlackBoxMethods returns the methods that need no gradient.
func BlackBoxMethods() []Method {
	return slices.DeleteFunc(Methods(), func(m Method) bool { return m.Needs().Gradient })
}

// MethodByName returns the method of Table with this name: "naive", "trapezoid",
// "oir-b" or "oir-w". Case, and _ for -, make no difference.
func MethodByName(name string) (Method, error) { return Table.ByName(name) }

func checkNumbers(m Method) error {
	if c, ok := m.(method.Checker); ok {
		return c.CheckNumbers()
	}
	return nil
}

// checkShell reports a relative size of the shell that is out of range.
func checkShell(name string, size float64) error {
	if !(size >= 0) || math.IsInf(size, 0) {
		return fmt.Errorf("%s is %g: it must be a positive number, or 0 for the default", name, size)
	}
	return nil
}
