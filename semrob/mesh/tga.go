package mesh

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
)

// tga is an image in Truevision's TGA format: grey, true colour or with a palette,
// plain or in runs.
//
// Source: Truevision TGA File Format Specification, version 2.0 (1991).
type tga struct {
	width, height int
	kind          byte // of the image, without runs
	runs          bool
	bits          int // of a pixel
	alpha         bool
	right, down   bool // from which the rows and pixels start
	palette       []color.NRGBA
	data          []byte
}

var errTGA = errors.New("not a TGA image, or a damaged one: convert it to PNG")

// readTGA reads the header and the palette.
func readTGA(data []byte) (t tga, err error) {
	const header = 18
	if len(data) < header {
		return t, errTGA
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint16(data[at:])) }
	t = tga{width: word(12), height: word(14), kind: data[2] &^ 8, runs: data[2]&8 != 0, bits: int(data[16])}
	t.alpha, t.right, t.down = data[17]&15 != 0, data[17]&16 != 0, data[17]&32 != 0
	rest := data[header:]
	if len(rest) < int(data[0]) {
		return t, errTGA
	}
	rest = rest[data[0]:]
	if data[1] == 1 {
		first, n, bits := word(3), word(5), int(data[7])
		size := (bits + 7) / 8
		if size < 2 || size > 4 || len(rest) < n*size {
			return t, errTGA
		}
		t.palette = make([]color.NRGBA, first, first+n)
		for ; n > 0; n-- {
			t.palette = append(t.palette, tgaColour(rest[:size], bits == 32))
			rest = rest[size:]
		}
	}
	switch {
	case t.kind == 1 && t.bits == 8 && t.palette != nil:
	case t.kind == 2 && (t.bits == 15 || t.bits == 16 || t.bits == 24 || t.bits == 32):
	case t.kind == 3 && (t.bits == 8 || t.bits == 16):
	default:
		return t, errTGA
	}
	t.data = rest
	return t, nil
}

// decode reads the pixels.
func (t tga) decode() (image.Image, error) {
	picture := image.NewNRGBA(image.Rect(0, 0, t.width, t.height))
	size, rest := (t.bits+7)/8, t.data
	left, same := 0, false // pixels of the current packet, and whether it is a run
	for i := range t.width * t.height {
		if t.runs && left == 0 {
			if len(rest) == 0 {
				return nil, errTGA
			}
			left, same = int(rest[0]&127)+1, rest[0] >= 128
			rest = rest[1:]
		}
		if len(rest) < size {
			return nil, errTGA
		}
		c, ok := t.pixel(rest[:size])
		if !ok {
			return nil, errTGA
		}
		if left--; !same || left == 0 {
			rest = rest[size:]
		}
		if left == 0 {
			same = false
		}
		x, y := i%t.width, i/t.width
		if t.right {
			x = t.width - 1 - x
		}
		if !t.down {
			y = t.height - 1 - y
		}
		picture.SetNRGBA(x, y, c)
	}
	return picture, nil
}

// pixel returns the colour of a pixel.
func (t *tga) pixel(b []byte) (c color.NRGBA, ok bool) {
	switch t.kind {
	case 1:
		if int(b[0]) >= len(t.palette) {
			return c, false
		}
		return t.palette[b[0]], true
	case 3:
		c = color.NRGBA{b[0], b[0], b[0], 255}
		if len(b) == 2 && t.alpha {
			c.A = b[1]
		}
		return c, true
	}
	return tgaColour(b, t.alpha), true
}

// tgaColour returns the colour of 2, 3 or 4 bytes.
func tgaColour(b []byte, alpha bool) color.NRGBA {
	if len(b) == 2 {
		v := binary.LittleEndian.Uint16(b)
		five := func(shift int) uint8 { return uint8(int(v>>shift&31) * 255 / 31) }
		return color.NRGBA{five(10), five(5), five(0), 255}
	}
	c := color.NRGBA{b[2], b[1], b[0], 255}
	if len(b) == 4 && alpha {
		c.A = b[3]
	}
	return c
}
