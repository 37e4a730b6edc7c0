package figure

import (
	"image"
	"image/color"
	"math"
	"strings"
	"unicode/utf8"

	xdraw "golang.org/x/image/draw"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// surface is a canvas measured in CSS pixels from the top-left corner, with y
// downwards, like all layout in this package.
type surface struct {
	canvas vg.Canvas
	height float64
	// pixels is the picture of a PNG; nil for SVG and PDF.
	pixels *image.RGBA
	// scale is the number of pixels per CSS pixel if pixels is set.
	scale float64
	// flip: the canvas draws images upside down, as the PDF canvas does.
	flip bool
}

// point is a place on a surface, in CSS pixels.
type point struct{ x, y float64 }

// rect is a rectangle on a surface, in CSS pixels.
type rect struct{ x, y, w, h float64 }

func (r rect) right() float64  { return r.x + r.w }
func (r rect) bottom() float64 { return r.y + r.h }

func (r rect) grow(d float64) rect { return rect{r.x - d, r.y - d, r.w + 2*d, r.h + 2*d} }

func (r rect) overlaps(o rect) bool {
	return r.x < o.right() && o.x < r.right() && r.y < o.bottom() && o.y < r.bottom()
}

func (r rect) contains(o rect) bool {
	return o.x >= r.x && o.y >= r.y && o.right() <= r.right() && o.bottom() <= r.bottom()
}

func (r rect) corners() []point {
	return []point{{r.x, r.y}, {r.right(), r.y}, {r.right(), r.bottom()}, {r.x, r.bottom()}}
}

// stroke is the style of a line; dash lengths are in CSS pixels, none means solid.
type stroke struct {
	color color.Color
	width float64
	dash  []float64
}

func (s *surface) at(p point) vg.Point {
	return vg.Point{X: length(p.x), Y: length(s.height - p.y)}
}

func (s *surface) path(points []point, closed bool) vg.Path {
	var p vg.Path
	if closed && len(points) > 1 {
		// A closed line begins in the middle of a side: canvases do not join its
		// ends, and a corner would have a notch.
		a, b := points[0], points[1]
		middle := point{(a.x + b.x) / 2, (a.y + b.y) / 2}
		p.Move(s.at(middle))
		for i := range points {
			p.Line(s.at(points[(i+1)%len(points)]))
		}
		p.Close()
		return p
	}
	for i, q := range points {
		if i == 0 {
			p.Move(s.at(q))
		} else {
			p.Line(s.at(q))
		}
	}
	return p
}

// fill fills the polygon through points.
func (s *surface) fill(c color.Color, points ...point) {
	s.canvas.SetColor(c)
	s.canvas.Fill(s.path(points, true))
}

func (s *surface) fillRect(c color.Color, r rect) { s.fill(c, r.corners()...) }

func (s *surface) polyline(k stroke, points ...point) { s.strokePath(k, s.path(points, false)) }

func (s *surface) polygon(k stroke, points ...point) { s.strokePath(k, s.path(points, true)) }

func (s *surface) strokeRect(k stroke, r rect) { s.polygon(k, r.corners()...) }

func (s *surface) strokePath(k stroke, p vg.Path) {
	dash := make([]vg.Length, len(k.dash))
	for i, d := range k.dash {
		dash[i] = length(d)
	}
	s.canvas.SetColor(k.color)
	s.canvas.SetLineWidth(length(k.width))
	s.canvas.SetLineDash(dash, 0)
	s.canvas.Stroke(p)
}

// clipped strokes the parts of the line inside box.
func (s *surface) clipped(k stroke, box rect, points []point) {
	c := draw.Canvas{Canvas: s.canvas, Rectangle: vg.Rectangle{
		Min: s.at(point{box.x, box.bottom()}), Max: s.at(point{box.right(), box.y}),
	}}
	line := make([]vg.Point, len(points))
	for i, p := range points {
		line[i] = s.at(p)
	}
	for _, piece := range c.ClipLinesXY(line) {
		if len(piece) < 2 {
			continue
		}
		var p vg.Path
		p.Move(piece[0])
		for _, q := range piece[1:] {
			p.Line(q)
		}
		s.strokePath(k, p)
	}
}

// disc fills a circle.
func (s *surface) disc(fill color.Color, centre point, r float64) {
	s.canvas.SetColor(fill)
	s.canvas.Fill(s.circlePath(centre, r))
}

// circlePath is a circle of four cubic curves: canvases agree on curves, not on
// arcs.
func (s *surface) circlePath(c point, r float64) vg.Path {
	const k = 0.5522847498307936 // 4/3·(√2 − 1): the quarter circle's handle
	var p vg.Path
	p.Move(s.at(point{c.x + r, c.y}))
	p.CubeTo(s.at(point{c.x + r, c.y + k*r}), s.at(point{c.x + k*r, c.y + r}), s.at(point{c.x, c.y + r}))
	p.CubeTo(s.at(point{c.x - k*r, c.y + r}), s.at(point{c.x - r, c.y + k*r}), s.at(point{c.x - r, c.y}))
	p.CubeTo(s.at(point{c.x - r, c.y - k*r}), s.at(point{c.x - k*r, c.y - r}), s.at(point{c.x, c.y - r}))
	p.CubeTo(s.at(point{c.x + k*r, c.y - r}), s.at(point{c.x + r, c.y - k*r}), s.at(point{c.x + r, c.y}))
	p.Close()
	return p
}

// picture draws the image that make returns in r. Its size is the number of pixels
// in r (twice the CSS pixels for SVG and PDF), so it is not resampled and cells
// keep sharp edges. r should be at whole CSS pixels.
func (s *surface) picture(r rect, make func(width, height int) image.Image) {
	if s.pixels == nil {
		w, h := max(1, int(math.Round(r.w*2))), max(1, int(math.Round(r.h*2)))
		s.canvas.DrawImage(vg.Rectangle{
			Min: s.at(point{r.x, r.bottom()}), Max: s.at(point{r.right(), r.y}),
		}, s.upright(make(w, h)))
		return
	}
	to := image.Rect(
		int(math.Round(r.x*s.scale)), int(math.Round(r.y*s.scale)),
		int(math.Round(r.right()*s.scale)), int(math.Round(r.bottom()*s.scale)))
	img := make(to.Dx(), to.Dy())
	xdraw.Draw(s.pixels, to, img, img.Bounds().Min, xdraw.Over)
}

// upright flips img if the canvas draws images upside down.
func (s *surface) upright(img image.Image) image.Image {
	if !s.flip {
		return img
	}
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		xdraw.Draw(out, image.Rect(0, y, b.Dx(), y+1), img, image.Pt(b.Min.X, b.Max.Y-1-y), xdraw.Src)
	}
	return out
}

// photo draws img in r, resampled.
func (s *surface) photo(r rect, img image.Image) {
	s.picture(r, func(w, h int) image.Image {
		out := image.NewRGBA(image.Rect(0, 0, w, h))
		xdraw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), xdraw.Src, nil)
		return out
	})
}

// finishSVG adds a title for screen readers and corrects the images' media type,
// which is wrong in the canvas's SVG.
func finishSVG(svg, description string) string {
	svg = strings.ReplaceAll(svg, "data:image/jpg;", "data:image/png;")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
	title := "<title>" + escape.Replace(xmlText(description)) + "</title>\n"
	// The opening tag ends at the first '>' after "<svg".
	start := strings.Index(svg, "<svg")
	end := start + strings.Index(svg[start:], ">")
	return svg[:start] + `<svg role="img"` + svg[start+len("<svg"):end+1] + "\n" + title + svg[end+1:]
}

// xmlText replaces the characters that XML 1.0 does not allow, such as control
// characters.
func xmlText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return utf8.RuneError
		}
		return r
	}, text)
}
