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
func ParseSpace(texts []string) (objective.Space, error) { return parseSpace(texts, nil) }

// Space returns the space of the axes with these names, as ParseSpace reads them,
// the subject's own parameters among them.
func (s Subject) Space(axes ...string) (objective.Space, error) {
	own, err := s.ownParameters()
	if err != nil {
		return nil, err
	}
	return parseSpace(axes, own)
}

func parseSpace(texts []string, own []rendered.UserParameter) (objective.Space, error) {
	if len(texts) == 0 {
		return objective.Viewpoints(), nil
	}
	var space objective.Space
	for _, text := range texts {
		axis, err := parseAxis(text, own)
		if err != nil {
			return nil, err
		}
		space = append(space, axis)
	}
	return space, space.Check()
}

func parseAxis(text string, own []rendered.UserParameter) (objective.Axis, error) {
	name, domain, given := strings.Cut(text, "=")
	whole, check, err := axisNamed(name, own)
	if err != nil || !given {
		return whole, err
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
	for _, x := range ends {
		if err := check(x); err != nil {
			return objective.Axis{}, err
		}
	}
	// A part of the way around has two ends.
	around := whole.Periodic && ends[1]-ends[0] == whole.Width()
	return objective.Axis{Name: whole.Name, Unit: whole.Unit, Min: ends[0], Max: ends[1], Periodic: around}, nil
}

// axisNamed returns the axis of a parameter, the renderer's or one of own, over
// its default domain, and what tells whether it takes a value.
func axisNamed(name string, own []rendered.UserParameter) (axis objective.Axis, check func(float64) error, err error) {
	if p := ownNamed(own, name); p != nil {
		return p.Axis, p.CheckValue, nil
	}
	p, err := render.LookupParameter(name)
	if err != nil {
		return axis, nil, err
	}
	axis, err = rendered.Axis(name)
	return axis, p.Check, err
}

// axisOver returns the axis of a parameter over its default domain, widened to
// hold first and last as far as the parameter allows.
func axisOver(name string, first, last float64, own []rendered.UserParameter) (objective.Axis, error) {
	axis, check, err := axisNamed(name, own)
	if err != nil || axis.Periodic {
		return axis, err
	}
	for _, x := range []float64{first, last} {
		if err := check(x); err != nil {
			return axis, err
		}
		axis.Min, axis.Max = min(axis.Min, x), max(axis.Max, x)
	}
	return axis, nil
}
