package semrob

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// ParseSpace reads the axes of a semantic space, each a semantic parameter's
// name for its default domain, such as "azimuth", or "name=from:to" for another,
// such as "distance=2:4". A step after the domain is read over, so that what
// names a map's axes names a space too. No axes are azimuth and elevation.
func ParseSpace(texts []string) (objective.Space, error) {
	if len(texts) == 0 {
		return objective.Viewpoints(), nil
	}
	var space objective.Space
	for _, text := range texts {
		axis, err := parseAxis(text)
		if err != nil {
			return nil, err
		}
		space = append(space, axis)
	}
	return space, space.Check()
}

func parseAxis(text string) (objective.Axis, error) {
	name, domain, given := strings.Cut(text, "=")
	if !given {
		return rendered.Axis(name)
	}
	fields := strings.Split(domain, ":")
	if len(fields) != 2 && len(fields) != 3 {
		return objective.Axis{}, fmt.Errorf("the axis %q must be name, or name=from:to, such as distance=2:4", text)
	}
	var ends [2]float64
	for i := range ends {
		x, err := strconv.ParseFloat(strings.TrimSpace(fields[i]), 64)
		if err != nil {
			return objective.Axis{}, fmt.Errorf("the axis %q: %q is not a number", text, fields[i])
		}
		ends[i] = x
	}
	p, err := render.LookupParameter(name)
	if err != nil {
		return objective.Axis{}, err
	}
	for _, x := range ends {
		if err := p.Check(x); err != nil {
			return objective.Axis{}, err
		}
	}
	// A part of the way around has two ends.
	around := p.Periodic && ends[1]-ends[0] == p.DomainMax-p.DomainMin
	return objective.Axis{Name: p.Name, Unit: p.Unit, Min: ends[0], Max: ends[1], Periodic: around}, nil
}

// axisOver returns the axis of a parameter over its default domain, widened to
// hold first and last as far as the parameter allows.
func axisOver(name string, first, last float64) (objective.Axis, error) {
	p, err := render.LookupParameter(name)
	if err != nil {
		return objective.Axis{}, err
	}
	axis, err := rendered.Axis(name)
	if err != nil || axis.Periodic {
		return axis, err
	}
	for _, x := range []float64{first, last} {
		if err := p.Check(x); err != nil {
			return axis, err
		}
		axis.Min, axis.Max = min(axis.Min, x), max(axis.Max, x)
	}
	return axis, nil
}
