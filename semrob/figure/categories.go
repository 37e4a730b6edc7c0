package figure

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"
)

// Category is a kind of cell on a Map of categories.
type Category struct {
	// Name stands in the legend, with the share of the cells.
	Name string
	// Right marks a right answer: a green that no other category has.
	Right bool
	// Other marks what is left over: grey.
	Other bool
}

// Colours of categories: Okabe & Ito's palette, which is safe for colour-blind
// readers, without its green for wrong answers and without black.
var (
	rightColours = []color.RGBA{{0x00, 0x9e, 0x73, 255}, {0x7f, 0xcd, 0xb4, 255}, {0x00, 0x5a, 0x41, 255}, {0xbf, 0xe6, 0xda, 255}}
	wrongColours = []color.RGBA{
		{0xd5, 0x5e, 0x00, 255}, {0x56, 0xb4, 0xe9, 255}, {0xf0, 0xe4, 0x42, 255}, {0x00, 0x72, 0xb2, 255},
		{0xcc, 0x79, 0xa7, 255}, {0xe6, 0x9f, 0x00, 255},
	}
	otherColour = color.RGBA{0xa6, 0xa6, 0xa6, 255}
)

// mostCategories is the number of categories that have distinct colours.
const mostCategories = 11

// categoryColours returns the colours of the categories.
func (m *Map) categoryColours() []color.RGBA {
	colours := make([]color.RGBA, len(m.Categories))
	right, wrong := 0, 0
	for i, c := range m.Categories {
		switch {
		case c.Other:
			colours[i] = otherColour
		case c.Right:
			colours[i] = rightColours[right%len(rightColours)]
			right++
		default:
			colours[i] = wrongColours[wrong%len(wrongColours)]
			wrong++
		}
	}
	return colours
}

func (m *Map) checkCategories() error {
	n := len(m.Categories)
	if n == 0 {
		return nil
	}
	if len(m.Levels) > 0 || m.Diverging {
		return fmt.Errorf("a map of categories has neither levels nor a diverging scale")
	}
	right, wrong := 0, 0
	for _, c := range m.Categories {
		switch {
		case c.Other:
		case c.Right:
			right++
		default:
			wrong++
		}
	}
	if n > mostCategories || right > len(rightColours) || wrong > len(wrongColours) {
		return fmt.Errorf("%d right and %d wrong categories: at most %d and %d have distinct colours", right, wrong, len(rightColours), len(wrongColours))
	}
	for i, row := range m.Z {
		for j, v := range row {
			if !math.IsNaN(v) && (v != math.Trunc(v) || v < 0 || v >= float64(n)) {
				return fmt.Errorf("value %g in row %d, column %d is not the index of one of %d categories", v, i, j, n)
			}
		}
	}
	return nil
}

// shares returns the share of each category in the cells with a value.
func (m *Map) shares() []float64 {
	shares, n := make([]float64, len(m.Categories)), 0.0
	for _, row := range m.Z {
		for _, v := range row {
			if !math.IsNaN(v) {
				shares[int(v)]++
				n++
			}
		}
	}
	for i := range shares {
		shares[i] /= n
	}
	return shares
}

// shareText formats a share, as in "57 %" or "0.4 %".
func shareText(share float64) string {
	switch percent := 100 * share; {
	case math.IsNaN(percent):
		return "–"
	case percent > 0 && percent < 0.95:
		return number(percent, 1) + " %"
	default:
		return number(percent, 0) + " %"
	}
}

func (c Category) title(share float64) string {
	text := c.Name
	if c.Right {
		text += " (right)"
	}
	return text + " " + shareText(share)
}

// categoryEntries are the legend's entries of the categories, with their numbers.
func (m *Map) categoryEntries() []entry {
	if len(m.Categories) == 0 {
		return nil
	}
	var entries []entry
	shares := m.shares()
	for i, colour := range m.categoryColours() {
		entries = append(entries, entry{m.Categories[i].title(shares[i]), func(s *surface, r rect) {
			s.fillRect(colour, r)
			s.strokeRect(stroke{color: ink, width: 1}, r)
			if !m.Categories[i].Other {
				drawNumber(s, centreOf(r), i+1, 6.5)
			}
		}})
	}
	return entries
}

// drawNumber draws a number on a white disc.
func drawNumber(s *surface, c point, n int, radius float64) {
	s.disc(paper, c, radius)
	s.middle(style{size: 10.5, color: ink, bold: true, align: centre}, c, strconv.Itoa(n))
}

// drawNumbers draws the number of each category in the middle of its largest part, if
// there is room for it.
func (m *Map) drawNumbers(s *surface, f frame) {
	const radius = 7.5
	cell := min(f.box.w/float64(len(m.XS)), f.box.h/float64(len(m.YS)))
	for k, c := range m.Categories {
		if row, column, depth := m.middle(k); !c.Other && (float64(depth)-0.5)*cell > 0.8*radius {
			if p, ok := f.place([]float64{m.XS[column], m.YS[row]}); ok {
				p.x = min(max(p.x, f.box.x+radius+1), f.box.right()-radius-1)
				p.y = min(max(p.y, f.box.y+radius+1), f.box.bottom()-radius-1)
				drawNumber(s, p, k+1, radius)
			}
		}
	}
}

// around returns the number of cells of a category among the 5 × 5 around a cell.
func (m *Map) around(row, column, category int, periodic bool) (n int) {
	w := len(m.XS)
	for i := max(row-2, 0); i <= min(row+2, len(m.YS)-1); i++ {
		for j := column - 2; j <= column+2; j++ {
			if (j >= 0 && j < w || periodic) && m.Z[i][((j%w)+w)%w] == float64(category) {
				n++
			}
		}
	}
	return n
}

// middle returns the cell of a category that is farthest from cells of others, of
// several the one with most of its category around it, and its depth: the number of
// times that the category's edge can be taken away until only such cells are left.
func (m *Map) middle(category int) (row, column, depth int) {
	h, w := len(m.YS), len(m.XS)
	inside := make([]bool, h*w)
	for i, r := range m.Z {
		for j, v := range r {
			inside[i*w+j] = v == float64(category)
		}
	}
	around := reachesAround(m.X, m.XS)
	for {
		left := make([]bool, h*w)
		any, most := false, 0
		for i := range h {
			for j := range w {
				if !inside[i*w+j] {
					continue
				}
				if n := m.around(i, j, category, around); !any || n > most {
					row, column, most = i, j, n
				}
				any = true
				left[i*w+j] = i > 0 && i < h-1 && inside[(i-1)*w+j] && inside[(i+1)*w+j] &&
					(j > 0 || around) && (j < w-1 || around) && inside[i*w+(j+w-1)%w] && inside[i*w+(j+1)%w]
			}
		}
		if !any {
			return row, column, depth
		}
		inside, depth = left, depth+1
	}
}

func (m *Map) describeCategories() string {
	var parts []string
	for i, share := range m.shares() {
		parts = append(parts, m.Categories[i].title(share))
	}
	return "; " + strings.Join(parts, ", ") + "."
}

// Mark is a pattern over cells of a Map.
type Mark struct {
	// Name stands in the legend.
	Name string
	// Cells are the marked cells, [len(YS)][len(XS)].
	Cells [][]bool
}

// The patterns of the first and the second Mark: lines that rise and that fall.
func markInk(mark, x, y int) bool {
	if mark == 0 {
		return (x+y)%10 < 2
	}
	return ((x-y)%10+10)%10 < 2
}

func (m *Map) checkMarks() error {
	if len(m.Marks) > 2 {
		return fmt.Errorf("%d marks: a map has patterns for two", len(m.Marks))
	}
	for i, mark := range m.Marks {
		if len(mark.Cells) != len(m.YS) {
			return fmt.Errorf("mark %d has %d rows for %d coordinates in YS", i, len(mark.Cells), len(m.YS))
		}
		for j, row := range mark.Cells {
			if len(row) != len(m.XS) {
				return fmt.Errorf("mark %d has %d values in row %d for %d coordinates in XS", i, len(row), j, len(m.XS))
			}
		}
	}
	return nil
}

// markAt returns the index of the mark of a cell, −1 for none.
func (m *Map) markAt(row, column int) int {
	for i, mark := range m.Marks {
		if mark.Cells[row][column] {
			return i
		}
	}
	return -1
}

// markEntries are the legend's entries of the marks, with the share of the cells.
func (m *Map) markEntries() []entry {
	var entries []entry
	for i, mark := range m.Marks {
		n := 0
		for _, row := range mark.Cells {
			for _, marked := range row {
				if marked {
					n++
				}
			}
		}
		label := fmt.Sprintf("%s %s", mark.Name, shareText(float64(n)/float64(len(m.XS)*len(m.YS))))
		entries = append(entries, entry{label, func(s *surface, r rect) {
			k := stroke{color: ink, width: 1}
			s.fillRect(paper, r)
			for x := r.x - r.h; x < r.right(); x += 5 {
				from, to := point{x, r.bottom()}, point{x + r.h, r.y}
				if i == 1 {
					from, to = point{x, r.y}, point{x + r.h, r.bottom()}
				}
				s.clipped(k, r, []point{from, to})
			}
			s.strokeRect(k, r)
		}})
	}
	return entries
}

// The ends of the diverging scale, which colour-blind readers can tell apart, and its
// middle.
var (
	divergingLow  = color.RGBA{0xb3, 0x58, 0x06, 255}
	divergingMid  = color.RGBA{0xf7, 0xf7, 0xf7, 255}
	divergingHigh = color.RGBA{0x1f, 0x5a, 0xa6, 255}
)

// diverging returns the colour of t in −1…1: from brown over near white to blue.
func diverging(t float64) color.RGBA {
	t = min(max(t, -1), 1)
	to := divergingHigh
	if t < 0 {
		to, t = divergingLow, -t
	}
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + t*(float64(b)-float64(a)))) }
	return color.RGBA{mix(divergingMid.R, to.R), mix(divergingMid.G, to.G), mix(divergingMid.B, to.B), 255}
}
