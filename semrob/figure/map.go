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
	// Title and Subtitle stand above the map; either may be empty.
	Title, Subtitle string
	// X is the axis of the columns of Z, Y the axis of the rows.
	X, Y Axis
	// XS and YS are the increasing coordinates of columns and rows; steps may be
	// uneven.
	XS, YS []float64
	// Z holds the values, [len(YS)][len(XS)]: Z[row][column]. NaN is a cell that is
	// not yet computed, hatched in grey. The colour at a point is that of the
	// nearest grid point, also across the end of a periodic axis.
	Z [][]float64
	// Label names the values along the colour bar, such as "probability of
	// teapot".
	Label string
	// Low and High are the ends of the colour scale; if both are 0, it is 0…1.
	Low, High float64
	// Diverging replaces the colour scale by one from brown over white to blue, for
	// differences; Low and High are then usually −1 and 1.
	Diverging bool
	// Categories, if any, make a map of categories: Z has their indices, a legend
	// replaces the colour bar, and numbers stand in the middle of large parts.
	Categories []Category
	// Marks are patterns over cells, at most two: lines that rise, and lines that fall.
	Marks []Mark
	// Detail, if not nil, is shown under the pointer in Vega-Lite instead of a cell's
	// value, [len(YS)][len(XS)]; DetailNames name its text and its value.
	Detail      [][]Detail
	DetailNames [2]string
	// Levels, if any, make a contour map: values are interpolated between grid
	// points, each band between two levels has one colour, and each level has a
	// line. Levels increase, between Low and High.
	Levels []float64
	// Regions are drawn over the map and explained in a legend.
	Regions []Region
	// Views are numbered on the map and shown below it.
	Views []View
	// Width is the figure's width in CSS pixels; 0 means DefaultWidth.
	Width float64
}

// Width of the colour bar and its distance from the map, in CSS pixels.
const (
	barWidth = 16.0
	barGap   = 14.0
)

// Head returns the fields for title, subtitle and width.
func (m *Map) Head() (title, subtitle *string, width *float64) {
	return &m.Title, &m.Subtitle, &m.Width
}

// check returns a copy with defaults filled in, or the first inconsistency.
func (m *Map) check() (*Map, error) { return checked("a map", m, (*Map).fill) }

func (m *Map) fill() error {
	if len(m.XS) == 0 || len(m.YS) == 0 {
		return fmt.Errorf("the grid XS has %d and YS %d coordinates: give at least one of each", len(m.XS), len(m.YS))
	}
	if len(m.Z) != len(m.YS) {
		return fmt.Errorf("the values Z have %d rows for %d coordinates in YS", len(m.Z), len(m.YS))
	}
	for i, row := range m.Z {
		if len(row) != len(m.XS) {
			return fmt.Errorf("row %d of Z has %d values for %d coordinates in XS", i, len(row), len(m.XS))
		}
	}
	var err error
	if m.X, err = gridAxis(m.X, m.XS, "XS"); err != nil {
		return err
	}
	if m.Y, err = gridAxis(m.Y, m.YS, "YS"); err != nil {
		return err
	}
	if m.Low == 0 && m.High == 0 {
		m.High = float64(max(1, len(m.Categories)))
	}
	if err := checkScale("colour scale", m.Low, m.High); err != nil {
		return err
	}
	if err := m.checkLevels(); err != nil {
		return fmt.Errorf("%w", err)
	}
	if err := m.checkCategories(); err != nil {
		return err
	}
	if err := m.checkMarks(); err != nil {
		return err
	}
	for i, r := range m.Regions {
		if err := r.check(); err != nil {
			return fmt.Errorf("region %d: %w", i, err)
		}
	}
	for i, v := range m.Views {
		if err := v.check(2); err != nil {
			return fmt.Errorf("view %d: %w", i, err)
		}
	}
	return nil
}

// gridAxis checks that the coordinates of a grid increase. It gives an axis without
// a range the range of the grid's cells.
func gridAxis(a Axis, grid []float64, name string) (Axis, error) {
	for i, v := range grid {
		if !isFinite(v) || i > 0 && v <= grid[i-1] {
			return a, fmt.Errorf("%s must be finite and increase: its value %g at index %d does not", name, v, i)
		}
	}
	if a.Min == 0 && a.Max == 0 {
		below, above := outerHalves(grid)
		a.Min, a.Max = grid[0]-below, grid[len(grid)-1]+above
	}
	return withRange(a, nil)
}

func (m *Map) layout() (*drawing, error) {
	c, err := m.check()
	if err != nil {
		return nil, err
	}
	p := c.arrange()
	return &drawing{p.width, p.height, func(s *surface) {
		p.drawTop(s)
		s.picture(p.box, func(w, h int) image.Image { return c.raster(w, h) })
		c.drawContours(s, p.frame)
		p.axes(s)
		if len(c.Categories) == 0 {
			c.drawBar(s, rect{p.box.right() + barGap, p.box.y, barWidth, p.box.h}, p.barRoom)
		}
		c.drawNumbers(s, p.frame)
		c.drawRegions(s, p.frame)
		c.drawBadges(s, p.frame)
		p.strip.draw(s, point{margin, p.stripTop})
	}}, nil
}

// mapCard is the layout of a map; the views are at the bottom.
type mapCard struct {
	card
	barRoom  float64 // right of the colour bar
	strip    strip
	stripTop float64
}

// arrange lays out a checked map.
func (m *Map) arrange() mapCard {
	p := mapCard{card: newCard(m, m.legend())}
	p.frame, p.barRoom = m.place(p.width)
	p.box.y = p.top()
	p.strip = newStrip(m.Views, []Axis{m.X, m.Y}, p.width-2*margin, 0, true)
	p.stripTop = math.Ceil(p.box.bottom() + belowFrame + 14)
	p.height = math.Ceil(p.box.bottom() + belowFrame + margin - 4)
	if len(m.Views) > 0 {
		p.height = math.Ceil(p.stripTop + p.strip.height() + margin)
	}
	return p
}

// place returns the map's frame, without its top, and the room right of the colour
// bar.
func (m *Map) place(width float64) (f frame, barRoom float64) {
	// A domain with a single unit keeps its shape within legible limits.
	shape := 0.5
	if m.X.Unit == m.Y.Unit {
		shape = min(max(m.Y.Width()/m.X.Width(), 0.38), 0.75)
	}
	barRoom = tickLength + 4 + m.barNumbers() + 8 + labelSize
	if m.Label == "" {
		barRoom -= 8 + labelSize
	}
	bar := barRoom + barWidth + barGap
	if len(m.Categories) > 0 { // half of the last number along x instead of a bar
		bar = math.Ceil(style{size: tickSize}.width("000") / 2)
	}
	// The numbers along y depend on the height, which depends on them: two rounds
	// suffice.
	h := 300.0
	for range 2 {
		f.box.x = math.Ceil(margin + leftOf(m.Y, h))
		f.box.w = math.Floor(width - margin - bar - f.box.x)
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

// Describe summarises the grid, the values, the regions and the views.
func (m *Map) Describe() string {
	c, err := m.check()
	if err != nil {
		return "A semantic map that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	b.WriteString(titled("Semantic map", c.Title))
	if c.Label != "" {
		b.WriteString(" of the " + c.Label)
	}
	fmt.Fprintf(&b, ": %d × %d values over %s %s and %s %s", len(c.YS), len(c.XS),
		c.X.Name, axisRange(c.X, c.X.Min, c.X.Max), c.Y.Name, axisRange(c.Y, c.Y.Min, c.Y.Max))
	if len(c.Categories) > 0 {
		b.WriteString(c.describeCategories())
	} else {
		b.WriteString(c.describeValues())
	}
	for _, e := range c.markEntries() {
		b.WriteString("\nMarked: " + e.label + ".")
	}
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
		number(highest, 3), axisValue(m.X, at[0]), axisValue(m.Y, at[1]))
	if all := len(m.XS) * len(m.YS); n < all {
		text += fmt.Sprintf(" %d of %d values computed so far.", n, all)
	}
	return text
}
