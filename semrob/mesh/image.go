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
	"path"
	"slices"
	"strings"

	_ "golang.org/x/image/bmp"  // …
	_ "golang.org/x/image/webp" // …
)

const (
	// maxTexels bounds the texels of all textures of a mesh.
	maxTexels = 1 << 26
	// maxImageFile bounds the bytes of an image's file.
	maxImageFile = 256 << 20
	// maxPerByte bounds the pixels beyond maxTexels of a byte of an image's file:
	// one that claims more is no photograph.
	maxPerByte = 256
)

// imageFormats are the formats of textures. Decoders that other packages of the
// program register are not used on untrusted files.
var imageFormats = []string{"bmp", "gif", "jpeg", "png", "webp"}

// images decodes the textures of one mesh, at most maxTexels in all.
type images struct {
	texels int
	// known are the textures by key; see texture. The first of each is not
	// wrapped, the others are.
	known map[string][]*Texture
	// shrunk is set if textures were halved to fit.
	shrunk bool
}

// decode decodes an image file. It checks the size before it decodes.
func (i *images) decode(name string, data []byte) (*Texture, error) {
	if isPointer(data) {
		return nil, errPointer
	}
	config, picture, err := open(name, data)
	if err != nil {
		return nil, err
	}
	w, h := config.Width, config.Height
	if w < 1 || h < 1 || w > maxTextureSide || h > maxTextureSide || w*h > maxTexels && w*h > maxPerByte*len(data) {
		return nil, fmt.Errorf("%d × %d pixels are too many: a side may have %d, all textures together %d million; scale it down", w, h, maxTextureSide, maxTexels>>20)
	}
	decoded, err := picture()
	if err != nil {
		return nil, err
	}
	// A GIF's first frame may be smaller than its screen.
	size := decoded.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > w || size.Y > h {
		return nil, fmt.Errorf("the image has %d × %d pixels, but its header says %d × %d", size.X, size.Y, w, h)
	}
	t := &Texture{Name: name, Width: size.X, Height: size.Y}
	t.Pixels, t.Alpha = straight(decoded)
	for t.Width*t.Height > maxTexels {
		t, i.shrunk = t.Halved(), true
	}
	i.texels += t.Width * t.Height
	return t, nil
}

// open returns the size of an image and a function that decodes it.
func open(name string, data []byte) (config image.Config, decode func() (image.Image, error), err error) {
	if strings.EqualFold(path.Ext(name), ".tga") {
		t, err := readTGA(data)
		return image.Config{Width: t.width, Height: t.height}, t.decode, err
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if errors.Is(err, image.ErrFormat) || err == nil && !slices.Contains(imageFormats, format) {
		return config, nil, errors.New("not a PNG, JPEG, WebP, TGA, GIF or BMP image: convert it")
	}
	return config, func() (image.Image, error) {
		picture, _, err := image.Decode(bytes.NewReader(data))
		return picture, err
	}, err
}

// straight returns the colours of an image, [height, width, 3], and its alpha,
// [height, width], which is nil if the image is opaque. Colours are not multiplied
// by alpha.
func straight(picture image.Image) (pixels, alpha []uint8) {
	bounds := picture.Bounds()
	pixels = make([]uint8, 0, 3*bounds.Dx()*bounds.Dy())
	if known, ok := picture.(interface{ Opaque() bool }); ok && known.Opaque() {
		line := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), 1))
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			draw.Draw(line, line.Rect, picture, image.Pt(bounds.Min.X, y), draw.Src)
			for row := line.Pix; len(row) > 0; row = row[4:] {
				pixels = append(pixels, row[0], row[1], row[2])
			}
		}
		return pixels, nil
	}
	alpha = make([]uint8, 0, bounds.Dx()*bounds.Dy())
	if stored, ok := picture.(*image.NRGBA); ok {
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			row := stored.Pix[stored.PixOffset(bounds.Min.X, y):][:4*bounds.Dx()]
			for ; len(row) > 0; row = row[4:] {
				pixels, alpha = append(pixels, row[0], row[1], row[2]), append(alpha, row[3])
			}
		}
		return pixels, alpha
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			pixels, alpha = append(pixels, c.R, c.G, c.B), append(alpha, c.A)
		}
	}
	return pixels, alpha
}

// texture returns the image under a key with its wrapping; load decodes a new
// one. An image that cannot be loaded is nil each time, with an error only the
// first time, so that there is one warning.
func (i *images) texture(key string, u, v Wrap, load func() (*Texture, error)) (*Texture, error) {
	if i.known == nil {
		i.known = map[string][]*Texture{}
	}
	same, known := i.known[key]
	if !known {
		plain, err := load()
		if err != nil {
			i.known[key] = nil
			return nil, err
		}
		same = []*Texture{plain}
		i.known[key] = same
		i.fit()
	}
	if same == nil {
		return nil, nil
	}
	for _, t := range same[1:] {
		if t.WrapU == u && t.WrapV == v {
			return t, nil
		}
	}
	t := *same[0]
	t.WrapU, t.WrapV = u, v
	i.known[key] = append(same, &t)
	return &t, nil
}

// fit halves textures, the largest first, until all have at most maxTexels.
func (i *images) fit() {
	for i.texels > maxTexels {
		var largest string
		var most int
		for key, same := range i.known {
			// By name if two are equal, not by chance.
			if same == nil {
				continue
			}
			n := same[0].Width * same[0].Height
			if n > most || n == most && key < largest {
				largest, most = key, n
			}
		}
		same := i.known[largest]
		half := same[0].Halved()
		i.texels -= most - half.Width*half.Height
		i.shrunk = true
		for _, t := range same {
			t.Width, t.Height, t.Pixels, t.Alpha = half.Width, half.Height, half.Pixels, half.Alpha
		}
	}
}

// remark warns of halved textures.
func (i *images) remark(file string, warn *warnings) {
	if i.shrunk {
		warn.addLook("%s: the largest textures are drawn at half their size or less, because all together have more than %d million pixels.", file, maxTexels>>20)
	}
}

// read returns the texture in a file that a mesh refers to, with one remark if the
// file has another name or place.
func (i *images) read(from *folder, name string, wrap Wrap, warn *warnings, mesh string) (*Texture, error) {
	return i.texture(name, wrap, wrap, func() (*Texture, error) {
		data, remark, err := from.read(name, maxImageFile)
		if err != nil {
			return nil, err
		}
		if remark != "" {
			warn.addLook("%s: the texture %s: %s.", mesh, name, remark)
		}
		return i.decode(name, data)
	})
}
