package figure

import "math"

// Sizes of text and gaps, in CSS pixels.
const (
	margin       = 16.0 // around everything
	titleSize    = 17.0
	subtitleSize = 13.0
	labelSize    = 13.0 // names of axes, legend
	tickSize     = 12.0
	captionSize  = 12.0
	tickLength   = 5.0
)

// frame is the box of a plot with its two axes. It maps data to places on the
// surface.
type frame struct {
	box  rect
	x, y Axis
	// yTicks limits the number of tick marks on y; 0 means one every 45 pixels.
	yTicks int
	// hideX omits the numbers and the name along x, for all stacked frames but the
	// lowest.
	hideX bool
}

func (f frame) toX(v float64) float64 { return f.box.x + (v-f.x.Min)/(f.x.Max-f.x.Min)*f.box.w }

func (f frame) toY(v float64) float64 {
	return f.box.bottom() - (v-f.y.Min)/(f.y.Max-f.y.Min)*f.box.h
}

func (f frame) to(x, y float64) point { return point{f.toX(x), f.toY(y)} }

func (f frame) xMarks() ([]float64, int) {
	return ticks(f.x.Min, f.x.Max, f.x.Unit, max(3, int(f.box.w/85)))
}

func (f frame) yMarks() ([]float64, int) {
	most := f.yTicks
	if most == 0 {
		most = max(4, int(f.box.h/45))
	}
	return ticks(f.y.Min, f.y.Max, f.y.Unit, most)
}

// leftOf returns the room for y's numbers and name left of a box of height h.
func leftOf(y Axis, h float64) float64 {
	f := frame{box: rect{h: h}, y: y}
	at, decimals := f.yMarks()
	widest := 0.0
	for _, v := range at {
		widest = max(widest, style{size: tickSize}.width(number(v, decimals)))
	}
	return math.Ceil(labelSize + 8 + widest + 4 + tickLength)
}

// belowFrame is the room for x's numbers and name below a box.
const belowFrame = tickLength + 4 + tickSize + 8 + labelSize + 2

// grid draws faint lines at the tick marks of both axes.
func (f frame) grid(s *surface) {
	k := stroke{color: gridInk, width: 1}
	at, _ := f.xMarks()
	for _, v := range at {
		s.polyline(k, point{f.toX(v), f.box.y}, point{f.toX(v), f.box.bottom()})
	}
	f.gridY(s)
}

// gridY draws faint lines at the tick marks of y.
func (f frame) gridY(s *surface) {
	at, _ := f.yMarks()
	for _, v := range at {
		s.polyline(stroke{color: gridInk, width: 1}, point{f.box.x, f.toY(v)}, point{f.box.right(), f.toY(v)})
	}
}

// axes draws the box and, along both axes, tick marks, numbers and names.
func (f frame) axes(s *surface) {
	f.axesY(s)
	k := stroke{color: ink, width: 1}
	at, decimals := f.xMarks()
	for _, v := range at {
		x := f.toX(v)
		s.polyline(k, point{x, f.box.bottom()}, point{x, f.box.bottom() + tickLength})
		if !f.hideX {
			s.text(style{size: tickSize, color: ink, align: centre},
				point{x, f.box.bottom() + tickLength + 4 + tickSize*capHeight + 2}, number(v, decimals))
		}
	}
	if !f.hideX {
		s.text(style{size: labelSize, color: ink, align: centre},
			point{f.box.x + f.box.w/2, f.box.bottom() + belowFrame - 4}, axisTitle(f.x))
	}
}

// axesY draws the box and, along y, tick marks, numbers and name.
func (f frame) axesY(s *surface) {
	k := stroke{color: ink, width: 1}
	s.strokeRect(k, f.box)
	at, decimals := f.yMarks()
	for _, v := range at {
		y := f.toY(v)
		s.polyline(k, point{f.box.x - tickLength, y}, point{f.box.x, y})
		s.middle(style{size: tickSize, color: ink, align: right}, point{f.box.x - tickLength - 4, y}, number(v, decimals))
	}
	name := style{size: labelSize, color: ink, align: centre, vertical: true}
	room := leftOf(f.y, f.box.h)
	s.middle(name, point{f.box.x - room + labelSize/2, f.box.y + f.box.h/2}, name.fit(axisTitle(f.y), f.box.h+10))
}

// heading is the title and the line under it.
type heading struct {
	title, subtitle string
}

// height returns the height of the heading with the gap below it.
func (h heading) height() float64 {
	room := 0.0
	if h.title != "" {
		room += titleSize + 6
	}
	if h.subtitle != "" {
		room += subtitleSize + 6
	}
	if room > 0 {
		room += 6
	}
	return room
}

// draw writes the heading at the top-left corner of a card of this width.
func (h heading) draw(s *surface, width float64) {
	y := margin
	if h.title != "" {
		k := style{size: titleSize, color: ink, bold: true}
		s.text(k, point{margin, y + titleSize*0.85}, k.fit(h.title, width-2*margin))
		y += titleSize + 6
	}
	if h.subtitle != "" {
		k := style{size: subtitleSize, color: softInk}
		s.text(k, point{margin, y + subtitleSize*0.85}, k.fit(h.subtitle, width-2*margin))
	}
}

// card is the layout of a figure: heading, legend and, in most figures, a single
// plot.
type card struct {
	frame
	width, height float64
	head          heading
	keys          legend
}

func newCard(f Figure, entries []entry) card {
	title, subtitle, asked := f.Head()
	width := figureWidth(*asked)
	return card{width: width, head: heading{*title, *subtitle}, keys: legend{entries, width - 2*margin}}
}

// top returns the place of whatever follows heading and legend.
func (c card) top() float64 {
	return math.Ceil(margin + c.head.height() + gapAfter(c.keys.height(), 9))
}

func gapAfter(height, gap float64) float64 {
	if height == 0 {
		return 0
	}
	return height + gap
}

// plot places a plot of height h; right is the room beside it for half of the
// last number along x.
func (c *card) plot(x, y Axis, h, right float64) {
	c.frame = frame{x: x, y: y, yTicks: 6}
	c.box.h = h
	c.box.x = math.Ceil(margin + leftOf(y, h))
	c.box.w = math.Floor(c.width - margin - right - c.box.x)
	c.box.y = c.top()
	c.height = math.Ceil(c.box.bottom() + belowFrame + margin - 4)
}

// drawTop draws heading and legend.
func (c card) drawTop(s *surface) {
	c.head.draw(s, c.width)
	c.keys.draw(s, point{margin, margin + c.head.height()})
}

// figureWidth returns the requested width in whole CSS pixels, limited to a
// legible range; 0 means DefaultWidth.
func figureWidth(asked float64) float64 {
	if asked == 0 {
		return DefaultWidth
	}
	return math.Round(min(max(asked, 320), 4000))
}
