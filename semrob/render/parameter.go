package render

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// Parameter describes one semantic parameter of a Scene: its name for --set and
// --axis, its meaning and its values.
type Parameter struct {
	// Name is the parameter's name, such as "azimuth" or "light-x".
	Name string
	// Unit is "°" for degrees and "" for a pure number or a length in units of
	// the mesh, whose largest side is 2 after normalising.
	Unit string
	// Description explains the parameter on one line.
	Description string
	// Min and Max bound the values of the parameter; they are infinite if any
	// finite value is allowed.
	Min, Max float64
	// Open excludes Min and Max themselves.
	Open bool
	// DomainMin and DomainMax are the default range of an axis along this
	// parameter, one period apart if it is periodic.
	DomainMin, DomainMax float64
	// Default is the value in DefaultScene.
	Default float64
	// Periodic parameters give the same picture for values one period apart.
	Periodic bool

	field func(*Scene) *float64
}

// parameters is the table of all semantic parameters. DefaultScene, Scene.Set, Get
// and Check, plans, the command line and docs/parameters.md follow from it, so a
// new parameter is a field of Scene and a row here, in addition to its effect: on
// the host in NewCamera, shade.go or lighting.go, and in the graphs in
// graphscene.NewCamera or package shading.
var parameters = []Parameter{
	angle("azimuth", "camera angle around the vertical axis", -inf, inf, 0, 360, 0, true, func(s *Scene) *float64 { return &s.Azimuth }),
	angle("elevation", "camera angle above the horizontal plane", -90, 90, -10, 90, 0, false, func(s *Scene) *float64 { return &s.Elevation }),
	{Name: "distance", Description: "distance from the camera to its target", Min: 0, Max: Far, Open: true, DomainMin: 1.5, DomainMax: 6, Default: 2.732, field: func(s *Scene) *float64 { return &s.Distance }},
	angle("roll", "counter-clockwise rotation of the picture", -inf, inf, -180, 180, 0, true, func(s *Scene) *float64 { return &s.Roll }),
	{Name: "fov", Unit: "°", Description: "full field of view", Min: 0, Max: 180, Open: true, DomainMin: 20, DomainMax: 100, Default: 60, field: func(s *Scene) *float64 { return &s.FOV }},
	free("offset-x", "camera target to the right in the picture", -0.5, 0.5, 0, func(s *Scene) *float64 { return &s.OffsetX }),
	free("offset-y", "camera target up in the picture", -0.5, 0.5, 0, func(s *Scene) *float64 { return &s.OffsetY }),
	free("light-x", "x of the direction to the light, any length", -1, 1, 0, func(s *Scene) *float64 { return &s.Light[0] }),
	free("light-y", "y of the direction to the light, any length", -1, 1, 1, func(s *Scene) *float64 { return &s.Light[1] }),
	free("light-z", "z of the direction to the light, any length", -1, 1, 0, func(s *Scene) *float64 { return &s.Light[2] }),
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

// Parameters returns a copy of the table of semantic parameters.
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

// DomainText returns the domain of an axis, as in "0…360°".
func (p Parameter) DomainText() string {
	text := fmt.Sprintf("%g…%g%s", p.DomainMin, p.DomainMax, p.Unit)
	if p.Periodic {
		text += " periodic"
	}
	return text
}

// ValuesText returns the allowed values, as in "-90…90°", "≥ 0", "0 < … < 100" or
// "any".
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

// Check returns an error if the parameter must not have this value.
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
