package explore

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// slider is a slider of the browser, for one semantic parameter.
type slider struct {
	Name        string  `json:"name"`
	Unit        string  `json:"unit"`
	Description string  `json:"description"`
	Min         float64 `json:"min"`
	Max         float64 `json:"max"`
	Step        float64 `json:"step"`
	// Value is the subject's value, where the slider starts.
	Value float64 `json:"value"`
}

// newSlider returns the slider for an axis.
func newSlider(axis objective.Axis, value float64) slider {
	s := slider{axis.Name, axis.Unit, "user-defined semantic parameter", axis.Min, axis.Max, stepOf(axis.Width()), value}
	if p, err := render.LookupParameter(axis.Name); err == nil {
		if s.Description, s.Step = p.Description, 0.01; p.Unit == "°" {
			s.Step = 1
		}
	}
	return s
}

// stepOf returns a power of ten that divides a range into at least a hundred steps.
func stepOf(width float64) float64 { return math.Pow(10, math.Floor(math.Log10(width/100)+1e-9)) }
