package figure

import (
	"fmt"
	"image"
	"math"
	"strings"
)

// Map is a two-dimensional semantic map: the values of an objective, usually
// the softmax probability of the true class, over two semantic parameters
// (Hamdi & Ghanem 2020, figures 1 and 4), with robust regions and rendered
// views on it.
type Map struct {
	// Title stands above the map in bold, Subtitle under it; both may be empty.
	Title, Subtitle string
	// X is the axis of the columns of Z, Y that of the rows.
	X, Y Axis
	// XS and YS are the coordinates of the columns and rows, increasing; the
	// steps may be uneven.
	XS, YS []float64
	// Z holds the values, [len(YS)][len(XS)]: Z[row][column]. NaN is a cell not
	// yet computed, drawn hatched in grey. Every place of the domain shows the
	// value of the nearest grid point, around the end of a periodic axis too.
	Z [][]float64
	// Label names the values along the colour bar, such as "probability of
	// teapot".
	Label string
	// Low and High are the values of the ends of the colour scale; both 0 means
	// 0…1.
	Low, High float64
	// Levels, where there are any, make a contour map: values are interpolated
	// between the grid points, every band between two levels has one colour,
	// and a line runs along each level. They increase, between Low and High.
	Levels []float64
	// Regions are drawn over the map and explained in a legend.
	Regions []Region
	// Views are pictures of what is at chosen points: numbered on the map,
	// shown below it.
	Views []View
	// Width is the width of the whole figure in CSS pixels; 0 means
	// DefaultWidth.
	Width float64
}

// barWidth and barGap place the colour bar right of the map.
const (
	barWidth = 16.0
	barGap   = 14.0
)

// check fills in defaults and reports the first thing that does not fit.
func (m *Map) check() (*Map, error) {
	c := *m
	if len(c.XS) == 0 || len(c.YS) == 0 {
		return nil, fmt.Errorf("drawing a map: XS has %d and YS %d coordinates: give at least one each", len(c.XS), len(c.YS))
	}
	if len(c.Z) != len(c.YS) {
		return nil, fmt.Errorf("drawing a map: Z has %d rows for %d coordinates in YS", len(c.Z), len(c.YS))
	}
	for i, row := range c.Z {
		if len(row) != len(c.XS) {
			return nil, fmt.Errorf("drawing a map: row %d of Z has %d values for %d coordinates in XS", i, len(row), len(c.XS))
		}
	}
	var err error
	if c.X, err = gridAxis(c.X, c.XS, "XS"); err != nil {
		return nil, err
	}
	if c.Y, err = gridAxis(c.Y, c.YS, "YS"); err != nil {
		return nil, err
	}
	if c.Low == 0 && c.High == 0 {
		c.High = 1
	}
	if !(c.Low < c.High) || math.IsInf(c.High-c.Low, 0) {
		return nil, fmt.Errorf("drawing a map: the colour scale %g…%g is empty or not finite", c.Low, c.High)
	}
	if err := c.checkLevels(); err != nil {
		return nil, fmt.Errorf("drawing a map: %w", err)
	}
	for i, r := range c.Regions {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("drawing a map: region %d: %w", i, err)
		}
	}
	for i, v := range c.Views {
		if err := v.check(2); err != nil {
			return nil, fmt.Errorf("drawing a map: view %d: %w", i, err)
		}
	}
	return &c, nil
}

// gridAxis checks that the coordinates of a grid increase and gives an axis
// without a range the one its cells cover.
func gridAxis(a Axis, grid []float64, name string) (Axis, error) {
	for i, v := range grid {
		if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && v <= grid[i-1] {
			return a, fmt.Errorf("drawing a map: %s must be finite and increase, %g at %d does not", name, v, i)
		}
	}
	if a.Min == 0 && a.Max == 0 {
		below, above := outerHalves(grid)
		a.Min, a.Max = grid[0]-below, grid[len(grid)-1]+above
	}
	a, err := a.over(nil)
	if err != nil {
		return a, fmt.Errorf("drawing a map: %w", err)
	}
	return a, nil
}

func (m *Map) layout() (*drawing, error) {
	c, err := m.check()
	if err != nil {
		return nil, err
	}
	p := c.arrange()
	return &drawing{p.width, p.height, func(s *surface) {
		p.head.draw(s, p.width)
		p.keys.draw(s, point{margin, margin + p.head.height()})
		s.picture(p.box, func(w, h int) image.Image { return c.raster(w, h) })
		c.drawContours(s, p.frame)
		p.axes(s)
		c.drawBar(s, rect{p.box.right() + barGap, p.box.y, barWidth, p.box.h}, p.barRoom)
		c.drawRegions(s, p.frame)
		c.drawBadges(s, p.frame)
		p.strip.draw(s, point{margin, p.stripTop})
	}}, nil
}

// mapPlan is where everything of a map goes: from the top, the heading, the
// legend, the map with its colour bar, the views.
type mapPlan struct {
	frame
	width, height float64
	head          heading
	keys          legend
	barRoom       float64 // right of the colour bar
	strip         strip
	stripTop      float64
}

// arrange decides where everything of a checked map goes.
func (m *Map) arrange() mapPlan {
	p := mapPlan{width: figureWidth(m.Width), head: heading{m.Title, m.Subtitle}}
	p.keys = legend{m.legend(), p.width - 2*margin}
	p.frame, p.barRoom = m.place(p.width)
	p.box.y = math.Ceil(margin + p.head.height() + gapAfter(p.keys.height(), 9))
	p.strip = newStrip(m.Views, []Axis{m.X, m.Y}, p.width-2*margin, 0, true)
	p.stripTop = math.Ceil(p.box.bottom() + belowFrame + 14)
	p.height = math.Ceil(p.box.bottom() + belowFrame + margin - 4)
	if len(m.Views) > 0 {
		p.height = math.Ceil(p.stripTop + p.strip.height() + margin)
	}
	return p
}

func gapAfter(height, gap float64) float64 {
	if height == 0 {
		return 0
	}
	return height + gap
}

// place returns the map's box, its top yet to be set, and the room right of
// the colour bar.
func (m *Map) place(width float64) (f frame, barRoom float64) {
	// A domain in one unit keeps its shape as far as it stays legible.
	shape := 0.5
	if m.X.Unit == m.Y.Unit {
		shape = min(max((m.Y.Max-m.Y.Min)/(m.X.Max-m.X.Min), 0.38), 0.75)
	}
	barRoom = tickLength + 4 + m.barNumbers() + 8 + labelSize
	if m.Label == "" {
		barRoom -= 8 + labelSize
	}
	// The numbers along y depend on the height, which depends on them; two
	// rounds settle it.
	h := 300.0
	for range 2 {
		f.box.x = math.Ceil(margin + leftOf(m.Y, h))
		f.box.w = math.Floor(width - margin - barRoom - barWidth - barGap - f.box.x)
		h = math.Round(f.box.w * shape)
	}
	f.box.h, f.x, f.y = h, m.X, m.Y
	return f, barRoom
}

func (m *Map) barTicks() ([]float64, int) {
	if m.Low == 0 && m.High == 1 {
		return []float64{0, 0.25, 0.5, 0.75, 1}, 2
	}
	return ticks(m.Low, m.High, "", 6)
}

func (m *Map) barNumbers() float64 {
	widest := 0.0
	at, decimals := m.barTicks()
	for _, v := range at {
		widest = max(widest, style{size: tickSize}.width(compact(v, decimals)))
	}
	return math.Ceil(widest)
}

// drawBar draws the colour bar in r.
func (m *Map) drawBar(s *surface, r rect, room float64) {
	s.picture(r, func(w, h int) image.Image {
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			c := m.colour(m.Low + (1-(float64(y)+0.5)/float64(h))*(m.High-m.Low))
			for x := range w {
				img.SetRGBA(x, y, c)
			}
		}
		return img
	})
	s.strokeRect(stroke{color: ink, width: 1}, r)
	at, decimals := m.barTicks()
	for _, v := range at {
		y := r.bottom() - (v-m.Low)/(m.High-m.Low)*r.h
		s.polyline(stroke{color: ink, width: 1}, point{r.right(), y}, point{r.right() + tickLength, y})
		s.middle(style{size: tickSize, color: ink}, point{r.right() + tickLength + 4, y}, compact(v, decimals))
	}
	k := style{size: labelSize, color: ink, align: centre, vertical: true}
	s.middle(k, point{r.right() + room - labelSize/2, r.y + r.h/2}, k.fit(m.Label, r.h+min(50, 2*(r.y-4))))
}

// Describe tells the grid, the range and mean of the values and every region.
func (m *Map) Describe() string {
	c, err := m.check()
	if err != nil {
		return "A semantic map that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	b.WriteString("Semantic map")
	if c.Title != "" {
		b.WriteString(" “" + c.Title + "”")
	}
	if c.Label != "" {
		b.WriteString(" of the " + c.Label)
	}
	fmt.Fprintf(&b, ": %d × %d values over %s %s and %s %s", len(c.YS), len(c.XS),
		c.X.Name, c.X.formatRange(c.X.Min, c.X.Max), c.Y.Name, c.Y.formatRange(c.Y.Min, c.Y.Max))
	b.WriteString(c.describeValues())
	for _, r := range c.Regions {
		b.WriteString("\n" + r.describe(c.X, c.Y))
	}
	for i, v := range c.Views {
		fmt.Fprintf(&b, "\nView %d: %s", i+1, v.describe([]Axis{c.X, c.Y}))
	}
	return b.String()
}

func (m *Map) describeValues() string {
	n, sum, lowest, highest := 0, 0.0, math.Inf(1), math.Inf(-1)
	var at [2]float64
	for i, row := range m.Z {
		for j, v := range row {
			if math.IsNaN(v) {
				continue
			}
			n++
			sum += v
			lowest = min(lowest, v)
			if v > highest {
				highest, at = v, [2]float64{m.XS[j], m.YS[i]}
			}
		}
	}
	if n == 0 {
		return ", none computed yet."
	}
	text := fmt.Sprintf("; mean %s, lowest %s, highest %s at (%s, %s).", number(sum/float64(n), 3), number(lowest, 3),
		number(highest, 3), m.X.format(at[0]), m.Y.format(at[1]))
	if all := len(m.XS) * len(m.YS); n < all {
		text += fmt.Sprintf(" %d of %d values computed so far.", n, all)
	}
	return text
}
