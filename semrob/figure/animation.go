package figure

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math"
	"strings"
	"time"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// Animation is pictures shown one after the other, such as a region that grows
// or an object on a turntable. It is written as an animated PNG: one
// self-contained picture that every browser plays, and that anything else shows
// as its first frame.
type Animation struct {
	// Title says what it shows, for Describe.
	Title string
	// Frames are figures of one size.
	Frames []Figure
	// Every is the time of a frame; 0 means 100 ms.
	Every time.Duration
	// Hold is the time that the last frame stays before the first comes again;
	// 0 means 2 s.
	Hold time.Duration
	// Once stops at the last frame instead of beginning again.
	Once bool
}

// Describe describes the last frame and tells how many there are.
func (a *Animation) Describe() string {
	if len(a.Frames) == 0 {
		return "An animation that cannot be drawn: it has no frames"
	}
	title := ""
	if a.Title != "" {
		title = " “" + a.Title + "”"
	}
	return fmt.Sprintf("Animation%s of %d frames. The last: %s", title, len(a.Frames), a.Frames[len(a.Frames)-1].Describe())
}

// Size returns width and height in CSS pixels.
func (a *Animation) Size() (width, height int, err error) {
	if len(a.Frames) == 0 {
		return 0, 0, fmt.Errorf("drawing an animation: it has no frames")
	}
	return Size(a.Frames[0])
}

// animationLimit is how many pixels all frames may have together.
const animationLimit = 1 << 30

// WritePNG writes the animation as an animated PNG; o may be nil, and then
// draws one pixel for each CSS pixel. Of every frame only the part that changed
// is written.
func (a *Animation) WritePNG(w io.Writer, o *PNGOptions) error {
	width, height, err := a.Size()
	if err != nil {
		return err
	}
	scale := 1
	if o != nil && o.Scale != 0 {
		scale = o.Scale
	}
	if pixels := float64(width*height*scale*scale) * float64(len(a.Frames)); pixels > animationLimit {
		return fmt.Errorf("drawing an animation: %d frames of %d × %d pixels are too many: take fewer frames or a smaller width", len(a.Frames), width*scale, height*scale)
	}
	return writeAPNG(w, len(a.Frames), a.Once, a.delay, func(i int) (*image.RGBA, error) { return Render(a.Frames[i], scale) })
}

// Save writes the animation to a file that ends in .png.
func (a *Animation) Save(path string) error {
	if !strings.HasSuffix(strings.ToLower(path), ".png") {
		return fmt.Errorf("saving an animation to %s: it is written as .png only", path)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return a.WritePNG(w, nil) })
}

func (a *Animation) delay(i int) time.Duration {
	every, hold := a.Every, a.Hold
	if every <= 0 {
		every = 100 * time.Millisecond
	}
	if hold <= 0 {
		hold = 2 * time.Second
	}
	if i == len(a.Frames)-1 {
		return hold
	}
	return every
}

// changed returns the smallest rectangle outside which two pictures are the
// same, of one pixel where they are the same everywhere, and all of b where a
// is nil.
func changed(a, b *image.RGBA) image.Rectangle {
	if a == nil {
		return b.Bounds()
	}
	var r image.Rectangle
	for y := range b.Rect.Dy() {
		lineA, lineB := a.Pix[y*a.Stride:][:4*b.Rect.Dx()], b.Pix[y*b.Stride:][:4*b.Rect.Dx()]
		if string(lineA) == string(lineB) {
			continue
		}
		first, last := 0, b.Rect.Dx()-1
		for string(lineA[4*first:4*first+4]) == string(lineB[4*first:4*first+4]) {
			first++
		}
		for string(lineA[4*last:4*last+4]) == string(lineB[4*last:4*last+4]) {
			last--
		}
		r = r.Union(image.Rect(first, y, last+1, y+1))
	}
	if r.Empty() {
		r = image.Rect(0, 0, 1, 1)
	}
	return r
}

// writeAPNG draws n frames and writes them as an animated PNG. Of every frame
// only the part that changed is written.
func writeAPNG(w io.Writer, n int, once bool, delay func(i int) time.Duration, draw func(i int) (*image.RGBA, error)) error {
	out := &apng{w: w, frames: n, once: once}
	var last *image.RGBA
	for i := range n {
		img, err := draw(i)
		if err != nil {
			return fmt.Errorf("drawing frame %d of an animation: %w", i+1, err)
		}
		if last != nil && img.Bounds() != last.Bounds() {
			return fmt.Errorf("drawing an animation: frame %d has %v pixels, the first %v: all frames must have one size", i+1, img.Bounds().Size(), last.Bounds().Size())
		}
		if err := out.frame(img, changed(last, img), delay(i)); err != nil {
			return fmt.Errorf("writing an animation: %w", err)
		}
		last = img
	}
	if err := out.close(); err != nil {
		return fmt.Errorf("writing an animation: %w", err)
	}
	return nil
}

// apng writes frames as the chunks of an animated PNG (PNG specification, third
// edition, section 11.3.5): those of ordinary PNGs, with a header of its own
// before each frame.
type apng struct {
	w        io.Writer
	frames   int
	once     bool
	sequence uint32 // of the chunks that are numbered
	written  int    // frames
	err      error
}

// frame writes the part r of img as the next frame.
func (p *apng) frame(img *image.RGBA, r image.Rectangle, delay time.Duration) error {
	// The card is opaque, so every frame is a PNG of the same kind.
	var still chunks
	if err := png.Encode(&still, img.SubImage(r)); err != nil {
		return err
	}
	if p.written == 0 {
		p.write([]byte("\x89PNG\r\n\x1a\n"))
		p.chunk("IHDR", still.find("IHDR")[0])
		plays := uint32(0) // again and again
		if p.once {
			plays = 1
		}
		p.chunk("acTL", numbers(uint32(p.frames), plays))
	}
	p.sequence++
	milliseconds := uint32(min(max(math.Round(delay.Seconds()*1000), 1), 65535))
	p.chunk("fcTL", append(numbers(p.sequence-1, uint32(r.Dx()), uint32(r.Dy()), uint32(r.Min.X), uint32(r.Min.Y)),
		byte(milliseconds>>8), byte(milliseconds), 1000>>8, 1000&255, 0, 0)) // left as it is, and drawn over what was
	for _, data := range still.find("IDAT") {
		if p.written == 0 {
			p.chunk("IDAT", data)
			continue
		}
		p.sequence++
		p.chunk("fdAT", append(numbers(p.sequence-1), data...))
	}
	p.written++
	return p.err
}

func (p *apng) close() error {
	p.chunk("IEND", nil)
	return p.err
}

func (p *apng) write(data []byte) {
	if p.err == nil {
		_, p.err = p.w.Write(data)
	}
}

func (p *apng) chunk(kind string, data []byte) {
	body := append([]byte(kind), data...)
	p.write(numbers(uint32(len(data))))
	p.write(body)
	p.write(numbers(crc32.ChecksumIEEE(body)))
}

func numbers(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// chunks takes a PNG that is written to it apart.
type chunks struct{ data []byte }

func (c *chunks) Write(data []byte) (int, error) {
	c.data = append(c.data, data...)
	return len(data), nil
}

// find returns the data of all chunks of a kind.
func (c *chunks) find(kind string) [][]byte {
	var found [][]byte
	for rest := c.data[8:]; len(rest) >= 12; {
		n := binary.BigEndian.Uint32(rest)
		if string(rest[4:8]) == kind {
			found = append(found, rest[8:8+n])
		}
		rest = rest[12+n:]
	}
	return found
}
