package device

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// shapeVariable is the environment variable with the shape to compile.
const shapeVariable = "SEMROB_TEST_RASTERISER_SHAPE"

// TestMemory compares the bound on memory with the memory that XLA allocates for
// the program, which must be below 4 GiB for the largest example.
func TestMemory(t *testing.T) {
	if os.Getenv(shapeVariable) != "" {
		compileShape(t, os.Getenv(shapeVariable))
		return
	}
	for i, c := range []struct {
		views, samples, vertices, faces int
		most                            int64
	}{
		{views: 32, samples: 448, vertices: 20000, faces: 40000, most: 4 << 30},
		{views: 1, samples: 448, vertices: 500000, faces: 1000000, most: 4 << 30},
		{views: 8, samples: 224, vertices: 3000, faces: 6000, most: 1 << 30},
		{views: 16, samples: 1024, vertices: 4, faces: 2, most: 4 << 30},
	} {
		if i > 0 && !long() {
			t.Log("set SEMROB_LONG for other shapes")
			break
		}
		t.Run(fmt.Sprintf("%d views of %d² of %d faces", c.views, c.samples, c.faces), func(t *testing.T) {
			laidOut := laidOut(t, c.views, c.samples, c.vertices, c.faces)
			bound := memory(c.views, c.samples, c.vertices, c.faces)
			t.Logf("XLA lays out %.0f MiB, the bound is %.0f MiB", float64(laidOut)/(1<<20), float64(bound)/(1<<20))
			if laidOut > bound || bound > c.most {
				t.Errorf("XLA lays out %d bytes, the bound is %d, it must be at most %d", laidOut, bound, c.most)
			}
			if bound > 4*laidOut {
				t.Errorf("the bound of %d bytes is far above the %d that are used", bound, laidOut)
			}
		})
	}
}

// laidOut compiles a program in a process of its own, in which XLA writes down
// how much memory it takes: parameters, results and everything in between.
func laidOut(t *testing.T, views, samples, vertices, faces int) int64 {
	t.Helper()
	folder := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemory$")
	child.Env = append(os.Environ(), "XLA_FLAGS=--xla_dump_to="+folder,
		fmt.Sprintf("%s=%d %d %d %d", shapeVariable, views, samples, vertices, faces))
	if output, err := child.CombinedOutput(); err != nil {
		t.Fatalf("compiling: %v\n%s", err, output)
	}
	reports, err := filepath.Glob(filepath.Join(folder, "*memory-usage-report.txt"))
	if err != nil || len(reports) != 1 {
		t.Fatalf("XLA wrote %d reports, %v", len(reports), err)
	}
	text, err := os.ReadFile(reports[0])
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Total bytes: (\d+)`).FindStringSubmatch(string(text))
	if found == nil {
		t.Fatalf("XLA's report names no total: %s", text[:min(len(text), 200)])
	}
	total, err := strconv.ParseInt(found[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// compileShape compiles the program of some views, samples, vertices and faces.
func compileShape(t *testing.T, shape string) {
	var views int
	p := &Placed{}
	if _, err := fmt.Sscan(strings.TrimSpace(shape), &views, &p.samples, &p.vertices, &p.faces); err != nil {
		t.Fatal(err)
	}
	b := openBackend(t)
	if err := p.copy(b, make([]float32, 3*p.vertices), make([]int32, 3*p.faces)); err != nil {
		t.Fatal(err)
	}
	defer p.Finalize()
	g := graph.NewGraph(b, "rasteriser")
	defer g.Finalize()
	parameters := graph.Parameter(g, parametersName, shapes.Make(placeType, views, graphscene.Width))
	if err := g.Compile(p.Visibility(parameters)); err != nil {
		t.Fatal(err)
	}
}
