package render

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // backgrounds come in these formats
	_ "image/jpeg" // …
	_ "image/png"  // …
	"io"
	"os"
	"sync"

	"golang.org/x/image/draw"
)

// Backdrop is an image behind the object. It contains the pixels and never
// changes, so scenes may share it.
type Backdrop struct {
	image *image.RGBA
	hash  string

	mu    sync.Mutex
	fills map[int][]float32 // results of Fill by size
}

// NewBackdrop returns a backdrop with a copy of an image. Transparent parts show
// black.
func NewBackdrop(picture image.Image) (*Backdrop, error) {
	if picture == nil || picture.Bounds().Empty() {
		return nil, errors.New("the backdrop has no pixels: give an image of 1 × 1 or more")
	}
	size := picture.Bounds().Size()
	b := &Backdrop{image: image.NewRGBA(image.Rectangle{Max: size}), fills: map[int][]float32{}}
	draw.Draw(b.image, b.image.Rect, image.Black, image.Point{}, draw.Src)
	draw.Draw(b.image, b.image.Rect, picture, picture.Bounds().Min, draw.Over)
	sum := sha256.New()
	header := binary.LittleEndian.AppendUint32([]byte("semrob backdrop 1\n"), uint32(size.X))
	sum.Write(binary.LittleEndian.AppendUint32(header, uint32(size.Y)))
	sum.Write(b.image.Pix)
	b.hash = hex.EncodeToString(sum.Sum(nil))
	return b, nil
}

// maxBackdrop bounds the pixels of an image that LoadBackdrop reads.
const maxBackdrop = 1 << 26

// LoadBackdrop reads a PNG, JPEG or GIF file. For other formats the error wraps
// image.ErrFormat.
func LoadBackdrop(path string) (*Backdrop, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("loading the background: %w", err)
	}
	defer file.Close()
	config, _, err := image.DecodeConfig(file)
	var picture image.Image
	switch {
	case errors.Is(err, image.ErrFormat):
		err = fmt.Errorf("not a PNG, JPEG or GIF file, convert it: %w", err)
	case err == nil && config.Width*config.Height > maxBackdrop:
		err = fmt.Errorf("%d × %d pixels are too many: scale it down to %d million at most", config.Width, config.Height, maxBackdrop>>20)
	case err == nil:
		if _, err = file.Seek(0, io.SeekStart); err == nil {
			picture, _, err = image.Decode(file)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("loading the background %s: %w", path, err)
	}
	return NewBackdrop(picture)
}

// Hash returns the SHA-256 of the image's size and pixels, as 64 hexadecimal
// digits.
func (b *Backdrop) Hash() string { return b.hash }

// Size returns the image's width and height in pixels.
func (b *Backdrop) Size() (width, height int) { return b.image.Rect.Dx(), b.image.Rect.Dy() }

// Fill returns the image cropped to the square in its middle and resized to a
// picture of size × size, [size, size, 3] float32, 0…1. The slice must not be
// changed.
//
// Each pixel is a mean weighted by a triangle, as wide as two pixels of the result
// if the image shrinks, or two pixels of the image if it grows.
func (b *Backdrop) Fill(size int) []float32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.fills[size]; ok {
		return known
	}
	width, height := b.Size()
	side := min(width, height)
	corner := image.Pt((width-side)/2, (height-side)/2)
	square := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}
	resized := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.BiLinear.Scale(resized, resized.Rect, b.image, square, draw.Src, nil)
	values := make([]float32, 3*size*size)
	for i := range size * size {
		for k := range 3 {
			values[3*i+k] = float32(resized.Pix[4*i+k]) / 255
		}
	}
	b.fills[size] = values
	return values
}

// backdropJSON represents a backdrop in keys and descriptions.
type backdropJSON struct {
	SHA256 string `json:"sha256"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// MarshalJSON writes the hash and the size, which identify the image but do not
// contain it.
func (b *Backdrop) MarshalJSON() ([]byte, error) {
	width, height := b.Size()
	return json.Marshal(backdropJSON{b.hash, width, height})
}

// UnmarshalJSON always fails: a scene's JSON does not contain the image.
func (b *Backdrop) UnmarshalJSON(data []byte) error {
	var described backdropJSON
	if err := json.Unmarshal(data, &described); err != nil {
		return fmt.Errorf("reading a backdrop: %w", err)
	}
	return fmt.Errorf("a scene's JSON does not contain its backdrop, an image of %d × %d pixels with SHA-256 %s: load the image and set it in the scene", described.Width, described.Height, described.SHA256)
}
