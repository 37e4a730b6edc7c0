package worst

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/internal/goldenratio"
)

// sequence fills the unit cube evenly at every length; it starts at a random
// point.
type sequence struct {
	at, step []float64
}

func newSequence(axes int, random *rand.Rand) sequence {
	s := sequence{make([]float64, axes), goldenratio.Steps(axes)}
	for k := range s.at {
		s.at[k] = random.Float64()
	}
	return s
}

func (s sequence) next() []float64 {
	for k := range s.at {
		s.at[k] += s.step[k]
		s.at[k] -= math.Floor(s.at[k])
	}
	return slices.Clone(s.at)
}
