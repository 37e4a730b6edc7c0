package figure

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"strings"
)

// Scatter plots two quantities against each other, such as the accuracy and the
// robustness of networks (Hamdi & Ghanem 2020, section 5), with their intervals.
type Scatter struct {
	// Title and Subtitle stand above the plot; either may be empty. The subtitle
	// should explain the intervals.
	Title, Subtitle string
	// X and Y name the two quantities. An axis without a range covers the points
	// and their intervals, with a margin.
	X, Y Axis
	// Points each have their own marker and colour.
	Points []ScatterPoint
	// Width is the figure's width in CSS pixels; 0 means DefaultWidth.
	Width float64
}

// ScatterPoint is a point of a Scatter.
type ScatterPoint struct {
	// Name is its name in the legend.
	Name string
	// X and Y are its coordinates. No interval is drawn if both of its ends are 0
	// or one is NaN.
	X, Y Quantity
}

// scatterHeight is the height of the plot, in CSS pixels.
const scatterHeight = 320.0

// overQuantities returns the axis with the range of the quantities, widened by a
// tenth at both ends, if it has none.
func overQuantities(a Axis, quantities []Quantity) (Axis, error) {
	if a.Min != 0 || a.Max != 0 {
		return withRange(a, nil)
	}
	var all []float64
	for _, q := range quantities {
		all = append(all, q.Value)
		if lower, upper, ok := q.interval(); ok {
			all = append(all, lower, upper)
		}
	}
	low, high := extent(all)
	room := 0.1 * (high - low)
	if low == high {
		room = max(0.1*math.Abs(low), 0.1)
	}
	a.Min, a.Max = low-room, high+room
	if low >= 0 {
		a.Min = max(a.Min, 0)
	}
	return withRange(a, nil)
}

// Head returns the fields for title, subtitle and width.
func (p *Scatter) Head() (title, subtitle *string, width *float64) {
	return &p.Title, &p.Subtitle, &p.Width
}

func (p *Scatter) check() (*Scatter, error) { return checked("a scatter plot", p, (*Scatter).fill) }

func (p *Scatter) fill() error {
	if len(p.Points) == 0 {
		return fmt.Errorf("it has no points")
	}
	var xs, ys []Quantity
	for _, point := range p.Points {
		if !isFinite(point.X.Value) || !isFinite(point.Y.Value) {
			return fmt.Errorf("point %q is at (%g, %g): omit points that are not finite", point.Name, point.X.Value, point.Y.Value)
		}
		xs, ys = append(xs, point.X), append(ys, point.Y)
	}
	var err error
	if p.X, err = overQuantities(p.X, xs); err == nil {
		p.Y, err = overQuantities(p.Y, ys)
	}
	return err
}

func (p *Scatter) arrange() card {
	var entries []entry
	for i, point := range p.Points {
		entries = append(entries, entry{point.Name, func(s *surface, r rect) { drawPoint(s, centreOf(r), i) }})
	}
	a := newCard(p, entries)
	a.plot(p.X, p.Y, scatterHeight, 8)
	return a
}

func centreOf(r rect) point { return point{r.x + r.w/2, r.y + r.h/2} }

// pointRadius is the radius of a point's marker, in CSS pixels.
const pointRadius = 5.5

// drawPoint draws the marker of point i in its colour.
func drawPoint(s *surface, at point, i int) {
	k := look(i)
	marker(i).draw(s, at, pointRadius)
	if outline := marker(i).outline(at, pointRadius-1); outline != nil {
		s.fill(k.color, outline...)
	} else {
		s.disc(k.color, at, pointRadius-1)
	}
}

func (p *Scatter) layout() (*drawing, error) {
	c, err := p.check()
	if err != nil {
		return nil, err
	}
	a := c.arrange()
	return &drawing{a.width, a.height, func(s *surface) {
		a.drawTop(s)
		a.grid(s)
		for i, point := range c.Points {
			point.drawIntervals(s, a.frame, look(i))
		}
		for i, point := range c.Points {
			at := a.to(point.X.Value, point.Y.Value)
			if a.box.grow(0.5).contains(rect{at.x, at.y, 0, 0}) {
				drawPoint(s, at, i)
			}
		}
		a.axes(s)
	}}, nil
}

// drawIntervals draws the intervals as a cross.
func (p ScatterPoint) drawIntervals(s *surface, f frame, k lineLook) {
	line := stroke{color: k.color, width: 1.8}
	if lower, upper, ok := p.X.interval(); ok {
		s.clipped(line, f.box, []point{f.to(lower, p.Y.Value), f.to(upper, p.Y.Value)})
	}
	if lower, upper, ok := p.Y.interval(); ok {
		s.clipped(line, f.box, []point{f.to(p.X.Value, lower), f.to(p.X.Value, upper)})
	}
}

// Describe lists the points with their intervals.
func (p *Scatter) Describe() string {
	c, err := p.check()
	if err != nil {
		return "A scatter plot that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	b.WriteString(titled("Points", c.Title))
	fmt.Fprintf(&b, ": %s, %s.", axisTitle(c.X), axisTitle(c.Y))
	for _, point := range c.Points {
		fmt.Fprintf(&b, "\n%s: %s, %s.", cmp.Or(point.Name, "Point"), point.X.describe(), point.Y.describe())
	}
	return b.String()
}

func (q Quantity) describe() string {
	text := significant(q.Value)
	if lower, upper, ok := q.interval(); ok {
		text += " (" + significant(lower) + "…" + significant(upper) + ")"
	}
	return text
}

func (p *Scatter) vega() object {
	c, err := p.check()
	if err != nil {
		return nil
	}
	a := c.arrange()
	var values []object
	var names, colours []string
	for i, point := range c.Points {
		names, colours = append(names, point.Name), append(colours, hexColour(look(i).color))
		value := object{"name": point.Name, "x": point.X.Value, "y": point.Y.Value}
		if lower, upper, ok := point.X.interval(); ok {
			value["xlower"], value["xupper"] = lower, upper
		}
		if lower, upper, ok := point.Y.interval(); ok {
			value["ylower"], value["yupper"] = lower, upper
		}
		values = append(values, value)
	}
	if len(values) > vegaLimit {
		return nil
	}
	colour := object{"field": "name", "type": "nominal", "title": nil, "sort": names, "scale": object{"domain": names, "range": colours}, "legend": object{"orient": "top"}}
	x, y := vegaAxis(c.X, "x"), vegaAxis(c.Y, "y")
	tips := append([]object{{"field": "name", "type": "nominal", "title": "point"}}, tooltips([2]string{"x", axisTitle(c.X)}, [2]string{"xlower", "from"}, [2]string{"xupper", "to"},
		[2]string{"y", axisTitle(c.Y)}, [2]string{"ylower", "from"}, [2]string{"yupper", "to"})...)
	rule := object{"type": "rule", "strokeWidth": 1.8, "clip": true}
	// The ends share the scale of the point's axis.
	ends := func(channel object, field string) object {
		moved := maps.Clone(channel)
		moved["field"] = field
		return moved
	}
	return vegaCard(c.Title, c.Subtitle, object{
		"width": a.box.w, "height": a.box.h, "data": object{"values": values},
		"layer": []object{
			{"transform": []object{{"filter": "isValid(datum.xlower)"}}, "mark": rule, "encoding": object{"x": ends(x, "xlower"), "x2": object{"field": "xupper"}, "y": y, "color": colour}},
			{"transform": []object{{"filter": "isValid(datum.ylower)"}}, "mark": rule, "encoding": object{"x": x, "y": ends(y, "ylower"), "y2": object{"field": "yupper"}, "color": colour}},
			{"mark": object{"type": "point", "filled": true, "size": 130, "opacity": 1, "clip": true}, "encoding": object{"x": x, "y": y, "color": colour,
				"shape": object{"field": "name", "type": "nominal", "sort": names, "legend": nil}, "tooltip": tips}},
		},
	})
}
