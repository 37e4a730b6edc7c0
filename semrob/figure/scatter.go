package figure

import (
	"fmt"
	"math"
	"strings"
)

// Scatter shows two numbers of things against each other, such as the accuracy
// and the robustness of networks (Hamdi & Ghanem 2020, section 5), each with its
// intervals.
type Scatter struct {
	// Title stands above the plot in bold, Subtitle under it, which should say
	// what the intervals are; both may be empty.
	Title, Subtitle string
	// X and Y say what the two numbers are. Where an axis has no range it is
	// that of the points and their intervals, with some room.
	X, Y Axis
	// Points are the things, each with its own marker and colour.
	Points []ScatterPoint
	// Width is the width of the whole figure in CSS pixels; 0 means
	// DefaultWidth.
	Width float64
}

// ScatterPoint is one thing of a Scatter.
type ScatterPoint struct {
	// Name explains it in the legend.
	Name string
	// X and Y are its numbers. Ends of an interval that are both 0, or NaN,
	// show none.
	X, Y Quantity
}

// scatterHeight is the height of the plot, in CSS pixels.
const scatterHeight = 320.0

// interval returns the ends of a quantity's interval.
func (q Quantity) interval() (lower, upper float64, ok bool) {
	none := q.Lower == 0 && q.Upper == 0 || math.IsNaN(q.Lower+q.Upper)
	return q.Lower, q.Upper, !none
}

// overQuantities returns the axis with its range taken from the quantities, and a tenth
// of room at both ends, where it has none.
func overQuantities(a Axis, quantities []Quantity) (Axis, error) {
	if a.Min != 0 || a.Max != 0 {
		return a.over(nil)
	}
	var all []float64
	for _, q := range quantities {
		all = append(all, q.Value)
		if lower, upper, ok := q.interval(); ok {
			all = append(all, lower, upper)
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range all {
		low, high = min(low, v), max(high, v)
	}
	room := 0.1 * (high - low)
	if low == high {
		room = max(0.1*math.Abs(low), 0.1)
	}
	a.Min, a.Max = low-room, high+room
	if low >= 0 {
		a.Min = max(a.Min, 0)
	}
	return a.over(nil)
}

func (p *Scatter) check() (*Scatter, error) {
	c := *p
	if len(c.Points) == 0 {
		return nil, fmt.Errorf("drawing a scatter plot: it has no points")
	}
	var xs, ys []Quantity
	for _, point := range c.Points {
		for _, v := range [2]float64{point.X.Value, point.Y.Value} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("drawing a scatter plot: point %q is at (%g, %g): leave out what is not finite", point.Name, point.X.Value, point.Y.Value)
			}
		}
		xs, ys = append(xs, point.X), append(ys, point.Y)
	}
	var err error
	if c.X, err = overQuantities(c.X, xs); err != nil {
		return nil, fmt.Errorf("drawing a scatter plot: %w", err)
	}
	if c.Y, err = overQuantities(c.Y, ys); err != nil {
		return nil, fmt.Errorf("drawing a scatter plot: %w", err)
	}
	return &c, nil
}

// scatterPlan is where everything goes.
type scatterPlan struct {
	frame
	width, height float64
	head          heading
	keys          legend
}

func (p *Scatter) arrange() scatterPlan {
	a := scatterPlan{width: figureWidth(p.Width), head: heading{p.Title, p.Subtitle}}
	var entries []entry
	for i, point := range p.Points {
		entries = append(entries, entry{point.Name, func(s *surface, r rect) { drawPoint(s, centreOf(r), i) }})
	}
	a.keys = legend{entries, a.width - 2*margin}
	a.frame = frame{x: p.X, y: p.Y, yTicks: 6}
	a.box.h = scatterHeight
	a.box.x = math.Ceil(margin + leftOf(a.y, a.box.h))
	a.box.w = math.Floor(a.width - margin - 8 - a.box.x) // 8: half of the last number
	a.box.y = math.Ceil(margin + a.head.height() + gapAfter(a.keys.height(), 9))
	a.height = math.Ceil(a.box.bottom() + belowFrame + margin - 4)
	return a
}

func centreOf(r rect) point { return point{r.x + r.w/2, r.y + r.h/2} }

// pointRadius is that of a point's marker, in CSS pixels.
const pointRadius = 5.5

// drawPoint draws the marker of point i, filled with its colour.
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
		a.head.draw(s, a.width)
		a.keys.draw(s, point{margin, margin + a.head.height()})
		a.grid(s)
		for i, point := range c.Points {
			point.drawIntervals(s, a.frame, look(i))
		}
		for i, point := range c.Points {
			at := a.to(point.X.Value, point.Y.Value)
			if a.box.grow(0.5).holds(rect{at.x, at.y, 0, 0}) {
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

// Describe tells every point with its intervals.
func (p *Scatter) Describe() string {
	c, err := p.check()
	if err != nil {
		return "A scatter plot that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	b.WriteString("Points")
	if c.Title != "" {
		b.WriteString(" “" + c.Title + "”")
	}
	fmt.Fprintf(&b, ": %s, %s.", c.X.title(), c.Y.title())
	for _, point := range c.Points {
		fmt.Fprintf(&b, "\n%s: %s, %s.", nonEmpty(point.Name, "Point"), point.X.describe(), point.Y.describe())
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
	x, y := c.X.vega("x"), c.Y.vega("y")
	tips := append([]object{{"field": "name", "type": "nominal", "title": "point"}}, tooltips([2]string{"x", c.X.title()}, [2]string{"xlower", "from"}, [2]string{"xupper", "to"},
		[2]string{"y", c.Y.title()}, [2]string{"ylower", "from"}, [2]string{"yupper", "to"})...)
	rule := object{"type": "rule", "strokeWidth": 1.8, "clip": true}
	// The ends share the scale of the point's own axis.
	ends := func(channel object, field string) object {
		moved := object{}
		for k, v := range channel {
			moved[k] = v
		}
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
