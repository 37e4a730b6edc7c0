package explore

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// slider is what the browser moves: a semantic parameter of the renderer, or of
// the subject's own.
type slider struct {
	Name        string  `json:"name"`
	Unit        string  `json:"unit"`
	Description string  `json:"description"`
	Min         float64 `json:"min"`
	Max         float64 `json:"max"`
	Step        float64 `json:"step"`
	// Value is the subject's, where the slider begins.
	Value float64 `json:"value"`
}

// newSlider returns that of the parameter with this name.
func newSlider(subject semrob.Subject, name string) (slider, error) {
	value, set := subject.Set[name]
	if p := ownNamed(subject.Parameters, name); p != nil {
		if !set {
			value = p.Default
		}
		return slider{p.Name, p.Unit, "a semantic parameter of one's own", p.Min, p.Max, stepOf(p.Max - p.Min), value}, nil
	}
	p, err := render.LookupParameter(name)
	if err != nil {
		return slider{}, err
	}
	if !set {
		value = p.Default
	}
	step := 0.01
	if p.Unit == "°" {
		step = 1
	}
	return slider{p.Name, p.Unit, p.Description, min(p.DomainMin, value), max(p.DomainMax, value), step, value}, nil
}

// stepOf returns a power of ten that divides a range into a hundred steps or
// more.
func stepOf(width float64) float64 { return math.Pow(10, math.Floor(math.Log10(width/100)+1e-9)) }

// movable returns the names of all parameters of a subject that may move: its own
// first.
func movable(subject semrob.Subject) []string {
	var names []string
	for _, p := range subject.Parameters {
		names = append(names, p.Name)
	}
	for _, p := range render.Parameters() {
		switch p.Name {
		case "background-r", "background-g", "background-b":
			if subject.Background != "" {
				continue // an image stands there
			}
		}
		names = append(names, p.Name)
	}
	return names
}

// ownNamed returns the parameter of that name, nil where there is none.
func ownNamed(own []rendered.UserParameter, name string) *rendered.UserParameter {
	for i := range own {
		if own[i].Name == name {
			return &own[i]
		}
	}
	return nil
}
