package mesh

import (
	"math"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

func TestRevolutionClosedForms(t *testing.T) {
	const r, h = 1.5, 4.0
	for _, n := range []int{3, 4, 7, 64, 500} {
		angle := 2 * math.Pi / float64(n)
		base := float64(n) / 2 * r * r * math.Sin(angle)
		chord, apothem := 2*r*math.Sin(angle/2), r*math.Cos(angle/2)

		cylinder := Revolution([][2]float64{{0, 0}, {r, 0}, {r, h}, {0, h}}, n)
		area, volume := measure(cylinder, cylinder.Faces)
		near(t, "the cylinder's area", area, 2*base+float64(n)*chord*h, 1e-6)
		near(t, "the cylinder's volume", volume, base*h, 1e-6)
		if len(cylinder.Vertices) != 2*n+2 || len(cylinder.Faces) != 4*n {
			t.Errorf("the cylinder of %d segments has %d vertices and %d faces", n, len(cylinder.Vertices), len(cylinder.Faces))
		}

		cone := Revolution([][2]float64{{0, 0}, {r, 0}, {0, h}}, n)
		area, volume = measure(cone, cone.Faces)
		near(t, "the cone's area", area, base+float64(n)*chord/2*math.Hypot(h, apothem), 1e-6)
		near(t, "the cone's volume", volume, base*h/3, 1e-6)

		for _, m := range []*Mesh{cylinder, cone} {
			if open := rims(t, m.Faces); len(open) > 0 || euler(m.Faces) != 2 {
				t.Errorf("%d segments: %d open edges, Euler characteristic %d", n, len(open), euler(m.Faces))
			}
		}
	}
	fine := Revolution([][2]float64{{0, 0}, {r, 0}, {r, h}, {0, h}}, 500)
	area, volume := measure(fine, fine.Faces)
	near(t, "the fine cylinder's area", area, 2*math.Pi*r*(r+h), 1e-4)
	near(t, "the fine cylinder's volume", volume, math.Pi*r*r*h, 1e-4)

	// A ring: the profile ends where it began. Volume by Pappus's theorem.
	ring := Revolution([][2]float64{{2, 0}, {3, 0}, {3, 1}, {2, 1}, {2, 0}}, 500)
	_, volume = measure(ring, ring.Faces)
	near(t, "the ring's volume", volume, 2*math.Pi*2.5, 1e-4)
	if open := rims(t, ring.Faces); len(open) > 0 || euler(ring.Faces) != 0 {
		t.Errorf("the ring has %d open edges, Euler characteristic %d", len(open), euler(ring.Faces))
	}
}

// frustums returns the volume that a profile encloses when it turns in n
// segments: the sum of its pieces' frustums over regular polygons.
func frustums(profile [][2]float64, n int) (volume float64) {
	for i := range profile[1:] {
		a, b := profile[i], profile[i+1]
		volume += (b[1] - a[1]) * (a[0]*a[0] + a[0]*b[0] + b[0]*b[0]) / 3
	}
	return volume * float64(n) / 2 * math.Sin(2*math.Pi/float64(n))
}

func TestRevolutionRandomProfiles(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	for range 100 {
		profile := [][2]float64{{0, 0}}
		for i := range 2 + random.Intn(10) {
			profile = append(profile, [2]float64{0.1 + random.Float64(), float64(i) + random.Float64()})
		}
		profile = append(profile, [2]float64{0, profile[len(profile)-1][1]})
		n := 3 + random.Intn(40)
		m := Revolution(profile, n)
		_, volume := measure(m, m.Faces)
		near(t, "the volume", volume, frustums(profile, n), 1e-5)
		if open := rims(t, m.Faces); len(open) > 0 {
			t.Errorf("%d open edges", len(open))
		}
		for _, position := range m.Vertices {
			for axis, value := range position {
				if value == 0 && math.Signbit(float64(value)) || value != 0 && axis != 1 && math.Abs(float64(value)) < 1e-12 {
					t.Fatalf("the vertex %v has a coordinate %g that should be 0", position, value)
				}
			}
		}
	}
}

func TestRevolutionArguments(t *testing.T) {
	cone := [][2]float64{{0, 0}, {1, 0}, {0, 1}}
	for segments, want := range map[int]int{0: segmentsDefault, -1: segmentsDefault, 1: 3, 2: 3, 3: 3, 10: 10} {
		if got := len(Revolution(cone, segments).Faces); got != 2*want {
			t.Errorf("%d segments: %d faces, want %d", segments, got, 2*want)
		}
	}
	for _, profile := range [][][2]float64{nil, {{1, 1}}, {{-1, 0}, {1, 1}}, {{1, 0}, {1, math.NaN()}}, {{1, 0}, {math.Inf(1), 1}}} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "mesh.Revolution: ") {
					t.Errorf("%v: recovered %q", profile, text)
				}
			}()
			Revolution(profile, 8)
		}()
	}
}

func TestVessels(t *testing.T) {
	for name, profile := range map[string][][2]float64{"bottle": bottleProfile(), "vase": vaseProfile(), "cup": cupProfile()} {
		t.Run(name, func(t *testing.T) {
			m, err := Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Check(); err != nil {
				t.Error(err)
			}
			if open := rims(t, m.Faces); len(open) > 0 {
				t.Errorf("%s: %d open edges", name, len(open))
			}
			body := Revolution(profile, vesselSegments)
			if euler(body.Faces) != 2 {
				t.Errorf("%s: Euler characteristic %d", name, euler(body.Faces))
			}
			if !slices.Equal(m.Faces[:len(body.Faces)], body.Faces) {
				t.Errorf("%s does not begin with the turned profile", name)
			}
			_, volume := measure(body, body.Faces)
			near(t, name+"'s volume", volume, frustums(profile, vesselSegments), 1e-4)
			if volume <= 0 {
				t.Errorf("%s is inside out", name)
			}
			if i, j, cross := crossing(profile); cross {
				t.Errorf("%s: pieces %d and %d of the profile cross", name, i, j)
			}
			low, _ := bounds(m.Vertices)
			if math.Abs(float64(low[1])) > 0.03 {
				t.Errorf("%s stands on y = %g", name, low[1])
			}
		})
	}
}

// crossing looks for two pieces of a polyline that cross.
func crossing(line [][2]float64) (i, j int, cross bool) {
	side := func(a, b, c [2]float64) float64 { return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0]) }
	for i := range len(line) - 1 {
		for j := i + 2; j < len(line)-1; j++ {
			a, b, c, d := line[i], line[i+1], line[j], line[j+1]
			if side(a, b, c)*side(a, b, d) < 0 && side(c, d, a)*side(c, d, b) < 0 {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// radiusAt returns the radius of the piece of a profile that passes a height
// going up (rising) or down.
func radiusAt(profile [][2]float64, height float64, rising bool) float64 {
	for i := range profile[1:] {
		a, b := profile[i], profile[i+1]
		if (a[1] < b[1]) == rising && (a[1]-height)*(b[1]-height) <= 0 && a[1] != b[1] {
			return a[0] + (b[0]-a[0])*(height-a[1])/(b[1]-a[1])
		}
	}
	return math.NaN()
}

// TestCupHandle sees that the handle begins and ends within the wall of the bowl.
func TestCupHandle(t *testing.T) {
	m, profile := Cup(), cupProfile()
	handle := m.Faces[len(Revolution(profile, vesselSegments).Faces):]
	if euler(handle) != 2 {
		t.Errorf("Euler characteristic %d", euler(handle))
	}
	if _, volume := measure(m, handle); volume <= 0 {
		t.Error("the handle is inside out")
	}
	buried := 0
	for _, face := range handle {
		for _, corner := range face {
			p := at(m, corner)
			radius := math.Hypot(p[0], p[2])
			inner := radiusAt(profile, p[1], false)
			if !(radius > inner) {
				t.Fatalf("the handle reaches into the cup at %v: radius %g, wall from %g", p, radius, inner)
			}
			if radius < radiusAt(profile, p[1], true) {
				buried++
			}
		}
	}
	// Both end discs: 24 triangles each, three corners.
	if buried < 2*24*3 {
		t.Errorf("%d corners lie in the wall: the handle's ends show", buried)
	}
}
