package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// The scale's ends and middle as published, and a lightness (CIE L*) that
// increases evenly.
func TestViridis(t *testing.T) {
	for v, want := range map[float64]color.RGBA{
		0: {68, 1, 84, 255}, 1: {253, 231, 37, 255}, 128.0 / 255: {33, 145, 140, 255},
		-3: {68, 1, 84, 255}, 7: {253, 231, 37, 255},
	} {
		if got := Viridis(v); got != want {
			t.Errorf("Viridis(%g) = %v, want %v", v, got, want)
		}
	}
	lightness := func(c color.RGBA) float64 {
		linear := func(v uint8) float64 {
			s := float64(v) / 255
			if s <= 0.04045 {
				return s / 12.92
			}
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return 116*math.Cbrt(0.2126*linear(c.R)+0.7152*linear(c.G)+0.0722*linear(c.B)) - 16
	}
	lo, hi := lightness(Viridis(0)), lightness(Viridis(1))
	for i := range 256 {
		v := float64(i) / 255
		if got, want := lightness(Viridis(v)), lo+v*(hi-lo); math.Abs(got-want) > 2.5 {
			t.Errorf("the lightness at %.3f is %.1f, an even scale has %.1f", v, got, want)
		}
	}
}

// Nothing may touch the edge of the card, at any width: a cut label would.
func TestNothingIsCutOff(t *testing.T) {
	for name, f := range gallery() {
		for _, width := range []float64{0, 320, 1400} {
			_, _, asked := f.Head()
			*asked = width
			img, err := Render(f, 1)
			if err != nil {
				t.Fatal(err)
			}
			b := img.Bounds()
			const edge = 4
			for y := range b.Dy() {
				for x := 0; x < b.Dx(); x++ {
					if y >= edge && y < b.Dy()-edge && x == edge {
						x = b.Dx() - edge // over the inside
					}
					if c := img.RGBAAt(x, y); c != paper {
						t.Fatalf("%s at width %g: the pixel (%d, %d) of %v at the edge is %v", name, width, x, y, b.Max, c)
					}
				}
			}
		}
	}
}

func TestPNGSize(t *testing.T) {
	f := gallery()["profile"]
	w, h, err := Size(f)
	if err != nil {
		t.Fatal(err)
	}
	if w != DefaultWidth {
		t.Errorf("a figure without a width is %d wide, want %d", w, DefaultWidth)
	}
	for scale, o := range map[int]*PNGOptions{1: {Scale: 1}, 2: nil, 3: {Scale: 3, Fast: true}} {
		var b bytes.Buffer
		if err := WritePNG(&b, f, o); err != nil {
			t.Fatal(err)
		}
		c, err := png.DecodeConfig(&b)
		if err != nil {
			t.Fatal(err)
		}
		if c.Width != scale*w || c.Height != scale*h {
			t.Errorf("%d × %d pixels at scale %d, want %d × %d", c.Width, c.Height, scale, scale*w, scale*h)
		}
	}
	if err := WritePNG(io.Discard, f, &PNGOptions{Scale: 17}); err == nil {
		t.Error("a scale of 17 is accepted")
	}
}

// An SVG must be well-formed and need nothing from outside: no text element
// (which would need a font), no reference but pictures inside, no style.
func TestSVGIsSelfContained(t *testing.T) {
	for name, f := range gallery() {
		var b bytes.Buffer
		if err := WriteSVG(&b, f); err != nil {
			t.Fatal(err)
		}
		title, pictures := "", 0
		for d := xml.NewDecoder(&b); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: the SVG is not well-formed: %v", name, err)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			switch start.Name.Local {
			case "text", "style", "script", "foreignObject":
				t.Errorf("%s: the SVG has a <%s>", name, start.Name.Local)
			case "title":
				if err := d.DecodeElement(&title, &start); err != nil {
					t.Fatal(err)
				}
			case "image":
				pictures++
			}
			for _, a := range start.Attr {
				if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "data:image/png;base64,iVBORw0KGgo") {
					t.Errorf("%s: the SVG refers to %.60q", name, a.Value)
				}
			}
		}
		if title != f.Describe() {
			t.Errorf("%s: the SVG's title is %q, want the description", name, title)
		}
		if name == "map" && pictures != 2+7 { // the cells, the bar, seven views
			t.Errorf("the map's SVG has %d pictures, want 9", pictures)
		}
	}
}

// Titles come from file names, which may contain anything.
func TestSVGOfControlCharactersIsXML(t *testing.T) {
	f := profile(0.5)
	f.Title = "a\x00b\x1b[31m\x7f\uFFFE\xff<&>\"' ü"
	var b bytes.Buffer
	if err := WriteSVG(&b, f); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(&b); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("the SVG is not XML: %v", err)
		}
	}
}

// Titles, subtitles and widths of every kind can be set without knowing the kind.
func TestHead(t *testing.T) {
	figures := gallery()
	figures["bars"], figures["scatter"] = sampleBars(), sampleScatter()
	for name, f := range figures {
		t.Run(name, func(t *testing.T) {
			title, subtitle, width := f.Head()
			*title, *subtitle, *width = "A title", "A subtitle", 444
			if w, _, err := Size(f); err != nil || w != 444 {
				t.Errorf("the width is %d (%v), want 444", w, err)
			}
			if !strings.Contains(f.Describe(), "A title") {
				t.Errorf("the title is not in %q", f.Describe())
			}
			if text := VegaLite(f); text != "" && !strings.Contains(text, "A subtitle") {
				t.Errorf("the subtitle is not in %.200s", text)
			}
		})
	}
}

func TestTooManyAxes(t *testing.T) {
	axes := make([]semmap.Samples, 3)
	for i := range axes {
		axes[i] = semmap.Samples{Axis: Axis{Name: string(rune('a' + i)), Max: 1}, Values: []float64{0, 0.5}}
	}
	m, err := semmap.New(axes...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Of(m); !errors.Is(err, ErrAxes) {
		t.Errorf("a map with three axes gives %v", err)
	}
	if m, err = semmap.New(axes[0]); err != nil {
		t.Fatal(err)
	}
	r := &region.Result{Runs: []region.Run{{Start: []float64{0, 0}, Bounds: region.Bounds{A: []float64{0, 0}, B: []float64{1, 1}}}}}
	if _, err := Of(m, r); !errors.Is(err, ErrAxes) {
		t.Errorf("a region with two axes on a profile gives %v", err)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := gallery()["profile"]
	for ext, magic := range map[string]string{".png": "\x89PNG", ".SVG": "<?xml", ".pdf": "%PDF-"} {
		t.Run(ext, func(t *testing.T) {
			path := filepath.Join(dir, "figure"+ext)
			for range 2 { // over an older file too
				if err := Save(path, f); err != nil {
					t.Fatal(err)
				}
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(data, []byte(magic)) {
				t.Errorf("%s begins with %.10q, want %q", ext, data, magic)
			}
		})
	}
	var unknown *enum.UnknownError
	if err := Save(filepath.Join(dir, "figure.bmp"), f); !errors.As(err, &unknown) || unknown.Name != ".bmp" {
		t.Errorf("saving as .bmp gives %v", err)
	}
	if err := Save(filepath.Join(dir, "missing", "figure.png"), f); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("saving to a missing folder gives %v", err)
	}
	if err := Save(filepath.Join(dir, "bad.png"), &Profile{}); err == nil {
		t.Error("a figure without data was saved")
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Errorf("the folder contains %v, want three figures and nothing left over", files)
	}
}

// Widths must be the sum of the font's advances and kerning, read here at
// another size than the code reads them.
func TestTextWidth(t *testing.T) {
	for _, c := range []struct {
		ttf  []byte
		bold bool
	}{{liberationsansregular.TTF, false}, {liberationsansbold.TTF, true}} {
		f, err := sfnt.Parse(c.ttf)
		if err != nil {
			t.Fatal(err)
		}
		var buffer sfnt.Buffer
		const size = 500
		for _, text := range []string{"AVATAR Toilet", "azimuth (°)", "−10…90 × λα", ""} {
			want, last := 0.0, sfnt.GlyphIndex(0)
			for i, r := range text {
				g, err := f.GlyphIndex(&buffer, r)
				if err != nil || g == 0 {
					t.Fatalf("the font has no %q: %v", r, err)
				}
				if k, err := f.Kern(&buffer, last, g, fixed.I(size), font.HintingNone); i > 0 && err == nil {
					want += float64(k) / 64
				}
				a, err := f.GlyphAdvance(&buffer, g, fixed.I(size), font.HintingNone)
				if err != nil {
					t.Fatal(err)
				}
				want += float64(a) / 64
				last = g
			}
			if got := (style{size: size, bold: c.bold}).width(text); math.Abs(got-want) > 0.5 {
				t.Errorf("%q (bold %v) is %.1f wide, in the font %.1f", text, c.bold, got, want)
			}
		}
	}
}

func TestFitAndWrap(t *testing.T) {
	k := style{size: 12}
	long := "a label that is far too long for its picture"
	for _, width := range []float64{20, 60, 120, 200} {
		short := k.fit(long, width)
		if k.width(short) > width || !strings.HasSuffix(short, "…") {
			t.Errorf("%q does not fit %g", short, width)
		}
		lines := k.wrap(long, width, 2)
		if len(lines) > 2 {
			t.Errorf("wrapped to %d lines, at most 2", len(lines))
		}
		for _, line := range lines {
			if k.width(line) > width {
				t.Errorf("line %q does not fit %g", line, width)
			}
		}
	}
	if got := k.fit("short", 200); got != "short" {
		t.Errorf("a text that fits became %q", got)
	}
}
