package figure

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// Bars compares the values of several series, such as networks, in groups, such
// as classes: one bar per value, with its interval.
type Bars struct {
	// Title and Subtitle stand above the plot; either may be empty. The subtitle
	// should explain the intervals.
	Title, Subtitle string
	// Label names the values, such as "SRVR", with their Unit, such as "%".
	Label, Unit string
	// Groups names the groups along x, such as classes.
	Groups []string
	Series []BarSeries
	// Low and High are the ends of the values' axis; if both are 0, it covers 0
	// and every bar and interval.
	Low, High float64
	// Width is the figure's width in CSS pixels; 0 means DefaultWidth.
	Width float64
}

// BarSeries is a series of bars, one per group.
type BarSeries struct {
	Name string
	// Values are the heights; NaN draws no bar.
	Values []float64
	// Lower and Upper are the ends of the intervals; nil or NaN draws none.
	Lower, Upper []float64
}

// barsHeight is the height of the plot, in CSS pixels.
const barsHeight = 270.0

// Head returns the fields for title, subtitle and width.
func (b *Bars) Head() (title, subtitle *string, width *float64) {
	return &b.Title, &b.Subtitle, &b.Width
}

func (b *Bars) check() (*Bars, error) { return checked("bars", b, (*Bars).fill) }

func (b *Bars) fill() error {
	if len(b.Groups) == 0 || len(b.Series) == 0 {
		return fmt.Errorf("%d groups and %d series: give at least one of each", len(b.Groups), len(b.Series))
	}
	low, high := 0.0, 0.0
	for _, s := range b.Series {
		if len(s.Values) != len(b.Groups) {
			return fmt.Errorf("series %q has %d values for %d groups", s.Name, len(s.Values), len(b.Groups))
		}
		for _, ends := range [2][]float64{s.Lower, s.Upper} {
			if ends != nil && len(ends) != len(b.Groups) {
				return fmt.Errorf("series %q has %d interval ends for %d groups", s.Name, len(ends), len(b.Groups))
			}
		}
		if (s.Lower == nil) != (s.Upper == nil) {
			return fmt.Errorf("series %q has only one end of its intervals: give both Lower and Upper", s.Name)
		}
		for _, values := range [3][]float64{s.Values, s.Lower, s.Upper} {
			for _, v := range values {
				if isFinite(v) {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	if b.Low == 0 && b.High == 0 {
		if low == high {
			high = 1
		}
		room := 0.05 * (high - low)
		if b.Low = low; low < 0 {
			b.Low -= room
		}
		if b.High = high; high > 0 {
			b.High += room
		}
	}
	return checkScale("values' axis", b.Low, b.High)
}

// barsCard is the layout of Bars.
type barsCard struct {
	card
	names [][]string // of the groups, in lines
	// turned: the names stand upright, one line each, because they are too long to
	// stand side by side.
	turned bool
}

func (b *Bars) arrange() barsCard {
	p := barsCard{card: newCard(b, b.legend())}
	p.plot(Axis{Max: float64(len(b.Groups))}, Axis{Name: b.Label, Unit: b.Unit, Min: b.Low, Max: b.High}, barsHeight, 0)
	p.height = math.Ceil(p.box.bottom() + 8 + p.nameGroups(b.Groups) + margin)
	return p
}

// nameGroups sets the names of the groups and returns their height.
func (p *barsCard) nameGroups(groups []string) (room float64) {
	wide := p.box.w/float64(len(groups)) - 4
	for _, g := range groups {
		lines := groupName.wrap(g, wide, 2)
		p.names = append(p.names, lines)
		room = max(room, float64(len(lines))*groupRow)
		p.turned = p.turned || strings.Join(lines, " ") != strings.Join(strings.Fields(g), " ")
	}
	if !p.turned {
		return room
	}
	room, p.names = 0, nil
	for _, g := range groups {
		name := turnedName.fit(g, longestName)
		p.names = append(p.names, []string{name})
		room = max(room, turnedName.width(name))
	}
	return room
}

var groupName = style{size: tickSize, color: ink, align: centre}

var turnedName = style{size: tickSize, color: ink, align: right, vertical: true}

const (
	groupRow    = tickSize + 4
	longestName = 180.0 // if it stands upright
)

func (b *Bars) layout() (*drawing, error) {
	c, err := b.check()
	if err != nil {
		return nil, err
	}
	p := c.arrange()
	return &drawing{p.width, p.height, func(s *surface) {
		p.drawTop(s)
		p.gridY(s)
		c.drawBars(s, p.frame)
		p.axesY(s)
		for i, lines := range p.names {
			if p.turned {
				s.middle(turnedName, point{p.toX(float64(i) + 0.5), p.box.bottom() + 8}, lines[0])
				continue
			}
			for k, line := range lines {
				s.text(groupName, point{p.toX(float64(i) + 0.5), p.box.bottom() + 8 + float64(k)*groupRow + tickSize*capHeight}, line)
			}
		}
	}}, nil
}

func (b *Bars) legend() []entry {
	var entries []entry
	for i, series := range b.Series {
		if series.Name == "" {
			continue
		}
		entries = append(entries, entry{series.Name, func(s *surface, r rect) { fillBar(s, r, i) }})
	}
	return entries
}

// fillBar fills r like the bars of series i. The tints differ in grey too; the
// outlines are as dark as lines.
func fillBar(s *surface, r rect, i int) {
	k := look(i)
	s.fillRect(tint(k.color, barStrengths[i%len(barStrengths)]), r)
	s.strokeRect(stroke{color: k.color, width: 1.2, dash: k.dash}, r)
}

var barStrengths = []float64{0.75, 0.3, 0.55, 0.15}

// slot returns the ends along x, in groups, of the bar of series i in group g.
func (b *Bars) slot(g, i int) (from, to float64) {
	const gap = 0.2 // between groups
	w := (1 - gap) / float64(len(b.Series))
	from = float64(g) + gap/2 + float64(i)*w
	return from, from + w
}

func (b *Bars) drawBars(s *surface, f frame) {
	clamp := func(v float64) float64 { return f.toY(min(max(v, b.Low), b.High)) }
	base := clamp(0)
	for i, series := range b.Series {
		for g, v := range series.Values {
			if math.IsNaN(v) {
				continue
			}
			from, to := b.slot(g, i)
			x, y := f.toX(from)+1, clamp(v)
			fillBar(s, rect{x, min(y, base), f.toX(to) - 1 - x, math.Abs(base - y)}, i)
			if lower, upper, ok := series.interval(g); ok {
				drawInterval(s, (f.toX(from)+f.toX(to))/2, clamp(lower), clamp(upper))
			}
		}
	}
	s.polyline(stroke{color: ink, width: 1}, point{f.box.x, base}, point{f.box.right(), base})
}

func (s BarSeries) interval(g int) (lower, upper float64, ok bool) {
	if s.Lower == nil {
		return 0, 0, false
	}
	lower, upper = s.Lower[g], s.Upper[g]
	return lower, upper, !math.IsNaN(lower + upper)
}

// drawInterval draws a whisker with a halo, visible on any bar.
func drawInterval(s *surface, x, low, high float64) {
	for _, k := range [2]stroke{{color: paper, width: 4.5}, {color: ink, width: 1.6}} {
		s.polyline(k, point{x, low}, point{x, high})
		for _, y := range [2]float64{low, high} {
			s.polyline(k, point{x - 4, y}, point{x + 4, y})
		}
	}
}

// Describe lists every value with its interval.
func (b *Bars) Describe() string {
	c, err := b.check()
	if err != nil {
		return "Bars that cannot be drawn: " + err.Error()
	}
	var t strings.Builder
	t.WriteString(titled("Bars", c.Title))
	if c.Label != "" {
		t.WriteString(" of " + axisTitle(Axis{Name: c.Label, Unit: c.Unit}))
	}
	t.WriteString(".")
	for _, s := range c.Series {
		t.WriteString("\n" + cmp.Or(s.Name, "Bars") + ":")
		for g, v := range s.Values {
			if g > 0 {
				t.WriteString(",")
			}
			text := "–"
			if !math.IsNaN(v) {
				text = significant(v)
			}
			t.WriteString(" " + c.Groups[g] + " " + text)
			if lower, upper, ok := s.interval(g); ok {
				t.WriteString(" (" + significant(lower) + "…" + significant(upper) + ")")
			}
		}
		t.WriteString(".")
	}
	return t.String()
}

// significant formats v with four significant digits and a true minus sign.
func significant(v float64) string {
	return strings.ReplaceAll(fmt.Sprintf("%.4g", v), "-", "−")
}
