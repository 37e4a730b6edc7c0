package mesh

import "fmt"

// Material is what a face is made of: a colour, and a texture that multiplies
// it. A face without a material is white.
type Material struct {
	// Name is what the file calls the material.
	Name string
	// Diffuse is the colour, red, green and blue, 0…1.
	Diffuse [3]float32
	// Texture multiplies Diffuse where the face's corners have texture
	// coordinates; nil is white.
	Texture *Texture
}

// Texture is an image laid over faces. Several materials may share one; it must
// not be changed once a mesh holds it.
//
// Its values are used as they are stored, byte/255, and so are the colours of
// materials: as in the reference renderer the picture's range 0…1 is the one in
// which colours are given, textures are kept and light multiplies, with no
// conversion from or to a gamma curve anywhere.
type Texture struct {
	// Name says where the image comes from.
	Name string
	// Width and Height are in texels, each 1 or more.
	Width, Height int
	// Pixels is [height, width, 3], red green blue, 0…255, row 0 at the top.
	Pixels []uint8
	// WrapU and WrapV say what lies beyond 0…1 along u and along v.
	WrapU, WrapV Wrap
}

// Wrap says what lies beyond the edges of a texture.
type Wrap uint8

// The ways to go on beyond the edges of a texture.
const (
	// Repeat puts copies of the texture side by side.
	Repeat Wrap = iota
	// Clamp repeats the outermost texels.
	Clamp
	// Mirror puts copies side by side, every other one mirrored.
	Mirror
)

// maxTextureSide bounds the width and the height of a texture, in texels, so
// that a place on it has enough digits in float32.
const maxTextureSide = 1 << 14

// check reports whether the texture can be sampled.
func (t *Texture) check() error {
	switch {
	case t.Width < 1 || t.Height < 1 || t.Width > maxTextureSide || t.Height > maxTextureSide:
		return fmt.Errorf("the texture %q is %d × %d texels: each side must be 1…%d", t.Name, t.Width, t.Height, maxTextureSide)
	case len(t.Pixels) != 3*t.Width*t.Height:
		return fmt.Errorf("the texture %q has %d values: %d × %d × 3 are needed", t.Name, len(t.Pixels), t.Height, t.Width)
	case t.WrapU > Mirror || t.WrapV > Mirror:
		return fmt.Errorf("the texture %q wraps in a way that is none of Repeat, Clamp and Mirror", t.Name)
	}
	return nil
}
