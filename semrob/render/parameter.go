package render

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// Parameter describes one semantic parameter of a Scene: what --set and --axis
// call it, what it means and which values it takes.
type Parameter struct {
	// Name is the parameter's name, such as "azimuth" or "light-x".
	Name string
	// Unit is "°" for degrees and "" for a pure number or a length in units of
	// the mesh, whose largest side is 2 after normalising.
	Unit string
	// Description says in one line what the parameter does.
	Description string
	// Min and Max bound the values that a Scene accepts; they are infinite
	// where any finite value does.
	Min, Max float64
	// Open says that Min and Max themselves are not accepted.
	Open bool
	// DomainMin and DomainMax are the range of an axis along this parameter
	// where the user gives none. On a periodic parameter they are one period
	// apart.
	DomainMin, DomainMax float64
	// Default is the value in DefaultScene.
	Default float64
	// Periodic says that values one period apart give the same picture.
	Periodic bool

	field func(*Scene) *float64
}

// parameters is the one table of all semantic parameters: Scene.Set, Get and
// Check, the command line and the documentation read it.
var parameters = []Parameter{
	angle("azimuth", "camera around the vertical axis", -inf, inf, 0, 360, 0, true, func(s *Scene) *float64 { return &s.Azimuth }),
	angle("elevation", "camera above the horizontal plane", -90, 90, -10, 90, 0, false, func(s *Scene) *float64 { return &s.Elevation }),
	{Name: "distance", Description: "camera to the point it looks at", Min: 0, Max: Far, Open: true, DomainMin: 1.5, DomainMax: 6, Default: 2.732, field: func(s *Scene) *float64 { return &s.Distance }},
	angle("roll", "picture turned in its plane, counter-clockwise", -inf, inf, -180, 180, 0, true, func(s *Scene) *float64 { return &s.Roll }),
	{Name: "fov", Unit: "°", Description: "full field of view", Min: 0, Max: 180, Open: true, DomainMin: 20, DomainMax: 100, Default: 60, field: func(s *Scene) *float64 { return &s.FOV }},
	free("offset-x", "point looked at, moved to the right in the picture", -0.5, 0.5, 0, func(s *Scene) *float64 { return &s.OffsetX }),
	free("offset-y", "point looked at, moved up in the picture", -0.5, 0.5, 0, func(s *Scene) *float64 { return &s.OffsetY }),
	free("light-x", "direction towards the light, normalised before use", -1, 1, 0, func(s *Scene) *float64 { return &s.Light[0] }),
	free("light-y", "direction towards the light, normalised before use", -1, 1, 1, func(s *Scene) *float64 { return &s.Light[1] }),
	free("light-z", "direction towards the light, normalised before use", -1, 1, 0, func(s *Scene) *float64 { return &s.Light[2] }),
	{Name: "directional", Description: "intensity of the directional light", Min: 0, Max: inf, DomainMin: 0, DomainMax: 1, Default: 0.5, field: func(s *Scene) *float64 { return &s.Directional }},
	{Name: "ambient", Description: "intensity of the ambient light", Min: 0, Max: inf, DomainMin: 0, DomainMax: 1, Default: 0.5, field: func(s *Scene) *float64 { return &s.Ambient }},
	colour("object-r", "red of the object", 1, func(s *Scene) *float64 { return &s.Object[0] }),
	colour("object-g", "green of the object", 1, func(s *Scene) *float64 { return &s.Object[1] }),
	colour("object-b", "blue of the object", 1, func(s *Scene) *float64 { return &s.Object[2] }),
	colour("background-r", "red of the background", 0, func(s *Scene) *float64 { return &s.Background[0] }),
	colour("background-g", "green of the background", 0, func(s *Scene) *float64 { return &s.Background[1] }),
	colour("background-b", "blue of the background", 0, func(s *Scene) *float64 { return &s.Background[2] }),
}

var inf = math.Inf(1)

func angle(name, description string, lowest, highest, from, to, standard float64, periodic bool, field func(*Scene) *float64) Parameter {
	return Parameter{Name: name, Unit: "°", Description: description, Min: lowest, Max: highest,
		DomainMin: from, DomainMax: to, Default: standard, Periodic: periodic, field: field}
}

func free(name, description string, from, to, standard float64, field func(*Scene) *float64) Parameter {
	return Parameter{Name: name, Description: description, Min: -inf, Max: inf,
		DomainMin: from, DomainMax: to, Default: standard, field: field}
}

func colour(name, description string, standard float64, field func(*Scene) *float64) Parameter {
	return Parameter{Name: name, Description: description, Max: 1, DomainMax: 1, Default: standard, field: field}
}

// Parameters returns all semantic parameters, in the order of the
// documentation. The slice is the caller's.
func Parameters() []Parameter { return slices.Clone(parameters) }

// UnknownError is the error for a name that no semantic parameter, or no
// shading, has; it lists the names to choose from.
type UnknownError = enum.UnknownError

// LookupParameter returns the semantic parameter with this name; other names are
// an *UnknownError.
func LookupParameter(name string) (Parameter, error) {
	for _, p := range parameters {
		if p.Name == name {
			return p, nil
		}
	}
	unknown := &UnknownError{What: "semantic parameter", Name: name}
	for _, p := range parameters {
		unknown.Known = append(unknown.Known, p.Name)
	}
	return Parameter{}, unknown
}

// DomainText writes the domain of an axis, as in "0…360°".
func (p Parameter) DomainText() string {
	text := fmt.Sprintf("%g…%g%s", p.DomainMin, p.DomainMax, p.Unit)
	if p.Periodic {
		text += " periodic"
	}
	return text
}

// ValuesText writes the values that a scene accepts, as in "-90…90°", "≥ 0",
// "0 < … < 100" or "any".
func (p Parameter) ValuesText() string {
	switch {
	case math.IsInf(p.Min, -1) && math.IsInf(p.Max, 1):
		return "any"
	case math.IsInf(p.Max, 1):
		return fmt.Sprintf("≥ %g%s", p.Min, p.Unit)
	case p.Open:
		return fmt.Sprintf("%g < … < %g%s", p.Min, p.Max, p.Unit)
	}
	return fmt.Sprintf("%g…%g%s", p.Min, p.Max, p.Unit)
}

// Check reports whether the parameter takes this value.
func (p Parameter) Check(value float64) error {
	outside := value < p.Min || value > p.Max || p.Open && (value == p.Min || value == p.Max)
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return fmt.Errorf("%s must be a finite number, not %g", p.Name, value)
	case !outside:
		return nil
	case p.Open:
		return fmt.Errorf("%s %g%s is not allowed: it must be more than %g%s and less than %g%s", p.Name, value, p.Unit, p.Min, p.Unit, p.Max, p.Unit)
	case math.IsInf(p.Max, 1):
		return fmt.Errorf("%s %g%s is not allowed: it must be at least %g%s", p.Name, value, p.Unit, p.Min, p.Unit)
	default:
		return fmt.Errorf("%s %g%s is outside its range %g…%g%s", p.Name, value, p.Unit, p.Min, p.Max, p.Unit)
	}
}
