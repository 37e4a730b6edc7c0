package figure

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
)

// typeface holds the outlines of a font, in font units.
//
// Text is drawn as filled outlines on every canvas: an SVG needs no font on the
// reader's machine, and a PDF is not limited to one code page, which has neither a
// minus sign nor Greek letters.
type typeface struct {
	font       *sfnt.Font
	unitsPerEm float64

	mu     sync.Mutex // guards buffer and glyphs
	buffer sfnt.Buffer
	glyphs map[rune]glyph
}

type glyph struct {
	segments []sfnt.Segment
	advance  float64 // font units
	index    sfnt.GlyphIndex
}

var (
	regular = sync.OnceValue(func() *typeface { return parse(liberationsansregular.TTF) })
	bold    = sync.OnceValue(func() *typeface { return parse(liberationsansbold.TTF) })
)

func parse(ttf []byte) *typeface {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic(fmt.Sprintf("figure: the embedded font is damaged: %v", err)) // impossible in a valid build
	}
	return &typeface{font: f, unitsPerEm: float64(f.UnitsPerEm()), glyphs: map[rune]glyph{}}
}

// glyph returns the outline of r or, if the font lacks it, of an empty box.
func (t *typeface) glyph(r rune) glyph {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g, ok := t.glyphs[r]; ok {
		return g
	}
	// At a size of one font unit per raw 26.6 unit, coordinates are font units.
	size := fixed.Int26_6(t.font.UnitsPerEm())
	index, err := t.font.GlyphIndex(&t.buffer, r)
	if err != nil {
		index = 0
	}
	g := glyph{index: index}
	if segments, err := t.font.LoadGlyph(&t.buffer, index, size, nil); err == nil {
		g.segments = append(g.segments, segments...) // the buffer is reused
	}
	if advance, err := t.font.GlyphAdvance(&t.buffer, index, size, font.HintingNone); err == nil {
		g.advance = float64(advance)
	}
	t.glyphs[r] = g
	return g
}

func (t *typeface) kern(a, b sfnt.GlyphIndex) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, err := t.font.Kern(&t.buffer, a, b, fixed.Int26_6(t.font.UnitsPerEm()), font.HintingNone)
	if err != nil {
		return 0
	}
	return float64(k)
}

// each calls visit for every glyph of text with its pen position in em, and returns
// the width of the text in em.
func (t *typeface) each(text string, visit func(g glyph, x float64)) float64 {
	x, last := 0.0, sfnt.GlyphIndex(0)
	for i, r := range text {
		g := t.glyph(r)
		if i > 0 {
			x += t.kern(last, g.index)
		}
		if visit != nil {
			visit(g, x/t.unitsPerEm)
		}
		x += g.advance
		last = g.index
	}
	return x / t.unitsPerEm
}

type align int

const (
	left align = iota
	centre
	right
)

// style is the style of text: size in CSS pixels; vertical text reads upwards.
type style struct {
	size     float64
	color    color.Color
	bold     bool
	align    align
	vertical bool
}

func (k style) face() *typeface {
	if k.bold {
		return bold()
	}
	return regular()
}

func (k style) width(text string) float64 { return k.face().each(text, nil) * k.size }

// capHeight is the height of Liberation Sans's capitals and digits in em.
const capHeight = 0.716

// text draws text with its baseline at p: the left end, the middle or the right end
// of the baseline, by k.align.
func (s *surface) text(k style, p point, text string) {
	shift := 0.0
	if k.align != left {
		shift = -k.width(text)
		if k.align == centre {
			shift /= 2
		}
	}
	t := k.face()
	var path vg.Path
	t.each(text, func(g glyph, pen float64) {
		place := func(q fixed.Point26_6) vg.Point {
			along := shift + pen*k.size + float64(q.X)/t.unitsPerEm*k.size
			down := float64(q.Y) / t.unitsPerEm * k.size
			if k.vertical {
				return s.at(point{p.x + down, p.y - along})
			}
			return s.at(point{p.x + along, p.y + down})
		}
		open := false
		for _, seg := range g.segments {
			switch seg.Op {
			case sfnt.SegmentOpMoveTo:
				if open {
					path.Close()
				}
				path.Move(place(seg.Args[0]))
				open = true
			case sfnt.SegmentOpLineTo:
				path.Line(place(seg.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(place(seg.Args[0]), place(seg.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(place(seg.Args[0]), place(seg.Args[1]), place(seg.Args[2]))
			}
		}
		if open {
			path.Close()
		}
	})
	if len(path) == 0 {
		return
	}
	s.canvas.SetColor(k.color)
	s.canvas.Fill(path)
}

// middle is text with p at half the height of capitals instead of the baseline.
func (s *surface) middle(k style, p point, text string) {
	if k.vertical {
		p.x += k.size * capHeight / 2
	} else {
		p.y += k.size * capHeight / 2
	}
	s.text(k, p, text)
}

// fit shortens text with an ellipsis to at most width.
func (k style) fit(text string, width float64) string {
	if k.width(text) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		short := strings.TrimRight(string(runes[:n]), " ,") + "…"
		if k.width(short) <= width {
			return short
		}
	}
	return "…"
}

// wrap breaks text at spaces into at most lines lines of at most width; the last is
// shortened if necessary.
func (k style) wrap(text string, width float64, lines int) []string {
	var out []string
	line := ""
	words := strings.Fields(text)
	for i, word := range words {
		longer := strings.TrimSpace(line + " " + word)
		if line == "" || k.width(longer) <= width {
			line = longer
			continue
		}
		if len(out) == lines-1 {
			line += " " + strings.Join(words[i:], " ")
			break
		}
		out, line = append(out, k.fit(line, width)), word
	}
	if line != "" {
		out = append(out, k.fit(line, width))
	}
	return out
}

// number formats v with the given number of decimals and a true minus sign.
func number(v float64, decimals int) string {
	if math.Abs(v) < 0.5*math.Pow(10, -float64(decimals)) {
		v = 0 // no "−0"
	}
	return strings.ReplaceAll(fmt.Sprintf("%.*f", decimals, v), "-", "−")
}

// compact formats v with at most decimals decimals and no trailing zeros.
func compact(v float64, decimals int) string {
	s := number(v, decimals)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
