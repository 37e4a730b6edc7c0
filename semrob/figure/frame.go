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

// frame is the box of a plot with its two axes: the one place that knows how
// data become places on the surface.
type frame struct {
	box  rect
	x, y Axis
	// yTicks bounds the number of tick marks on y; 0 is about one every 45 pixels.
	yTicks int
	// hideX leaves out the numbers and the name along x, for all but the
	// lowest of stacked frames.
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

// leftOf returns the room that y's numbers and name need left of a box of
// height h.
func leftOf(y Axis, h float64) float64 {
	f := frame{box: rect{h: h}, y: y}
	at, decimals := f.yMarks()
	widest := 0.0
	for _, v := range at {
		widest = max(widest, style{size: tickSize}.width(number(v, decimals)))
	}
	return math.Ceil(labelSize + 8 + widest + 4 + tickLength)
}

// belowFrame is the room that x's numbers and name need below a box.
const belowFrame = tickLength + 4 + tickSize + 8 + labelSize + 2

// grid draws faint lines at the tick marks, under the data.
func (f frame) grid(s *surface) {
	k := stroke{color: gridInk, width: 1}
	at, _ := f.xMarks()
	for _, v := range at {
		s.polyline(k, point{f.toX(v), f.box.y}, point{f.toX(v), f.box.bottom()})
	}
	f.gridY(s)
}

// gridY draws the faint lines of y's tick marks alone.
func (f frame) gridY(s *surface) {
	at, _ := f.yMarks()
	for _, v := range at {
		s.polyline(stroke{color: gridInk, width: 1}, point{f.box.x, f.toY(v)}, point{f.box.right(), f.toY(v)})
	}
}

// axes draws the box, the tick marks, their numbers and the names.
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
			point{f.box.x + f.box.w/2, f.box.bottom() + belowFrame - 4}, f.x.title())
	}
}

// axesY draws the box, and tick marks, numbers and name along y.
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
	s.middle(name, point{f.box.x - room + labelSize/2, f.box.y + f.box.h/2}, name.fit(f.y.title(), f.box.h+10))
}

// heading is the title and the line under it.
type heading struct {
	title, subtitle string
}

// height returns the room the heading needs, the gap below it included.
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

// draw writes the heading at the top-left corner of a card width wide.
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

// figureWidth returns the width asked for, in whole CSS pixels; 0 means
// DefaultWidth, and anything narrower than a legible figure is widened.
func figureWidth(asked float64) float64 {
	if asked == 0 {
		return DefaultWidth
	}
	return math.Round(min(max(asked, 320), 4000))
}
