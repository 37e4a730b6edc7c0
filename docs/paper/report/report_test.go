package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// TestPageIsUpToDate makes the page of docs/paper from its kept files, and compares it
// with the committed one.
func TestPageIsUpToDate(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"page.md", keptFolder} {
		path := filepath.Join("..", name)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			err = os.CopyFS(filepath.Join(folder, name), os.DirFS(path))
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		text, err := os.ReadFile(path)
		if name == keptFolder && os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(folder, ""); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil || string(got) != string(want) {
		t.Errorf("docs/paper/README.md is not the page that paper.sh --report makes (error %v)", err)
	}
	figures, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, figure := range figures {
		got, err := os.ReadFile(figure)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := os.ReadFile(filepath.Join("..", filepath.Base(figure))); err != nil || string(got) != string(want) {
			t.Errorf("docs/paper/%s is not the figure that paper.sh --report draws (error %v)", filepath.Base(figure), err)
		}
	}
}

// made is a study in a folder as `semrob study run` leaves it: four objects of two classes
// whose share of right views is known. The network is right where the azimuth is
// below a limit that grows with the network and the object.
func made(t *testing.T, folder, name, network string, better int) (share map[string]float64) {
	t.Helper()
	share = map[string]float64{}
	random := rand.New(rand.NewPCG(uint64(better), 1))
	space := objective.Viewpoints()
	table := &results.Table{Study: name, Space: space, Devices: []string{"cpu"}}
	dir := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Join(dir, "maps"), 0o777); err != nil {
		t.Fatal(err)
	}
	for o, object := range []string{"bathtub-0", "bathtub-1", "chair-2", "chair-3", "bathtub-4", "bathtub-5", "bathtub-7", "chair-4", "chair-5"} {
		class := map[string]int{"bathtub": 435, "chair": 559}[classOf(object)]
		m, err := semmap.New(semmap.Samples{Axis: space[0], Values: []float64{0, 60, 120, 180, 240, 300}}, semmap.Samples{Axis: space[1], Values: []float64{0, 40, 80}})
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i := range m.Z {
			p := m.Point(i)
			probabilities := make([]float32, 1000)
			first := 876 // tub, of bathtub's set
			if p[0] < float64(60*(better+o%3)) {
				first = class
				right++
			}
			probabilities[first] = 0.5 + 0.3*random.Float32()
			a, err := objective.AnswerOf(probabilities, class)
			if err != nil {
				t.Fatal(err)
			}
			m.Answers = append(m.Answers, a)
			m.Z[i] = float64(probabilities[class])
		}
		share[object] = 100 * float64(right) / float64(len(m.Z))
		file := "maps/" + object + ".npz"
		if err := m.Save(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		for start := range 4 {
			table.Rows = append(table.Rows, results.Row{
				Network: network, Preprocess: "standard", Object: object, Group: classOf(object), Class: class, Method: "naive", Mode: "default", Start: start,
				StartPoint: starts[start], A: []float64{1, 2}, B: []float64{3, 4}, Status: "stationary", Fraction: 0.1*float64(better) + 0.05*random.Float64(),
				MapMean: m.Stats().Mean, MapAccuracy: share[object] / 100, InitialF: 0.5, MapFile: file,
			})
		}
	}
	if err := table.Save(filepath.Join(dir, tableFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, runsFile), []byte("begin 60\nbegin 120\nend 240\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return share
}

// TestReport keeps made-up studies, makes the page, and compares numbers of it with
// those known.
func TestReport(t *testing.T) {
	folder, from := t.TempDir(), t.TempDir()
	page := "# Page\n"
	for _, name := range []string{"studies", "networks", "sets", "promises", "needed", "sides", "classes", "tau", "materials", "calibration", "variance", "slices"} {
		page += "\n## " + name + "\n\n{{" + name + "}}\n"
	}
	if err := os.WriteFile(filepath.Join(folder, "page.md"), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	mean := map[string]float64{}
	for i, name := range []string{"white-lite0", "white-lite1", "materials-lite0", "materials-lite1"} {
		better := 1 + i%2 + i/2
		for _, x := range made(t, from, name, "efficientnet-"+name[len(name)-5:], better) {
			mean[name] += x / 9
		}
		if err := run(folder, filepath.Join(from, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(folder, ""); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		parts[name] = rest
	}
	for name, says := range map[string][]string{
		"studies":     {"| white-lite0 ", " 162 |", "       2 |       2 | cpu", "Not run to the end: white-lite2"},
		"networks":    {"| naive ", fmt.Sprintf("−%.2f", mean["white-lite1"]-mean["white-lite0"])},
		"sets":        {fmt.Sprintf("%.1f", mean["white-lite0"]), "Right views by the set"},
		"promises":    {"Not computed yet"},
		"needed":      {"naive", "found with 93 objects"},
		"sides":       {"front"},
		"classes":     {"| naive  | chair ", "| naive  | bathtub "},
		"tau":         {"lite0 ", "![", "| 0.9 "},
		"materials":   {"| right views ", fmt.Sprintf("%.2f", mean["materials-lite0"]-mean["white-lite0"]), "SRVR, naive"},
		"calibration": {"| lite0 ", "reliability-lite1.png"},
		"variance":    {"| lite0 "},
		"slices":      {"| bathtub ", "Bonferroni"},
	} {
		for _, s := range says {
			if !strings.Contains(parts[name], s) {
				t.Errorf("section %s does not say %q:\n%s", name, s, parts[name])
			}
		}
	}
	for _, figure := range []string{"networks.png", "tau.png", "reliability-lite0.png"} {
		if _, err := os.Stat(filepath.Join(folder, figure)); err != nil {
			t.Error(err)
		}
	}
}

// TestParts splits the variance of functions whose parts are known.
func TestParts(t *testing.T) {
	space := objective.Viewpoints()
	m, err := semmap.New(semmap.Samples{Axis: space[0], Values: []float64{0, 90, 180, 270}}, semmap.Samples{Axis: space[1], Values: []float64{0, 30}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		f    func(azimuth, elevation float64) float64
		want [3]float64
	}{
		"azimuth":   {func(a, _ float64) float64 { return a / 270 }, [3]float64{1, 0, 0}},
		"elevation": {func(_, e float64) float64 { return e / 30 }, [3]float64{0, 1, 0}},
		"product":   {func(a, e float64) float64 { return (a/90 - 1.5) * (e/15 - 1) }, [3]float64{0, 0, 1}},
		// The variance of 0…3 is 5/4, that of 0 and 1 is 1/4.
		"sum": {func(a, e float64) float64 { return a/90 + e/30 }, [3]float64{5.0 / 6, 1.0 / 6, 0}},
	} {
		for i := range m.Z {
			m.Z[i] = c.f(m.Point(i)[0], m.Point(i)[1])
		}
		a, e, b, ok := parts(view{Map: m})
		for k, got := range []float64{a, e, b} {
			if !ok || math.Abs(got-c.want[k]) > 1e-12 {
				t.Errorf("%s: %g, %g, %g, want %v", name, a, e, b, c.want)
				break
			}
		}
	}
}

// TestSides: every viewpoint is on exactly one side.
func TestSides(t *testing.T) {
	for azimuth := 0.0; azimuth < 360; azimuth += 15 {
		for _, elevation := range []float64{-10, 0, 59, 60, 90} {
			n := 0
			for _, s := range sides() {
				if s.has([]float64{azimuth, elevation}) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("azimuth %g, elevation %g is on %d sides", azimuth, elevation, n)
			}
		}
	}
}

// TestWithoutPaths: what is kept does not name folders of the machine.
func TestWithoutPaths(t *testing.T) {
	text := `{"mesh":"/home/me/ShapeNet/02691156/4de5/models/model_normalized.obj","path":"/data/cup/1e/images/a b.jpg","mesh_root":"/home/me/ShapeNet","label":"a/b","x":1}`
	want := `{"mesh":"02691156/4de5/models/model_normalized.obj","path":"cup/1e/images/a b.jpg","mesh_root":".","label":"a/b","x":1}`
	if got := withoutPaths(text); got != want {
		t.Errorf("%s", got)
	}
}
