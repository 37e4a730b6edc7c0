package shading

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// TestDerivativesLong is the whole comparison: every parameter at 200 points, at
// the full size, on the closed smooth meshes of package mesh, on every mesh of the
// test data, and on scenes with textures, further lights and an image behind. It
// prints the rows of two tables, for parameters that move edges and for those that
// change colours. One mesh alone: -run DerivativesLong/cup. It takes about 40 minutes of
// CPU time, nearly all of it for the differences.
func TestDerivativesLong(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("this takes 40 minutes of CPU time: set SEMROB_LONG=1 to run it")
	}
	const points = 200
	for _, m := range []*mesh.Mesh{mesh.Teapot(0), mesh.Bottle(), mesh.Cup(), mesh.Vase()} {
		bare := dressed{m.Name, m, render.Options{}, nil}
		bare.checkAll(t, points, points, smoothStep, 0.99)
	}
	smooth := dressed{"smooth teapot, lights, image", mesh.Teapot(0), render.Options{Shading: render.Smooth}, everything(t)}
	smooth.checkAll(t, points, points, smoothStep, 0.99)
	textured := dressed{"textured cube, lights, image", cube(t), render.Options{Materials: true}, everything(t)}
	textured.checkAll(t, points, points, flatStep, 0.95)
	coloured := dressed{"teapot with colours of vertices", coloured(mesh.Teapot(0)), render.Options{Materials: true}, nil}
	coloured.checkAll(t, points, points, smoothStep, 0.99)
	cut := dressed{"textured quad with holes", perforated(t), render.Options{Materials: true}, nil}
	cut.checkAll(t, points, points, flatStep, 0.95)

	files, err := filepath.Glob(filepath.Join(testdata.Dir(t), "meshes", "*.obj"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no meshes: %v", err)
	}
	for _, file := range files {
		m, err := mesh.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		degrees := flatStep
		if strings.HasPrefix(m.Name, "piano") {
			degrees = finestStep
		}
		bare := dressed{m.Name, m, render.Options{}, nil}
		bare.checkAll(t, points, points/4, degrees, 0.95)
	}
}

// checkAll compares derivatives with respect to parameters that move edges, at a
// number of points with at least this correlation, and to colours.
func (d *dressed) checkAll(t *testing.T, points, colourPoints int, degrees, least float64) {
	t.Run(d.name, func(t *testing.T) {
		camera := d.compare(t, points, degrees, cameraParameters...)
		t.Log(tableRow(d.name, cameraParameters, camera))
		names := colourParameters
		if d.dress != nil {
			names = shadeParameters // an image takes the background's place
		}
		colours := d.compare(t, colourPoints, degrees, names...)
		t.Log(tableRow(d.name, colourParameters, colours))
		checkCamera(t, d.name, camera, least)
		checkColours(t, d.name, colours)
	})
}

// tableRow is a row of a table: a name, and for each parameter the correlation and
// the slope.
func tableRow(name string, parameters []string, result map[string]*comparison) string {
	row := "| " + name + " |"
	for _, p := range parameters {
		if c := result[p]; c != nil {
			row += fmt.Sprintf(" %.4f, %.3f |", c.correlation(), c.slope())
		} else {
			row += " – |"
		}
	}
	return row
}
