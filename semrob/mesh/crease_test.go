package mesh

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// prism returns an OBJ file of the sides of a prism around y with n sides, and before
// each face the line that s returns.
func prism(n int, s func(side int) string) string {
	var text strings.Builder
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		fmt.Fprintf(&text, "v %g 0 %g\nv %g 1 %g\n", cos, sin, cos, sin)
	}
	for i := range n {
		j := (i + 1) % n
		fmt.Fprintf(&text, "%sf %d %d %d %d\n", s(i), 2*i+1, 2*i+2, 2*j+2, 2*j+1)
	}
	return text.String()
}

// turnOf returns the angles, in degrees, between a face's own normal and those of its
// corners, [face].
func turnOf(t *testing.T, text string, crease float64) []float64 {
	t.Helper()
	m, err := ReadOBJ(strings.NewReader(text), "x.obj")
	if err != nil || len(m.Warnings) > 0 || m.Check() != nil {
		t.Fatal(err, m.Warnings, m.Check())
	}
	turns := make([]float64, len(m.Faces))
	for f, corners := range m.CornerNormals(crease) {
		p := m.corners(m.Faces[f])
		own := vec3.Unit(vec3.Cross(vec3.Sub(p[1], p[0]), vec3.Sub(p[2], p[0])))
		for _, c := range corners {
			turns[f] = max(turns[f], angleBetween(own, vec3.Of(c))*180/math.Pi)
		}
	}
	return turns
}

// TestCrease smooths prisms, whose sides meet at known angles: the normal at an edge
// is turned by half of it, or not at all.
func TestCrease(t *testing.T) {
	none := func(int) string { return "" }
	for _, c := range []struct {
		sides  int
		crease float64
		smooth bool
	}{{16, 0, true}, {8, 0, false}, {16, 22, false}, {16, 23, true}, {8, 46, true}, {8, 44, false}, {4, 180, true}, {4, 91, true}, {4, 89, false}, {16, 1, false}} {
		want := 0.0
		if c.smooth {
			want = 180 / float64(c.sides)
		}
		for f, got := range turnOf(t, prism(c.sides, none), c.crease) {
			if math.Abs(got-want) > 1e-3 {
				t.Errorf("%d sides, crease %g°: the normals of face %d are turned by %g°, want %g°", c.sides, c.crease, f, got, want)
				break
			}
		}
	}
}

// TestSmoothingGroups reads smoothing groups: they decide, not the angle, unless one
// is asked for.
func TestSmoothingGroups(t *testing.T) {
	for name, c := range map[string]struct {
		s      func(side int) string
		crease float64
		want   func(side int) float64 // of a square prism
	}{
		"one group":      {func(int) string { return "s 1\n" }, 0, func(int) float64 { return 45 }},
		"said once":      {func(i int) string { return map[bool]string{true: "s 7\n"}[i == 0] }, 0, func(int) float64 { return 45 }},
		"all different":  {func(i int) string { return fmt.Sprintf("s %d\n", i+1) }, 0, func(int) float64 { return 0 }},
		"halves":         {func(i int) string { return fmt.Sprintf("s %d\n", 1+i/2) }, 0, func(int) float64 { return 45 }},
		"one off":        {func(i int) string { return map[bool]string{true: "s off\n", false: "s 2\n"}[i == 3] }, 0, func(i int) float64 { return map[bool]float64{true: 0, false: 45}[i == 3] }},
		"off at the end": {func(i int) string { return map[bool]string{true: "s 0\n", false: "s 2\n"}[i > 0] }, 0, func(int) float64 { return 0 }},
		"all off":        {func(int) string { return "s off\n" }, 0, func(int) float64 { return 0 }},
		"an angle":       {func(int) string { return "s 1\n" }, 60, func(int) float64 { return 0 }},
		"a wide angle":   {func(i int) string { return fmt.Sprintf("s %d\n", i+1) }, 120, func(int) float64 { return 45 }},
	} {
		for f, got := range turnOf(t, prism(4, c.s), c.crease) {
			if want := c.want(f / 2); math.Abs(got-want) > 1e-3 {
				t.Errorf("%s: the normals of face %d are turned by %g°, want %g°", name, f, got, want)
			}
		}
	}
	// Where all groups are off, the angle decides.
	for _, got := range turnOf(t, prism(16, func(int) string { return "s off\n" }), 0) {
		if math.Abs(got-180.0/16) > 1e-3 {
			t.Fatalf("all off: turned by %g°", got)
		}
	}
	m, err := ReadOBJ(strings.NewReader("s wrong\n"+prism(4, func(int) string { return "" })), "x.obj")
	if err != nil || len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "x.obj:1: a smoothing group that is neither") {
		t.Errorf("a group without a number: %q, %v", m.Warnings, err)
	}
	// Files that differ in groups alone are different meshes.
	a, _ := ReadOBJ(strings.NewReader(prism(4, func(int) string { return "s 1\n" })), "x.obj")
	b, _ := ReadOBJ(strings.NewReader(prism(4, func(i int) string { return fmt.Sprintf("s %d\n", i+1) })), "x.obj")
	if a.Hash() == b.Hash() || a.Shape().Hash() != b.Shape().Hash() {
		t.Error("groups are not part of the hash, or of the shape")
	}
}
