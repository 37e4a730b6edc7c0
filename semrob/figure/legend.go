package figure

import "gonum.org/v1/plot/vg"

// entry is a sample in a legend with its label.
type entry struct {
	label  string
	sample func(s *surface, at rect)
}

const (
	legendRow    = 22.0
	sampleWidth  = 30.0
	sampleHeight = 14.0
)

// legend arranges entries in rows of at most width.
type legend struct {
	entries []entry
	width   float64
}

var legendText = style{size: labelSize, color: ink}

// places returns the places of the samples relative to the legend's top-left corner,
// and the legend's height.
func (l legend) places() (at []rect, height float64) {
	x, y := 0.0, 0.0
	for _, e := range l.entries {
		w := sampleWidth + 7 + min(legendText.width(e.label), l.width-sampleWidth-7)
		if x > 0 && x+w > l.width {
			x, y = 0, y+legendRow
		}
		at = append(at, rect{x, y + (legendRow-sampleHeight)/2, sampleWidth, sampleHeight})
		x += w + 22
	}
	if len(at) == 0 {
		return nil, 0
	}
	return at, y + legendRow
}

func (l legend) height() float64 {
	_, h := l.places()
	return h
}

// draw draws the legend with its top-left corner at p.
func (l legend) draw(s *surface, p point) {
	at, _ := l.places()
	for i, e := range l.entries {
		r := rect{p.x + at[i].x, p.y + at[i].y, at[i].w, at[i].h}
		e.sample(s, r)
		s.middle(legendText, point{r.right() + 7, r.y + r.h/2}, legendText.fit(e.label, l.width-sampleWidth-7))
	}
}

// lineEntry is the entry of a line.
func lineEntry(label string, k lineLook) entry {
	return entry{label, func(s *surface, r rect) {
		s.polyline(stroke{k.color, 2.2, k.dash}, point{r.x, r.y + r.h/2}, point{r.right(), r.y + r.h/2})
	}}
}

// outlineEntry is the entry of a rectangle.
func outlineEntry(label string, k lineLook) entry {
	return entry{label, func(s *surface, r rect) {
		s.strokeRect(stroke{k.color, 2.2, k.dash}, r.grow(-1.5))
	}}
}

// marker is the shape of a start point; shapes differ in black and white too.
type marker int

// outline returns the marker's outline of radius r around c, nil for a circle.
func (m marker) outline(c point, r float64) []point {
	switch m % 5 {
	case 1: // square
		r *= 0.86
		return rect{c.x - r, c.y - r, 2 * r, 2 * r}.corners()
	case 2: // triangle
		return []point{{c.x, c.y - 1.15*r}, {c.x + 1.05*r, c.y + 0.75*r}, {c.x - 1.05*r, c.y + 0.75*r}}
	case 3: // diamond
		r *= 1.2
		return []point{{c.x, c.y - r}, {c.x + r, c.y}, {c.x, c.y + r}, {c.x - r, c.y}}
	case 4: // inverted triangle
		return []point{{c.x, c.y + 1.15*r}, {c.x + 1.05*r, c.y - 0.75*r}, {c.x - 1.05*r, c.y - 0.75*r}}
	}
	return nil
}

// draw draws the marker at c: white with a dark edge, visible on any cell.
func (m marker) draw(s *surface, c point, r float64) {
	var path vg.Path
	if outline := m.outline(c, r); outline != nil {
		path = s.path(outline, true)
	} else {
		path = s.circlePath(c, r)
	}
	s.canvas.SetColor(paper)
	s.canvas.Fill(path)
	s.strokePath(stroke{color: paper, width: 4.5}, path)
	s.strokePath(stroke{color: ink, width: 2}, path)
}

func markerEntry(label string, m marker) entry {
	return entry{label, func(s *surface, r rect) {
		m.draw(s, centreOf(r), 5)
	}}
}
