package subject

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// ParseSpace parses the axes of a semantic space: each the name of a semantic
// parameter for its default domain, such as "azimuth", or "name=from:to", such as
// "distance=2:4". A step is ignored, so that the axes of a map are also those of a
// space. Without texts it returns azimuth and elevation.
func ParseSpace(texts ...string) (objective.Space, error) { return Subject{}.ParseSpace(texts...) }

// ParseGrid parses the axes of a map: each "name=from:to:step", half-open, such as
// "azimuth=0:360:6". A range beyond the parameter's default domain widens the axis.
// Without texts it returns the published grid.
func ParseGrid(texts ...string) ([]semmap.Samples, error) { return Subject{}.ParseGrid(texts...) }

// ParseSpace is ParseSpace with the subject's user-defined parameters.
func (s Subject) ParseSpace(texts ...string) (objective.Space, error) {
	user, err := s.userParameters()
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		return objective.Viewpoints(), nil
	}
	var space objective.Space
	for _, text := range texts {
		axis, err := parseAxis(text, user)
		if err != nil {
			return nil, err
		}
		space = append(space, axis)
	}
	return space, space.Check()
}

func parseAxis(text string, user []rendered.UserParameter) (objective.Axis, error) {
	name, domain, given := strings.Cut(text, "=")
	whole, check, err := axisNamed(strings.TrimSpace(name), user)
	if err != nil || !given {
		return whole, err
	}
	fields := strings.Split(domain, ":")
	if len(fields) != 2 && len(fields) != 3 {
		return objective.Axis{}, fmt.Errorf("the axis %q must be a name, or name=from:to, such as distance=2:4", text)
	}
	var ends [2]float64
	for i := range ends {
		if ends[i], err = strconv.ParseFloat(strings.TrimSpace(fields[i]), 64); err != nil {
			return objective.Axis{}, fmt.Errorf("the axis %q: %q is not a number", text, fields[i])
		}
		if err := check(ends[i]); err != nil {
			return objective.Axis{}, err
		}
	}
	// A part of the circle has two ends.
	whole.Periodic = whole.Periodic && ends[1]-ends[0] == whole.Width()
	whole.Min, whole.Max = ends[0], ends[1]
	return whole, nil
}

// ParseGrid is ParseGrid with the subject's user-defined parameters.
func (s Subject) ParseGrid(texts ...string) ([]semmap.Samples, error) {
	user, err := s.userParameters()
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		texts = []string{"azimuth=" + semmap.DefaultAzimuth.String(), "elevation=" + semmap.DefaultElevation.String()}
	}
	var axes []semmap.Samples
	var space objective.Space
	for _, text := range texts {
		name, r, err := parseSamples(text)
		if err != nil {
			return nil, err
		}
		values := r.Values()
		axis, err := axisOver(name, values[0], values[len(values)-1], user)
		if err != nil {
			return nil, err
		}
		samples, err := semmap.Sample(axis, r)
		if err != nil {
			return nil, err
		}
		axes, space = append(axes, samples), append(space, axis)
	}
	if err := space.Check(); err != nil {
		return axes, err
	}
	return axes, semmap.CheckSize(axes)
}

// GridOn parses the axes of a map on a space: a "name=from:to:step" inside the domain
// of each axis, in any order.
func GridOn(space objective.Space, texts ...string) ([]semmap.Samples, error) {
	byName := map[string]semmap.Samples{}
	for _, text := range texts {
		name, r, err := parseSamples(text)
		if err != nil {
			return nil, err
		}
		k := space.Index(name)
		if k < 0 {
			return nil, fmt.Errorf("the map's axis %q must be name=from:to:step of an axis of %s", text, space)
		}
		if byName[name], err = semmap.Sample(space[k], r); err != nil {
			return nil, err
		}
	}
	grid := make([]semmap.Samples, len(space))
	for k, axis := range space {
		samples, ok := byName[axis.Name]
		if !ok {
			return nil, fmt.Errorf("the map has no range for %s: give %s=from:to:step", axis.Name, axis.Name)
		}
		grid[k] = samples
	}
	return grid, semmap.CheckSize(grid)
}

// parseSamples parses "name=from:to:step".
func parseSamples(text string) (name string, r semmap.Range, err error) {
	name, samples, ok := strings.Cut(text, "=")
	if !ok {
		return "", r, fmt.Errorf("the axis %q must be name=from:to:step, such as azimuth=0:360:3", text)
	}
	name = strings.TrimSpace(name)
	if r, err = semmap.ParseRange(strings.TrimSpace(samples)); err != nil {
		return "", r, fmt.Errorf("axis %s: %w", name, err)
	}
	return name, r, nil
}

// axisNamed returns the axis of a parameter over its default domain, and a check of
// the parameter's values.
func axisNamed(name string, user []rendered.UserParameter) (axis objective.Axis, check func(float64) error, err error) {
	if p := userNamed(user, name); p != nil {
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
// include first and last as far as the parameter allows.
func axisOver(name string, first, last float64, user []rendered.UserParameter) (objective.Axis, error) {
	axis, check, err := axisNamed(name, user)
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
