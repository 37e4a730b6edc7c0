// Package figure draws semantic maps, robust regions, one-dimensional profiles,
// optimisation traces, comparisons and filmstrips of rendered views.
//
// Each kind of figure is a struct of plain data with documented defaults for
// zero fields: [Map], [Profile], [Trace], [Bars], [Scatter], [Filmstrip]. Write a
// figure with [WritePNG], [WriteSVG], [WritePDF] or, by file extension, [Save]:
//
//	m := &figure.Map{
//		Title: "Teapot", Label: "probability of teapot",
//		X: figure.Azimuth(), Y: figure.Elevation(),
//		XS: azimuths, YS: elevations, Z: z,
//	}
//	err := figure.Save("map.png", m)
//
// Figures have an opaque white background and dark text, so they look the same in
// light and dark notebooks and on paper. Text is drawn as outlines of the
// embedded Liberation Sans, so an SVG or PDF needs neither fonts nor a network
// connection. The colour scale is perceptually uniform and safe for colour-blind
// readers; no information depends on colour alone.
package figure

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/enum"
)

// Figure is one of the kinds of figures of this package.
type Figure interface {
	// Describe summarises the figure in a few lines of plain text, for terminals,
	// screen readers and the text/plain output of notebooks.
	Describe() string

	// Head returns the figure's fields for title, subtitle and width, to be read
	// or set for any kind of figure.
	Head() (title, subtitle *string, width *float64)

	// layout checks the data and arranges the figure.
	layout() (*drawing, error)

	// vega returns the Vega-Lite specification, nil if there is none.
	vega() object
}

// drawing is an arranged figure: its size in CSS pixels (1/96 inch) and a function
// that draws it on a surface of that size.
type drawing struct {
	width, height float64
	draw          func(*surface)
}

// DefaultWidth is the width in CSS pixels of a figure whose Width is zero.
const DefaultWidth = 900

// DefaultScale is the number of PNG pixels per CSS pixel if PNGOptions sets none:
// sharp on high-density screens, and 192 dpi on paper.
const DefaultScale = 2

// PNGOptions chooses between a sharp and a quick PNG. Nil and the zero value give
// a sharp one.
type PNGOptions struct {
	// Scale is the number of pixels per CSS pixel; 0 means DefaultScale.
	Scale int
	// Fast speeds up encoding at the cost of a larger file, for live updates.
	Fast bool
}

// Size returns the width and height of f in CSS pixels (1/96 inch). It fails if the
// data of f are inconsistent.
func Size(f Figure) (width, height int, err error) {
	d, err := f.layout()
	if err != nil {
		return 0, 0, err
	}
	return int(d.width), int(d.height), nil
}

// Render draws f with scale pixels per CSS pixel; 0 means DefaultScale.
func Render(f Figure, scale int) (*image.RGBA, error) {
	d, err := f.layout()
	if err != nil {
		return nil, err
	}
	return d.render(scale)
}

// paint draws the background and the figure on it.
func (d *drawing) paint(s *surface) {
	s.fillRect(paper, rect{0, 0, d.width, d.height})
	d.draw(s)
}

func (d *drawing) render(scale int) (*image.RGBA, error) {
	if scale == 0 {
		scale = DefaultScale
	}
	if scale < 1 || scale > 16 {
		return nil, fmt.Errorf("drawing a figure: a scale of %d is outside 1…16", scale)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(length(d.width), length(d.height)), vgimg.UseDPI(96*scale))
	img, ok := canvas.Image().(*image.RGBA)
	if !ok {
		return nil, fmt.Errorf("drawing a figure: the canvas is a %T, not an RGBA picture", canvas.Image())
	}
	d.paint(&surface{canvas: canvas, height: d.height, pixels: img, scale: float64(scale)})
	return img, nil
}

// WritePNG writes f as a PNG picture; o may be nil.
func WritePNG(w io.Writer, f Figure, o *PNGOptions) error {
	if o == nil {
		o = &PNGOptions{}
	}
	img, err := Render(f, o.Scale)
	if err != nil {
		return err
	}
	enc := png.Encoder{}
	if o.Fast {
		enc.CompressionLevel = png.BestSpeed
	}
	if err := enc.Encode(w, img); err != nil {
		return fmt.Errorf("writing a figure as PNG: %w", err)
	}
	return nil
}

// WriteSVG writes f as a self-contained SVG picture: text as outlines, embedded
// images, and the description as title.
func WriteSVG(w io.Writer, f Figure) error {
	d, err := f.layout()
	if err != nil {
		return err
	}
	canvas := vgsvg.New(length(d.width), length(d.height))
	d.paint(&surface{canvas: canvas, height: d.height})
	var b strings.Builder
	if _, err = canvas.WriteTo(&b); err == nil {
		_, err = io.WriteString(w, finishSVG(b.String(), f.Describe()))
	}
	if err != nil {
		return fmt.Errorf("writing a figure as SVG: %w", err)
	}
	return nil
}

// WritePDF writes f as a PDF page of the figure's size.
func WritePDF(w io.Writer, f Figure) error {
	d, err := f.layout()
	if err != nil {
		return err
	}
	canvas := vgpdf.New(length(d.width), length(d.height))
	d.paint(&surface{canvas: canvas, height: d.height, flip: true})
	if _, err := canvas.WriteTo(w); err != nil {
		return fmt.Errorf("writing a figure as PDF: %w", err)
	}
	return nil
}

// Endings are the file extensions of figures.
var Endings = []string{".png", ".svg", ".pdf"}

// Save writes f to a file as PNG, SVG or PDF, by its extension. The file is
// written completely or not at all.
func Save(path string, f Figure) error {
	return saveAs(path, "a figure", Endings, func(w io.Writer, ending string) error {
		switch ending {
		case ".svg":
			return WriteSVG(w, f)
		case ".pdf":
			return WritePDF(w, f)
		}
		return WritePNG(w, f, nil)
	})
}

// saveAs writes a file with a function of its extension.
func saveAs(path, what string, endings []string, write func(w io.Writer, ending string) error) error {
	ending := strings.ToLower(filepath.Ext(path))
	if !slices.Contains(endings, ending) {
		return fmt.Errorf("saving %s to %s: %w", what, path, &enum.UnknownError{What: "file extension", Name: ending, Known: endings})
	}
	return atomicfile.Write(path, func(w io.Writer) error { return write(w, ending) })
}

// length converts CSS pixels to the canvas's points.
func length(px float64) vg.Length { return vg.Length(px * 0.75) }

// checked returns a copy of f with defaults filled in; what names f in errors.
func checked[F any](what string, f *F, fill func(*F) error) (*F, error) {
	c := *f
	if err := fill(&c); err != nil {
		return nil, fmt.Errorf("drawing %s: %w", what, err)
	}
	return &c, nil
}

// checkScale reports a scale or axis of values that is empty or not finite.
func checkScale(what string, low, high float64) error {
	if !isRange(low, high) {
		return fmt.Errorf("the %s %g…%g is empty or not finite", what, low, high)
	}
	return nil
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// titled begins a description, such as "Profile “Teapot”".
func titled(kind, title string) string {
	if title == "" {
		return kind
	}
	return kind + " “" + title + "”"
}
