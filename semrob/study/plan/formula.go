package plan

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// formulaVersion is raised when the numbers of a formula change.
const formulaVersion = "1"

// Formulas returns the names of the formulas that may stand for a network.
func Formulas() []string { return []string{"soft-box", "gaussian"} }

// CheckFormula reports a formula that there is none of.
func CheckFormula(name string) error {
	_, err := Formula(name, objective.Viewpoints(), "")
	return err
}

// Formula returns the objective of a formula for the object with this hash: a
// box with soft edges or a hill somewhere in the space, as large as a third to
// two thirds of each axis, others for each object.
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
		box := &analytic.SoftBox{Domain: space}
		for k := range space {
			box.A, box.B = append(box.A, centre[k]-half[k]), append(box.B, centre[k]+half[k])
		}
		return box, nil
	case "gaussian":
		return &analytic.Gaussian{Domain: space, Centre: centre, Sigma: half}, nil
	}
	return nil, fmt.Errorf("unknown formula %q: there are %s", name, strings.Join(Formulas(), " and "))
}
