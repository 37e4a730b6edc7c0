package figure

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/draw"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// played is an animated PNG as a browser would play it: every frame composed,
// read by the specification and not by the writer's own code.
type played struct {
	frames []*image.RGBA
	delays []time.Duration
	plays  uint32
}

func play(t *testing.T, data []byte) played {
	t.Helper()
	var p played
	var header []byte
	var still *bytes.Buffer
	var at image.Point
	canvas := (*image.RGBA)(nil)
	next := uint32(0)
	chunk := func(w *bytes.Buffer, kind string, body []byte) {
		binary.Write(w, binary.BigEndian, uint32(len(body)))
		whole := append([]byte(kind), body...)
		w.Write(whole)
		binary.Write(w, binary.BigEndian, crc32.ChecksumIEEE(whole))
	}
	show := func() {
		if still == nil {
			return
		}
		chunk(still, "IEND", nil)
		part, err := png.Decode(still)
		if err != nil {
			t.Fatalf("frame %d: %v", len(p.frames), err)
		}
		frame := image.NewRGBA(canvas.Rect)
		draw.Draw(frame, frame.Rect, canvas, image.Point{}, draw.Src)
		draw.Draw(frame, part.Bounds().Add(at), part, part.Bounds().Min, draw.Src)
		canvas, still = frame, nil
		p.frames = append(p.frames, frame)
	}
	sequence := func(body []byte) {
		if got := binary.BigEndian.Uint32(body); got != next {
			t.Fatalf("a chunk has the number %d, want %d", got, next)
		}
		next++
	}
	for rest := data[8:]; len(rest) > 0; {
		n := binary.BigEndian.Uint32(rest)
		kind, body := string(rest[4:8]), rest[8:8+n]
		if crc32.ChecksumIEEE(rest[4:8+n]) != binary.BigEndian.Uint32(rest[8+n:]) {
			t.Fatalf("the checksum of a chunk %s is wrong", kind)
		}
		rest = rest[12+n:]
		switch kind {
		case "IHDR":
			header = body
			canvas = image.NewRGBA(image.Rect(0, 0, int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))))
		case "acTL":
			p.plays = binary.BigEndian.Uint32(body[4:])
		case "fcTL":
			show()
			sequence(body)
			at = image.Pt(int(binary.BigEndian.Uint32(body[12:])), int(binary.BigEndian.Uint32(body[16:])))
			p.delays = append(p.delays, time.Second*time.Duration(binary.BigEndian.Uint16(body[20:]))/time.Duration(binary.BigEndian.Uint16(body[22:])))
			still = bytes.NewBuffer([]byte("\x89PNG\r\n\x1a\n"))
			chunk(still, "IHDR", append(append([]byte(nil), body[4:12]...), header[8:]...))
		case "IDAT":
			chunk(still, "IDAT", body)
		case "fdAT":
			sequence(body)
			chunk(still, "IDAT", body[4:])
		case "IEND":
			show()
		}
	}
	return p
}

func TestAnimationPlaysItsFrames(t *testing.T) {
	r := &region.Result{Method: "oir-b", Space: objective.Viewpoints(), Runs: []region.Run{{
		Start: []float64{130, 30}, Bounds: region.Bounds{A: []float64{70, 5}, B: []float64{190, 60}},
	}}}
	for i := range 7 {
		d := float64(i)
		r.Runs[0].Trace = append(r.Runs[0].Trace, region.Bounds{A: []float64{130 - 10*d, 30 - 4*d}, B: []float64{130 + 10*d, 30 + 5*d}})
	}
	m := sampleMap()
	m.Width = 400
	a, err := Growing(m, r, 5)
	if err != nil {
		t.Fatal(err)
	}
	a.Frames = append(a.Frames, a.Frames[4]) // nothing changes
	var b bytes.Buffer
	if err := a.WritePNG(&b, nil); err != nil {
		t.Fatal(err)
	}
	p := play(t, b.Bytes())
	if len(p.frames) != 6 || p.plays != 0 || p.delays[0] != 100*time.Millisecond || p.delays[5] != 2*time.Second {
		t.Fatalf("%d frames, played %d times, delays %v; want 6, 0 (for ever), 100 ms … 2 s", len(p.frames), p.plays, p.delays)
	}
	size := 0
	for i, f := range a.Frames {
		want, err := Render(f, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.frames[i].Pix, want.Pix) {
			t.Errorf("frame %d is not the figure's picture", i)
		}
		var alone bytes.Buffer
		if err := png.Encode(&alone, want); err != nil {
			t.Fatal(err)
		}
		size += alone.Len()
	}
	if b.Len() > size*2/3 {
		t.Errorf("the animation has %d bytes, separate frames %d: only changes should be written", b.Len(), size)
	}
	if first, err := png.Decode(bytes.NewReader(b.Bytes())); err != nil || first.Bounds() != p.frames[0].Bounds() {
		t.Errorf("an ordinary decoder reads %v (%v)", first, err)
	}
}

func TestAnimationErrors(t *testing.T) {
	for want, a := range map[string]*Animation{
		"no frames": {},
		"same size": {Frames: []Figure{profile(0.5), &Profile{Width: 700, X: Azimuth(), Series: profile(0.5).Series}}},
	} {
		t.Run(want, func(t *testing.T) {
			if err := a.WritePNG(new(bytes.Buffer), nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want one with %q", err, want)
			}
		})
	}
	if _, err := Growing(sampleMap(), &region.Result{Runs: make([]region.Run, 1)}, 0); !errors.Is(err, ErrNoTrace) {
		t.Errorf("regions without a trace give %v", err)
	}
}
