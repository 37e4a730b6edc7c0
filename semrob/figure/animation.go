package figure

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math"
	"time"
)

// Animation shows figures one after the other, such as a growing region. It is
// written as an animated PNG: a self-contained picture that every browser plays;
// other programs show its first frame.
type Animation struct {
	// Title is the title in the description.
	Title string
	// Frames must have equal sizes.
	Frames []Figure
	// Every is the duration of a frame; 0 means 100 ms.
	Every time.Duration
	// Hold is the duration of the last frame; 0 means 2 s.
	Hold time.Duration
	// Once stops at the last frame instead of repeating.
	Once bool
}

// Describe returns the number of frames and the description of the last.
func (a *Animation) Describe() string {
	if len(a.Frames) == 0 {
		return "An animation that cannot be drawn: it has no frames"
	}
	return fmt.Sprintf("%s of %d frames. The last: %s", titled("Animation", a.Title), len(a.Frames), a.Frames[len(a.Frames)-1].Describe())
}

// Size returns width and height in CSS pixels.
func (a *Animation) Size() (width, height int, err error) {
	if len(a.Frames) == 0 {
		return 0, 0, checkAnimation(0, 0, 0)
	}
	return Size(a.Frames[0])
}

// animationLimit is the maximum number of pixels of all frames together.
const animationLimit = 1 << 30

// WritePNG writes the animation as an animated PNG. If o is nil, it has one pixel
// per CSS pixel.
func (a *Animation) WritePNG(w io.Writer, o *PNGOptions) error {
	width, height, err := a.Size()
	if err != nil {
		return err
	}
	scale := 1
	if o != nil && o.Scale != 0 {
		scale = o.Scale
	}
	if err := checkAnimation(len(a.Frames), width*scale, height*scale); err != nil {
		return err
	}
	return writeAPNG(w, len(a.Frames), a.Once, a.delay, func(i int) (*image.RGBA, error) { return Render(a.Frames[i], scale) })
}

// checkAnimation reports animations without frames or with too many pixels.
func checkAnimation(frames, width, height int) error {
	switch pixels := float64(width) * float64(height) * float64(frames); {
	case frames == 0:
		return fmt.Errorf("drawing an animation: it has no frames")
	case pixels == 0:
		return fmt.Errorf("drawing an animation: frames of %d × %d pixels are empty", width, height)
	case pixels > animationLimit:
		return fmt.Errorf("drawing an animation: %d frames of %d × %d pixels are too large: use fewer or smaller frames", frames, width, height)
	}
	return nil
}

// Save writes the animation to a .png file. The file is written completely or not
// at all.
func (a *Animation) Save(path string) error {
	return saveAs(path, "an animation", []string{".png"}, func(w io.Writer, _ string) error { return a.WritePNG(w, nil) })
}

func (a *Animation) delay(i int) time.Duration {
	if i == len(a.Frames)-1 {
		return cmp.Or(max(a.Hold, 0), 2*time.Second)
	}
	return cmp.Or(max(a.Every, 0), 100*time.Millisecond)
}

// changed returns the bounding rectangle of the difference of two pictures: all of b
// if a is nil, a single pixel if they are equal.
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

// writeAPNG draws n frames and writes them as an animated PNG: the first frame, and
// the changed part of each further one.
func writeAPNG(w io.Writer, n int, once bool, delay func(i int) time.Duration, draw func(i int) (*image.RGBA, error)) error {
	out := &apng{w: w, frames: n, once: once}
	var last *image.RGBA
	for i := range n {
		img, err := draw(i)
		if err != nil {
			return fmt.Errorf("drawing frame %d of an animation: %w", i+1, err)
		}
		if last != nil && img.Bounds() != last.Bounds() {
			return fmt.Errorf("drawing an animation: frame %d has %v pixels, the first %v: all frames must have the same size", i+1, img.Bounds().Size(), last.Bounds().Size())
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

// apng writes the chunks of an animated PNG (PNG specification, third edition,
// section 11.3.5): those of ordinary PNGs with a header before each frame.
type apng struct {
	w        io.Writer
	frames   int
	once     bool
	sequence uint32 // of numbered chunks
	written  int    // frames
	err      error
}

// frame writes the part r of img as the next frame.
func (p *apng) frame(img *image.RGBA, r image.Rectangle, delay time.Duration) error {
	// Frames are opaque, so they are all PNGs of the same kind.
	var still bytes.Buffer
	if err := png.Encode(&still, img.SubImage(r)); err != nil {
		return err
	}
	if p.written == 0 {
		p.write([]byte("\x89PNG\r\n\x1a\n"))
		p.chunk("IHDR", find(still.Bytes(), "IHDR")[0])
		plays := uint32(0) // repeat
		if p.once {
			plays = 1
		}
		p.chunk("acTL", numbers(uint32(p.frames), plays))
	}
	p.sequence++
	milliseconds := uint32(min(max(math.Round(delay.Seconds()*1000), 1), 65535))
	p.chunk("fcTL", append(numbers(p.sequence-1, uint32(r.Dx()), uint32(r.Dy()), uint32(r.Min.X), uint32(r.Min.Y)),
		byte(milliseconds>>8), byte(milliseconds), 1000>>8, 1000&255, 0, 0)) // not cleared afterwards, drawn over the previous frame
	for _, data := range find(still.Bytes(), "IDAT") {
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

// find returns the data of all chunks of this kind of a PNG.
func find(data []byte, kind string) [][]byte {
	var found [][]byte
	for rest := data[8:]; len(rest) >= 12; {
		n := binary.BigEndian.Uint32(rest)
		if string(rest[4:8]) == kind {
			found = append(found, rest[8:8+n])
		}
		rest = rest[12+n:]
	}
	return found
}
