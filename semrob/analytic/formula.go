package analytic

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// FormulaVersion is raised when the numbers of a formula change.
const FormulaVersion = "1"

// NetworkPrefix precedes the name of a formula that takes the place of a network.
const NetworkPrefix = "analytic/"

// Formulas returns the names of the formulas that can take the place of a network
// in studies.
func Formulas() []string { return []string{"soft-box", "gaussian"} }

// CheckFormula reports an unknown formula.
func CheckFormula(name string) error {
	_, err := Formula(name, objective.Viewpoints(), "")
	return err
}

// Formula returns the objective of a formula for the object with this hash: a
// box with soft edges or a hill somewhere in the space, between a third and two
// thirds of each axis wide, different for each object.
func Formula(name string, space objective.Space, object string) (objective.Differentiable, error) {
	hash := fnv.New64a()
	hash.Write([]byte(object))
	rng := rand.New(rand.NewPCG(hash.Sum64(), 1))
	var centre, half []float64
	for _, axis := range space {
		half = append(half, axis.Width()*(1+rng.Float64())/6)
		centre = append(centre, axis.Min+axis.Width()*(0.25+0.5*rng.Float64()))
	}
	switch name {
	case "soft-box":
		box := &SoftBox{Domain: space}
		for k := range space {
			box.A, box.B = append(box.A, centre[k]-half[k]), append(box.B, centre[k]+half[k])
		}
		return box, nil
	case "gaussian":
		return &Gaussian{Domain: space, Centre: centre, Sigma: half}, nil
	}
	return nil, fmt.Errorf("unknown formula %q: choose %s", name, strings.Join(Formulas(), " or "))
}
