package render

import (
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// sheet appends a square of side 2 in the plane through the origin that contains
// (0, 1, 0) and is turned by an angle about it, cut into 2·n² triangles along one
// diagonal or the other. Its front looks to the side of the turned +z, or of −z.
func sheet(m *mesh.Mesh, degrees float64, n int, other, reversed bool, half float64, material int32) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	first := int32(len(m.Vertices))
	for i := range n + 1 {
		for j := range n + 1 {
			x, y := half*(2*float64(j)/float64(n)-1), half*(2*float64(i)/float64(n)-1)
			m.Vertices = append(m.Vertices, [3]float32{float32(x * cos), float32(y), float32(-x * sin)})
		}
	}
	at := func(i, j int) int32 { return first + int32(i*(n+1)+j) }
	for i := range n {
		for j := range n {
			a, b, c, d := at(i, j), at(i, j+1), at(i+1, j+1), at(i+1, j)
			faces := [][3]int32{{a, b, c}, {a, c, d}}
			if other {
				faces = [][3]int32{{a, b, d}, {b, c, d}}
			}
			for _, f := range faces {
				if reversed {
					f[1], f[2] = f[2], f[1]
				}
				m.Faces, m.FaceMaterials = append(m.Faces, f), append(m.FaceMaterials, material)
			}
		}
	}
}

// TestSheetsOfTwoColours draws two sheets in one place, cut differently: each
// sample must show the one whose front looks at the camera. Of a sheet that is
// partly covered, the rest must show from behind.
func TestSheetsOfTwoColours(t *testing.T) {
	red, blue := [3]float32{1, 0, 0}, [3]float32{0, 0, 1}
	for _, c := range []struct {
		front, back  int // triangles along a side
		swap         bool
		size         float64 // of the back, half a side
		redFromBelow bool
	}{{1, 1, false, 1, false}, {1, 1, true, 1, false}, {1, 3, false, 1, false}, {5, 2, true, 1, false}, {2, 2, false, 0.5, true}} {
		for _, degrees := range []float64{0, 31, 77.7} {
			m := &mesh.Mesh{Name: "sheets", Materials: []mesh.Material{{Diffuse: red}, {Diffuse: blue}}}
			if c.swap {
				sheet(m, degrees, c.back, true, true, c.size, 1)
			}
			sheet(m, degrees, c.front, false, false, 1, 0)
			if !c.swap {
				sheet(m, degrees, c.back, true, true, c.size, 1)
			}
			r := newRenderer(t, m, Options{Size: 32, Materials: true, KeepPlacement: true})
			for _, side := range []struct {
				azimuth float64
				want    [3]float32
			}{{180 - degrees, red}, {-degrees, blue}} {
				scene := DefaultScene()
				scene.Ambient, scene.Directional = 1, 0
				for _, off := range []float64{0, 25, -40} {
					scene.Azimuth, scene.Elevation = side.azimuth+off, off/2
					picture := render(t, r, scene)
					shown := map[[3]float32]int{}
					for i := 0; i < len(picture); i += 3 {
						shown[[3]float32(picture[i:])]++
					}
					middle := [3]float32(picture[3*(16*32+16):])
					delete(shown, [3]float32{})
					mixed := 0
					for colour, n := range shown {
						if colour[0] > 0 && colour[2] > 0 || (colour[0] > 0) != (side.want[0] > 0) {
							mixed += n
						}
					}
					if !c.redFromBelow && (mixed > 0 || middle != side.want) {
						t.Errorf("%+v at %g°, from %g°: %d pixels show another colour than %v; the middle is %v", c, degrees, side.azimuth+off, mixed, side.want, middle)
					}
					if c.redFromBelow && side.want == blue && mixed == 0 {
						t.Errorf("%+v at %g°, from %g°: the back of the larger sheet does not show", c, degrees, side.azimuth+off)
					}
				}
			}
		}
	}
}
