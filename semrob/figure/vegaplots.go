package figure

import (
	"cmp"
	"math"
)

// vegaLines draws named lines through values with x, y and name.
func vegaLines(x, y Axis, values []object, names []string) object {
	var colours []string
	var dashes [][]float64
	for i := range names {
		colours, dashes = append(colours, hexColour(look(i).color)), append(dashes, nonNil(look(i).dash))
	}
	named := func(scale any) object {
		legend := any(object{"orient": "top", "columns": 2})
		if len(names) == 1 && names[0] == "" {
			legend = nil
		}
		return object{"field": "name", "type": "nominal", "title": nil, "scale": object{"domain": names, "range": scale}, "legend": legend}
	}
	tips := tooltips([2]string{"x", axisTitle(x)}, [2]string{"y", axisTitle(y)})
	if len(names) > 1 {
		tips = append([]object{{"field": "name", "title": "line", "type": "nominal"}}, tips...)
	}
	// Wide invisible points are easier to hit with the pointer.
	encoding := object{
		"x": vegaAxis(x, "x"), "y": vegaAxis(y, "y"), "detail": object{"field": "line"},
		"color": named(colours), "strokeDash": named(dashes), "tooltip": tips,
	}
	return object{"data": object{"values": values}, "layer": []object{
		{"mark": object{"type": "line", "strokeWidth": 2, "clip": true, "interpolate": "linear"}, "encoding": encoding},
		{"mark": object{"type": "point", "size": 60, "opacity": 0, "filled": true, "clip": true}, "encoding": object{
			"x": encoding["x"], "y": encoding["y"], "tooltip": tips}},
	}}
}

// vegaPoints returns the points of a line in order; values that are not finite
// break it.
func vegaPoints(name string, line int, xs, ys []float64) []object {
	var values []object
	y := orNull(ys)
	for i, x := range xs {
		if i < len(y) && !math.IsNaN(x) {
			values = append(values, object{"name": name, "line": line, "x": x, "y": y[i]})
		}
	}
	return values
}

func (p *Profile) vega() object {
	c, err := p.check()
	if err != nil {
		return nil
	}
	a := c.arrange()
	var values []object
	var names []string
	for i, s := range c.Series {
		s = s.closed(c.X)
		names = append(names, s.Name)
		values = append(values, vegaPoints(s.Name, i, s.X, s.Y)...)
	}
	if len(values) > vegaLimit {
		return nil
	}
	y := Axis{Name: cmp.Or(c.Label, "f"), Min: c.Low, Max: c.High}
	var layers []object
	for i, interval := range c.Intervals {
		var shown []object
		for _, piece := range pieces(c.X, interval.A, interval.B) {
			shown = append(shown, object{"x": piece.from, "x2": piece.to, "name": interval.Name, "bounds": axisRange(c.X, interval.A, interval.B)})
		}
		if shown == nil {
			continue
		}
		k := c.shadeOf(i)
		layers = append(layers, object{"data": object{"values": shown},
			"mark": object{"type": "rect", "fill": hexColour(tint(k.color, 0.18)), "stroke": hexColour(k.color), "strokeWidth": 1.6, "strokeDash": nonNil(k.dash)},
			"encoding": object{"x": vegaAxis(c.X, "x"), "x2": object{"field": "x2"},
				"tooltip": []object{{"field": "name", "title": "interval", "type": "nominal"}, {"field": "bounds", "title": c.X.Name, "type": "nominal"}}}})
	}
	layers = append(layers, vegaLines(c.X, y, values, names))
	return vegaCard(c.Title, c.Subtitle, object{"width": a.box.w, "height": a.box.h, "layer": layers})
}

func (t *Trace) vega() object {
	if t.check() != nil {
		return nil
	}
	var names []string
	for _, r := range t.Runs {
		names = append(names, r.Name)
	}
	var plots []object
	total := 0
	for _, p := range t.panels() {
		var values []object
		for i, r := range t.Runs {
			lines := r.lines(p.axis)
			for side, line := range lines {
				values = append(values, vegaPoints(r.Name, len(lines)*i+side, r.iterations(), line)...)
			}
		}
		total += len(values)
		plot := vegaLines(p.x, p.y, values, names)
		plot["width"], plot["height"] = figureWidth(t.Width)-120, panelHeight
		plots = append(plots, plot)
	}
	if len(plots) == 0 || total > vegaLimit {
		return nil
	}
	return vegaCard(t.Title, t.Subtitle, object{"vconcat": plots})
}

func (b *Bars) vega() object {
	c, err := b.check()
	if err != nil {
		return nil
	}
	p := c.arrange()
	var values []object
	var names, colours, outlines []string
	for i, s := range c.Series {
		names = append(names, s.Name)
		colours = append(colours, hexColour(tint(look(i).color, barStrengths[i%len(barStrengths)])))
		outlines = append(outlines, hexColour(look(i).color))
		for g, v := range s.Values {
			if math.IsNaN(v) {
				continue
			}
			value := object{"group": c.Groups[g], "name": s.Name, "value": v}
			if lower, upper, ok := s.interval(g); ok {
				value["lower"], value["upper"] = lower, upper
			}
			values = append(values, value)
		}
	}
	if len(values) > vegaLimit {
		return nil
	}
	label := axisTitle(Axis{Name: cmp.Or(c.Label, "value"), Unit: c.Unit})
	tips := append([]object{{"field": "group", "type": "nominal", "title": "group"}, {"field": "name", "type": "nominal", "title": "series"}},
		tooltips([2]string{"value", label}, [2]string{"lower", "from"}, [2]string{"upper", "to"})...)
	angle := 0
	if p.turned {
		angle = -90
	}
	across := func() object {
		return object{"field": "group", "type": "nominal", "sort": c.Groups, "title": nil, "axis": object{"labelAngle": angle}}
	}
	offset := object{"field": "name", "type": "nominal", "sort": names}
	y := func(field string) object {
		return object{"field": field, "type": "quantitative", "title": label, "scale": object{"domain": []float64{c.Low, c.High}, "nice": false}}
	}
	legend := any(object{"orient": "top"})
	if len(names) == 1 && names[0] == "" {
		legend = nil
	}
	colour := func(scale []string) object {
		return object{"field": "name", "type": "nominal", "title": nil, "sort": names, "scale": object{"domain": names, "range": scale}, "legend": legend}
	}
	whisker := func(colour string, size, thickness float64) object {
		return object{
			"transform": []object{{"filter": "isValid(datum.lower)"}},
			"mark":      object{"type": "errorbar", "ticks": object{"size": size, "thickness": thickness}, "rule": object{"strokeWidth": thickness}, "color": colour},
			"encoding":  object{"x": across(), "xOffset": offset, "y": y("lower"), "y2": object{"field": "upper"}},
		}
	}
	return vegaCard(c.Title, c.Subtitle, object{
		"width": p.box.w, "height": p.box.h, "data": object{"values": values},
		"layer": []object{
			{"mark": object{"type": "bar", "strokeWidth": 1.2}, "encoding": object{"x": across(), "xOffset": offset, "y": y("value"), "fill": colour(colours), "stroke": colour(outlines), "tooltip": tips}},
			whisker("white", 10, 4), // a halo, visible on any bar
			whisker(hexColour(ink), 8, 1.6),
		},
	})
}
