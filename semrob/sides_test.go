package semrob_test

import (
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// TestSides draws a cube whose sides have the colours of the axes of its file that
// they look along: below each picture must stand the axis of its colour.
func TestSides(t *testing.T) {
	axes := map[string][3]uint8{
		"+x": {255, 0, 0}, "−x": {0, 255, 255}, "+y": {0, 255, 0}, "−y": {255, 0, 255}, "+z": {0, 0, 255}, "−z": {255, 255, 0},
	}
	dir := t.TempDir()
	obj := "mtllib c.mtl\nv -1 -1 -1\nv 1 -1 -1\nv -1 1 -1\nv 1 1 -1\nv -1 -1 1\nv 1 -1 1\nv -1 1 1\nv 1 1 1\n" +
		"usemtl +x\nf 2 4 8 6\nusemtl -x\nf 1 5 7 3\nusemtl +y\nf 3 7 8 4\nusemtl -y\nf 1 2 6 5\nusemtl +z\nf 5 6 8 7\nusemtl -z\nf 1 3 4 2\n"
	mtl := "newmtl +x\nKd 1 0 0\nnewmtl -x\nKd 0 1 1\nnewmtl +y\nKd 0 1 0\nnewmtl -y\nKd 1 0 1\nnewmtl +z\nKd 0 0 1\nnewmtl -z\nKd 1 1 0\n"
	for name, text := range map[string]string{"c.obj": obj, "c.mtl": mtl} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lab := &semrob.Lab{}
	for _, up := range mesh.Ups.All() {
		for _, front := range []float64{0, 90, -180} {
			f, err := lab.Sides(t.Context(), semrob.Subject{
				Mesh: filepath.Join(dir, "c.obj"), Materials: true, Up: up, Front: front, Set: map[string]float64{"ambient": 1, "directional": 0},
			})
			if err != nil || len(f.Views) != 6 {
				t.Fatal(f, err)
			}
			for i, v := range f.Views {
				_, axis, _ := strings.Cut(v.Caption, ", ")
				got := color.NRGBAModel.Convert(v.Image.At(112, 112)).(color.NRGBA)
				if want, known := axes[axis]; !known || got != (color.NRGBA{want[0], want[1], want[2], 255}) {
					t.Errorf("up %s, front %g: %q shows %v", up, front, v.Caption, got)
				}
				if name := strings.TrimPrefix(string(up), "-"); i == 4 && (axis[len(axis)-1:] != name || strings.HasPrefix(axis, "−") != strings.HasPrefix(string(up), "-")) {
					t.Errorf("up %s: the top is %s", up, axis)
				}
			}
		}
	}
	if f, err := lab.Sides(t.Context(), semrob.Subject{Mesh: "cup", Front: 45}); err != nil || strings.Contains(f.Views[0].Caption, ",") || !strings.HasSuffix(f.Views[4].Caption, ", +y") {
		t.Errorf("an object turned by 45°: %v, %v", f, err)
	}
}
