package question

import (
	"fmt"

	"github.com/semrob/gonb-semrob/internal/method"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Regions asks for robust regions.
type Regions struct {
	// Method moves the bounds; the zero value is region.OIRB{}.
	Method   RegionMethod    `json:"method"`
	Settings region.Settings `json:"settings"`
	// Starts are the start points, [start][axis].
	Starts [][]float64 `json:"starts"`
	// GradientStep, if not 0, replaces the gradient of f by central differences of
	// that step, a fraction of each axis's domain; see objective.Differences.
	GradientStep float64 `json:"gradient_step,omitempty"`
	// OnMap is the map that the regions grow on; nil if they grow on f.
	OnMap *OnMap `json:"on_map,omitempty"`
}

// OnMap is a map that takes the place of f, interpolated.
type OnMap struct {
	// Map is the map's question; nil if unknown.
	Map *Map `json:"map,omitempty"`
	// File is the map's file; nil if it has none.
	File *subject.File `json:"file,omitempty"`
}

// RegionMethod is a region.Method. In JSON it is an object with its name and numbers,
// such as {"name": "oir-b", "alpha": 0.1}.
type RegionMethod struct{ region.Method }

// MarshalJSON implements json.Marshaler.
func (m RegionMethod) MarshalJSON() ([]byte, error) { return method.Marshal(m.Method) }

// UnmarshalJSON implements json.Unmarshaler.
func (m *RegionMethod) UnmarshalJSON(data []byte) (err error) {
	m.Method, err = region.Table.Unmarshal(data)
	return err
}

// Kind returns "regions".
func (*Regions) Kind() string { return "regions" }

// Version returns region.Version.
func (*Regions) Version() int { return region.Version }

// UsesGradient reports whether the method uses the objective's own gradient.
func (q *Regions) UsesGradient() bool {
	return q.OnMap == nil && q.GradientStep == 0 && q.Method.Needs().Gradient
}

// Complete replaces zeros by their defaults, and checks the question on a space.
func (q *Regions) Complete(space objective.Space) error {
	if q.Method.Method == nil {
		q.Method.Method = region.OIRB{}
	}
	for _, start := range q.Starts {
		if err := space.CheckPoint(start); err != nil {
			return fmt.Errorf("start %v: %w", start, err)
		}
	}
	if q.GradientStep < 0 || q.GradientStep > 0.1 {
		return fmt.Errorf("the gradient's step %g must be a fraction of the domain, more than 0 and at most 0.1", q.GradientStep)
	}
	if !q.Method.Needs().Gradient {
		q.GradientStep = 0 // without effect
	}
	q.Settings = q.Settings.WithDefaults()
	return nil
}

// Problem returns the problem on f, the subject's or the map's.
func (q *Regions) Problem(f objective.Objective) region.Problem {
	if q.GradientStep != 0 {
		f = &objective.Differences{Objective: f, Step: q.GradientStep}
	}
	return region.Problem{Objective: f, Starts: q.Starts}
}
