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
	// Emission is added to the lit colour, whatever the light: red, green and
	// blue, 0…1.
	Emission [3]float32
	// EmissionTexture multiplies Emission; nil is white.
	EmissionTexture *Texture
	// Unlit marks faces that show their colour whatever the light.
	Unlit bool
	// SingleSided marks faces that are invisible from behind, the side from which
	// they are clockwise.
	SingleSided bool
	// Cutoff is the alpha of Texture below which there is a hole; 0 draws
	// everything, and above 1 nothing is drawn.
	Cutoff float32
}

// Texture is an image laid over faces. Several materials may share one, so it must
// not be changed once it is in a mesh.
//
// Values are used as stored, byte/255, like the colours of materials. As in the
// reference renderer, nothing is converted from or to a gamma curve. Colours that
// a file gives in linear light are converted when it is read.
type Texture struct {
	// Name is the image's file or its name in the file.
	Name string
	// Width and Height are in texels, each 1 or more.
	Width, Height int
	// Pixels is [height, width, 3], red green blue, 0…255, row 0 at the top.
	Pixels []uint8
	// Alpha is [height, width], 0…255; nil if all is opaque. Only Cutoff of a
	// material uses it.
	Alpha []uint8
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
	case t.Alpha != nil && len(t.Alpha) != t.Width*t.Height:
		return fmt.Errorf("the texture %q has %d values of alpha: %d × %d are needed", t.Name, len(t.Alpha), t.Height, t.Width)
	case t.WrapU > Mirror || t.WrapV > Mirror:
		return fmt.Errorf("the texture %q wraps in an unknown way: use Repeat, Clamp or Mirror", t.Name)
	}
	return nil
}

// Halved returns the texture at half its width and height, rounded down, at least
// 1. A texel is the mean of the area that it covers, rounded to 8 bits.
func (t *Texture) Halved() *Texture {
	half := *t
	half.Width, half.Height = max(1, t.Width/2), max(1, t.Height/2)
	half.Pixels = halved(t.Pixels, 3, t.Width, t.Height, half.Width, half.Height)
	if t.Alpha != nil {
		half.Alpha = halved(t.Alpha, 1, t.Width, t.Height, half.Width, half.Height)
	}
	return &half
}

// halved averages texels of some channels.
func halved(texels []uint8, channels, width, height, toWidth, toHeight int) []uint8 {
	all := make([]uint8, channels*toWidth*toHeight)
	columns, rows := shares(width, toWidth), shares(height, toHeight)
	for y, vertical := range rows {
		for x, horizontal := range columns {
			var sum [3]float64
			for j, wy := range vertical.weights {
				at := channels * ((vertical.from+j)*width + horizontal.from)
				for _, wx := range horizontal.weights {
					for k := range channels {
						sum[k] += wy * wx * float64(texels[at+k])
					}
					at += channels
				}
			}
			for k := range channels {
				all[channels*(y*toWidth+x)+k] = uint8(sum[k] + 0.5)
			}
		}
	}
	return all
}

// share is the weights of a texel in a row of the texture before.
type share struct {
	from    int
	weights []float64
}

// shares splits n texels evenly among m ≤ n.
func shares(n, m int) []share {
	all := make([]share, m)
	for i := range all {
		// In units of 1/m of a texel the part is n·i … n·(i+1).
		low, high := n*i, n*(i+1)
		all[i].from = low / m
		for at := low; at < high; {
			end := min(high, (at/m+1)*m)
			all[i].weights = append(all[i].weights, float64(end-at)/float64(n))
			at = end
		}
	}
	return all
}
