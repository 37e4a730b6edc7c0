package mesh

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif"  // textures come in these formats
	_ "image/jpeg" // …
	_ "image/png"  // …
	"slices"

	_ "golang.org/x/image/bmp" // …
)

const (
	// maxTexels bounds the texels of all textures of a mesh.
	maxTexels = 1 << 26
	// maxImageFile bounds the bytes of an image's file.
	maxImageFile = 256 << 20
)

// imageFormats are the formats of textures. Decoders that other packages of the
// program register are not used on untrusted files.
var imageFormats = []string{"bmp", "gif", "jpeg", "png"}

// images decodes the textures of one mesh, at most maxTexels in all.
type images struct {
	texels int
	// known are the textures by key; see texture.
	known map[string]*Texture
}

// decode decodes an image file. It checks the size before it decodes.
func (i *images) decode(name string, data []byte) (*Texture, error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if errors.Is(err, image.ErrFormat) || err == nil && !slices.Contains(imageFormats, format) {
		return nil, errors.New("not a PNG, JPEG, GIF or BMP image: convert it")
	} else if err != nil {
		return nil, err
	}
	w, h := config.Width, config.Height
	if w < 1 || h < 1 || w > maxTextureSide || h > maxTextureSide || i.texels+w*h > maxTexels {
		return nil, fmt.Errorf("%d × %d pixels are too many: a side may have %d, all textures together %d million; scale it down", w, h, maxTextureSide, maxTexels>>20)
	}
	i.texels += w * h
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	// A GIF's first frame may be smaller than its screen.
	size := picture.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > w || size.Y > h {
		return nil, fmt.Errorf("the image has %d × %d pixels, but its header says %d × %d", size.X, size.Y, w, h)
	}
	return &Texture{Name: name, Width: size.X, Height: size.Y, Pixels: rgb(picture)}, nil
}

// rgb returns the colours of an image, [height, width, 3], without alpha.
func rgb(picture image.Image) []uint8 {
	bounds := picture.Bounds()
	pixels := make([]uint8, 0, 3*bounds.Dx()*bounds.Dy())
	opaque, ok := picture.(interface{ Opaque() bool })
	if straight, is := picture.(*image.NRGBA); is {
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			row := straight.Pix[straight.PixOffset(bounds.Min.X, y):][:4*bounds.Dx()]
			for ; len(row) > 0; row = row[4:] {
				pixels = append(pixels, row[0], row[1], row[2])
			}
		}
		return pixels
	}
	if ok && opaque.Opaque() {
		line := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), 1))
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			draw.Draw(line, line.Rect, picture, image.Pt(bounds.Min.X, y), draw.Src)
			for row := line.Pix; len(row) > 0; row = row[4:] {
				pixels = append(pixels, row[0], row[1], row[2])
			}
		}
		return pixels
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			pixels = append(pixels, c.R, c.G, c.B)
		}
	}
	return pixels
}

// texture returns the image under a key with its wrapping; load decodes a new
// one. An image that cannot be loaded is nil each time, with an error only the
// first time, so that there is one warning.
func (i *images) texture(key string, u, v Wrap, load func() (*Texture, error)) (*Texture, error) {
	if i.known == nil {
		i.known = map[string]*Texture{}
	}
	plain, known := i.known[key]
	if !known {
		var err error
		plain, err = load()
		if err != nil {
			i.known[key] = nil
			return nil, err
		}
		i.known[key] = plain
	}
	if plain == nil {
		return nil, nil
	}
	wrapped := fmt.Sprintf("%s\x00%d %d", key, u, v)
	if t, known := i.known[wrapped]; known {
		return t, nil
	}
	t := *plain
	t.WrapU, t.WrapV = u, v
	i.known[wrapped] = &t
	return &t, nil
}
