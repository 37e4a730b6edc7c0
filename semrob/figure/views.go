package figure

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// Verdict reports whether the network recognises the object in a view.
type Verdict string

// The verdicts. Unjudged views have neither mark nor coloured frame.
const (
	Unjudged Verdict = ""
	Right    Verdict = "right"
	Wrong    Verdict = "wrong"
)

var verdicts = enum.Of("verdict", Unjudged, Right, Wrong)

// View is a picture of the object with a network's answer.
type View struct {
	// Image is the rendered picture.
	Image image.Image
	// At is the semantic point of the picture, one number per axis of the figure;
	// nil shows none.
	At []float64
	// Value is the value of the objective f there, 0…1 for a probability; NaN shows
	// none.
	Value float64
	// Predicted is the network's top-1 label and Probability its probability, 0…1;
	// an empty label or a zero probability is not shown.
	Predicted   string
	Probability float64
	// Verdict marks the answer as right or wrong.
	Verdict Verdict
	// Caption, if set, replaces the coordinates.
	Caption string
}

func (v View) check(axes int) error {
	if v.Image == nil || v.Image.Bounds().Empty() {
		return fmt.Errorf("it has no picture: set Image")
	}
	if v.At != nil && len(v.At) != axes {
		return fmt.Errorf("it is at a point of %d coordinates, the figure has %d axes", len(v.At), axes)
	}
	_, err := verdicts.Parse(string(v.Verdict))
	return err
}

// answer returns the network's answer, such as "lampshade 0.62".
func (v View) answer() string {
	if v.Predicted == "" || v.Probability == 0 {
		return v.Predicted
	}
	return v.Predicted + " " + number(v.Probability, 2)
}

// place returns the caption or the coordinates, such as
// "azimuth 130°, elevation 30°".
func (v View) place(axes []Axis) string {
	if v.Caption != "" || v.At == nil {
		return v.Caption
	}
	parts := make([]string, len(axes))
	for k, a := range axes {
		parts[k] = a.Name + " " + axisValue(a, v.At[k])
	}
	return strings.Join(parts, ", ")
}

func (v View) describe(axes []Axis) string {
	var parts []string
	if p := v.place(axes); p != "" {
		parts = append(parts, p)
	}
	if v.Predicted != "" {
		text := v.answer()
		if v.Verdict != Unjudged {
			text += " (" + string(v.Verdict) + ")"
		}
		parts = append(parts, text)
	}
	if !math.IsNaN(v.Value) {
		parts = append(parts, "f = "+number(v.Value, 3))
	}
	return strings.Join(parts, "; ")
}

// strip arranges views in rows of equal pictures with captions below.
type strip struct {
	views    []View
	axes     []Axis
	columns  int
	size     float64 // width and height of a picture
	gap      float64
	numbered bool
	lines    int // caption lines per view
	headings []string
}

// headingText is the style of the headings of rows.
var headingText = style{size: subtitleSize, color: ink, bold: true}

// headingRow is the height of a heading with its distance from the views.
const headingRow = subtitleSize + 8

const captionRow = captionSize + 5

// newStrip fits views into rows of width; columns 0 means as many as are legible.
func newStrip(views []View, axes []Axis, width float64, columns int, numbered bool) strip {
	const gap, least, most = 14.0, 118.0, 190.0
	st := strip{views: views, axes: axes, columns: columns, gap: gap, numbered: numbered}
	if len(views) == 0 {
		return st
	}
	if st.columns <= 0 {
		fits := max(1, int((width+gap)/(least+gap)))
		rows := (len(views) + fits - 1) / fits
		st.columns = (len(views) + rows - 1) / rows // rows of equal length
	}
	st.size = math.Floor(min(most, (width-float64(st.columns-1)*gap)/float64(st.columns)))
	for _, v := range views {
		st.lines = max(st.lines, len(st.caption(v)))
	}
	return st
}

func (st strip) rows() int {
	if len(st.views) == 0 {
		return 0
	}
	return (len(st.views) + st.columns - 1) / st.columns
}

func (st strip) rowHeight() float64 { return st.size + 6 + float64(st.lines)*captionRow }

// rowTop returns the top of the views of a row, below its heading.
func (st strip) rowTop(row int) float64 {
	return float64(row)*(st.rowHeight()+10) + float64(min(row+1, len(st.headings)))*headingRow
}

func (st strip) height() float64 {
	if st.rows() == 0 {
		return 0
	}
	return st.rowTop(st.rows()-1) + st.rowHeight()
}

// captionLine is a line below a picture.
type captionLine struct {
	text  string
	style style
	mark  Verdict // drawn before the text
}

func (st strip) caption(v View) []captionLine {
	plain := style{size: captionSize, color: ink}
	strong := style{size: captionSize, color: ink, bold: true}
	soft := style{size: captionSize, color: softInk}
	var lines []captionLine
	if v.Predicted != "" {
		room := st.size
		if c, judged := verdictInk[v.Verdict]; judged {
			strong.color = c
			room -= markWidth
		}
		// A long label is shortened so that the probability stays visible.
		probability := strings.TrimPrefix(v.answer(), v.Predicted)
		text := strong.fit(v.Predicted, room-strong.width(probability)) + probability
		lines = append(lines, captionLine{text, strong, v.Verdict})
	}
	if !math.IsNaN(v.Value) {
		lines = append(lines, captionLine{"f = " + number(v.Value, 2), plain, Unjudged})
	}
	for _, text := range soft.wrap(v.place(st.axes), st.size, 2) {
		lines = append(lines, captionLine{text, soft, Unjudged})
	}
	return lines
}

// markWidth is the width of a verdict's mark before a text.
const markWidth = 16.0

// draw draws the strip with its top-left corner at p.
func (st strip) draw(s *surface, p point) {
	for row, heading := range st.headings[:min(len(st.headings), st.rows())] {
		s.text(headingText, point{p.x, p.y + st.rowTop(row) - headingRow + subtitleSize}, heading)
	}
	for i, v := range st.views {
		x := p.x + float64(i%st.columns)*(st.size+st.gap)
		y := p.y + st.rowTop(i/st.columns)
		box := rect{x, y, st.size, st.size}
		st.drawPhoto(s, box, v)
		if st.numbered {
			drawBadge(s, point{box.x + 13, box.y + 13}, i+1)
		}
		st.drawCaption(s, point{x, box.bottom() + 6}, st.caption(v))
	}
}

func (st strip) drawPhoto(s *surface, box rect, v View) {
	b := v.Image.Bounds()
	inner := box
	if b.Dx() > b.Dy() {
		inner.h = math.Round(box.h * float64(b.Dy()) / float64(b.Dx()))
		inner.y += math.Floor((box.h - inner.h) / 2)
	} else if b.Dy() > b.Dx() {
		inner.w = math.Round(box.w * float64(b.Dx()) / float64(b.Dy()))
		inner.x += math.Floor((box.w - inner.w) / 2)
	}
	s.photo(inner, v.Image)
	switch v.Verdict {
	case Right:
		s.strokeRect(stroke{color: rightInk, width: 2}, inner)
	case Wrong:
		s.strokeRect(stroke{color: wrongInk, width: 2, dash: []float64{6, 3}}, inner)
	default:
		s.strokeRect(stroke{color: softInk, width: 1}, inner)
	}
}

func (st strip) drawCaption(s *surface, p point, lines []captionLine) {
	for i, line := range lines {
		at := point{p.x, p.y + float64(i)*captionRow + captionSize*0.85}
		if line.mark != Unjudged {
			drawMark(s, point{at.x + 5.5, at.y - captionSize*capHeight/2}, line.mark)
			at.x += markWidth
		}
		s.text(line.style, at, line.text)
	}
}

// drawMark draws a tick or a cross at c, as lines: the font has neither.
func drawMark(s *surface, c point, v Verdict) {
	switch v {
	case Right:
		s.polyline(stroke{color: rightInk, width: 2.2},
			point{c.x - 5, c.y}, point{c.x - 1.5, c.y + 4}, point{c.x + 5, c.y - 5})
	case Wrong:
		k := stroke{color: wrongInk, width: 2.2}
		s.polyline(k, point{c.x - 4, c.y - 4}, point{c.x + 4, c.y + 4})
		s.polyline(k, point{c.x - 4, c.y + 4}, point{c.x + 4, c.y - 4})
	}
}

const badgeRadius = 9.0

// drawBadge draws a numbered disc at c.
func drawBadge(s *surface, c point, n int) {
	s.disc(paper, c, badgeRadius+1.5)
	s.disc(ink, c, badgeRadius)
	s.middle(style{size: 11.5, color: paper, bold: true, align: centre}, c, strconv.Itoa(n))
}

// drawBadges marks and numbers the views' points on the map. Numbers do not hide
// marks.
func (m *Map) drawBadges(s *surface, f frame) {
	var taken []rect
	around := func(p point, r float64) rect { return rect{p.x - r, p.y - r, 2 * r, 2 * r} }
	for _, r := range m.Regions {
		if p, ok := f.place(r.Start); ok {
			taken = append(taken, around(p, 7))
		}
	}
	for _, v := range m.Views {
		if p, ok := f.place(v.At); ok {
			taken = append(taken, around(p, 4))
		}
	}
	for i, v := range m.Views {
		p, ok := f.place(v.At)
		if !ok {
			continue
		}
		badge := f.badgePlace(p, taken)
		taken = append(taken, around(badge, badgeRadius+2))
		s.polyline(stroke{color: paper, width: 4}, p, badge)
		s.polyline(stroke{color: ink, width: 1.6}, p, badge)
		s.disc(paper, p, 4.5)
		s.disc(ink, p, 3)
		drawBadge(s, badge, i+1)
	}
}

// badgePlace returns the nearest place around p that is inside the map and not
// taken; if there is none, a place above and right of p.
func (f frame) badgePlace(p point, taken []rect) point {
	const r = badgeRadius + 2
	for distance := 16.0; distance < 100; distance += 12 {
		for k := range 16 {
			angle := math.Pi/4 - float64(k)*math.Pi/8
			c := point{p.x + distance*math.Cos(angle), p.y - distance*math.Sin(angle)}
			box := rect{c.x - r, c.y - r, 2 * r, 2 * r}
			if f.box.contains(box) && !slices.ContainsFunc(taken, box.overlaps) {
				return c
			}
		}
	}
	return point{p.x + 12, p.y - 12}
}
