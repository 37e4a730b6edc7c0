// Package figure draws semantic maps, robust regions, one-dimensional
// profiles, optimisation traces and filmstrips of rendered views.
//
// Every kind of picture is a struct of plain data whose zero fields mean
// documented defaults: [Map], [Profile], [Trace], [Filmstrip]. A picture is
// written with [WritePNG], [WriteSVG], [WritePDF] or, by the name's extension,
// [Save]:
//
//	m := &figure.Map{
//		Title: "Teapot", Label: "probability of teapot",
//		X: figure.Azimuth(), Y: figure.Elevation(),
//		XS: azimuths, YS: elevations, Z: z,
//	}
//	err := figure.Save("map.png", m)
//
// Pictures stand on an opaque white card with dark text, so they read the same
// in a light and in a dark notebook and on paper. Text is drawn as outlines of
// the embedded Liberation Sans, so an SVG or PDF needs no font and no network.
// The colour scale is perceptually uniform and safe for colour-blind readers;
// nothing is told by colour alone.
package figure

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is a picture of this package.
type Figure interface {
	// Describe tells in one or a few lines of plain text what the picture
	// shows: the text for terminals, for screen readers and for the text/plain
	// entry of a notebook's output.
	Describe() string

	// layout checks the data and decides where everything goes.
	layout() (*drawing, error)
}

// drawing is a figure whose layout is decided: its size in CSS pixels (1/96
// inch) and what to put on the surface of that size.
type drawing struct {
	width, height float64
	draw          func(*surface)
}

// DefaultWidth is the width of a figure whose Width is zero, in CSS pixels.
const DefaultWidth = 900

// DefaultScale is the number of PNG pixels per CSS pixel where PNGOptions
// names none: sharp on a high-density screen and at 192 dpi on paper.
const DefaultScale = 2

// PNGOptions chooses between a sharp and a quick PNG. Nil and the zero value
// give the sharp one.
type PNGOptions struct {
	// Scale is the number of pixels per CSS pixel; 0 means DefaultScale.
	Scale int
	// Fast trades a larger file for quicker encoding, as live updates need.
	Fast bool
}

// Size returns the width and height of f in CSS pixels (1/96 inch), or an
// error where its data do not fit together.
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

// paint draws the card and the figure on it.
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
		return nil, fmt.Errorf("drawing a figure: the canvas holds a %T, not an RGBA picture", canvas.Image())
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

// WriteSVG writes f as a self-contained SVG picture: text as outlines,
// pictures inside, Describe as its title.
func WriteSVG(w io.Writer, f Figure) error {
	d, err := f.layout()
	if err != nil {
		return err
	}
	canvas := vgsvg.New(length(d.width), length(d.height))
	d.paint(&surface{canvas: canvas, height: d.height})
	var b strings.Builder
	if _, err := canvas.WriteTo(&b); err != nil {
		return fmt.Errorf("writing a figure as SVG: %w", err)
	}
	if _, err := io.WriteString(w, finishSVG(b.String(), f.Describe())); err != nil {
		return fmt.Errorf("writing a figure as SVG: %w", err)
	}
	return nil
}

// WritePDF writes f as a PDF page of the figure's own size.
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

// Save writes f to the file path as PNG, SVG or PDF, by the extension. The
// file appears complete or not at all.
func Save(path string, f Figure) error {
	var write func(io.Writer) error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".png":
		write = func(w io.Writer) error { return WritePNG(w, f, nil) }
	case ".svg":
		write = func(w io.Writer) error { return WriteSVG(w, f) }
	case ".pdf":
		write = func(w io.Writer) error { return WritePDF(w, f) }
	default:
		return fmt.Errorf("saving a figure to %s: the extension %q is unknown: use .png, .svg or .pdf", path, ext)
	}
	return saveAtomically(path, write)
}

func saveAtomically(path string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err != nil {
		return fmt.Errorf("saving a figure to %s: %w", path, err)
	}
	defer os.Remove(tmp.Name()) // does nothing once renamed
	err = write(tmp)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644) // CreateTemp makes it private
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("saving a figure to %s: %w", path, err)
	}
	return nil
}

// length converts CSS pixels to the canvas's points.
func length(px float64) vg.Length { return vg.Length(px * 0.75) }
