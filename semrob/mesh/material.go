package mesh

import "fmt"

// Material is the colour of a face, and a texture that multiplies it. A face
// without a material is white.
type Material struct {
	// Name is the material's name in the file.
	Name string
	// Diffuse is the colour, red, green and blue, 0…1.
	Diffuse [3]float32
	// Texture multiplies Diffuse on faces with texture coordinates; nil is white.
	Texture *Texture
}

// Texture is an image laid over faces. Several materials may share one, so it must
// not be changed once it is in a mesh.
//
// Values are used as stored, byte/255, like the colours of materials. As in the
// reference renderer, nothing is converted from or to a gamma curve.
type Texture struct {
	// Name is the image's file or its name in the file.
	Name string
	// Width and Height are in texels, each 1 or more.
	Width, Height int
	// Pixels is [height, width, 3], red green blue, 0…255, row 0 at the top.
	Pixels []uint8
	// WrapU and WrapV continue the texture beyond 0…1 along u and v.
	WrapU, WrapV Wrap
}

// Wrap is a way to continue a texture beyond its edges.
type Wrap uint8

// The ways to continue a texture.
const (
	// Repeat tiles the texture.
	Repeat Wrap = iota
	// Clamp repeats the outermost texels.
	Clamp
	// Mirror tiles the texture, every other tile mirrored.
	Mirror
)

// maxTextureSide bounds the width and the height of a texture, in texels, so
// that float32 has enough digits for coordinates on it.
const maxTextureSide = 1 << 14

// check reports whether the texture can be sampled.
func (t *Texture) check() error {
	switch {
	case t.Width < 1 || t.Height < 1 || t.Width > maxTextureSide || t.Height > maxTextureSide:
		return fmt.Errorf("the texture %q is %d × %d texels: each side must be 1…%d", t.Name, t.Width, t.Height, maxTextureSide)
	case len(t.Pixels) != 3*t.Width*t.Height:
		return fmt.Errorf("the texture %q has %d values: %d × %d × 3 are needed", t.Name, len(t.Pixels), t.Height, t.Width)
	case t.WrapU > Mirror || t.WrapV > Mirror:
		return fmt.Errorf("the texture %q wraps in an unknown way: use Repeat, Clamp or Mirror", t.Name)
	}
	return nil
}
