package plan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

const triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"

// TestEveryMistakeAtOnce has a plan with a mistake on each line that has one.
func TestEveryMistakeAtOnce(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "plan.yaml")
	write(t, file, `study: my study
networks:
  - {analytic: soft-bx}
  - {name: efficientnet-lite99, preproces: raw}
  - {name: efficientnet-lite0, analytic: gaussian}
  - {name: efficientnet-lite0, preprocess: cooked}
objects:
  - {mesh: kettle, class: teapot}
  - {files: "x/*.obj", class: thing}
  - {mesh: teapot}
  - {layout: nowhere, classes: {a: b}}
  - {mesh: teapot, class: teapott}
space:
  axes: [azimut, elevation]
  set: {distanc: 3, fov: 900}
methods: [oir-c, {name: naive, alpha: 2, iterations: 1.5}]
starts: [[130, 130], [1]]
seeds: [-1]
map: ["elevation=0:10"]
regions-on: paper
sead: 4
look:
  materials: maybe
  shading: round
  lights: [[1, 0], "0,0,1,x"]
  background: street.jpg
`)
	_, err := Load(context.Background(), file)
	var all *Error
	if !errors.As(err, &all) {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range all.Problems {
		lines = append(lines, p.Line)
	}
	for line, says := range map[int]string{
		1: "my study", 3: "soft-bx", 4: "efficientnet-lite99", 5: "either a name", 6: "cooked", 8: "kettle", 9: "no file matches",
		10: "class", 11: "nowhere", 12: "teapott", 14: "azimut", 15: "distanc", 16: "oir-c", 17: "start", 18: "seed", 19: "elevation", 20: "paper", 21: "sead",
		23: "true or false", 24: "round", 25: "2 numbers", 26: "street.jpg",
	} {
		found := false
		for _, p := range all.Problems {
			found = found || p.Line == line && strings.Contains(p.Err.Error(), says)
		}
		if !found {
			t.Errorf("line %d: nothing says %q (lines %v)", line, says, lines)
		}
	}
	var unknownMesh *mesh.UnknownError
	var unknownNetwork *network.UnknownNetworkError
	var unknownClass *network.UnknownClassError
	var unknownName *enum.UnknownError
	for name, target := range map[string]any{"mesh": &unknownMesh, "network": &unknownNetwork, "class": &unknownClass, "name": &unknownName} {
		if !errors.As(err, target) {
			t.Errorf("no error is about an unknown %s", name)
		}
	}
	if !slices.IsSorted(lines) || !strings.Contains(err.Error(), "plan.yaml:21: ") {
		t.Errorf("the mistakes are not in order or have no lines:\n%v", err)
	}
}

// TestWeightsAreFromThePlansFolder has a file of weights that is in the working
// folder only.
func TestWeightsAreFromThePlansFolder(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	t.Chdir(elsewhere)
	write(t, "mine.pth", "not really")
	file := filepath.Join(dir, "plan.yaml")
	write(t, file, "networks: [resnet50=mine.pth]\nobjects: [{mesh: cup, class: cup}]\n")
	if _, err := Load(context.Background(), file); err == nil || !strings.Contains(err.Error(), "plan.yaml:1: ") || !strings.Contains(err.Error(), filepath.Join(dir, "mine.pth")+": ") {
		t.Errorf("error %v, want that %s is not there", err, filepath.Join(dir, "mine.pth"))
	}
}

func TestNotYAML(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "broken": "networks: [a\nobjects: {", "a list": "- a\n- b\n", "a word": "hello", "twice": "study: a\nstudy: b\n"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "plan.yaml")
			write(t, file, text)
			if _, err := Load(context.Background(), file); err == nil || !strings.Contains(err.Error(), "plan.yaml:") {
				t.Errorf("error %v, want one with a line", err)
			}
		})
	}
}

// layoutPlan is a study over folders as ShapeNet has them, with materials.
func layoutPlan(t *testing.T) string {
	dir := t.TempDir()
	for _, id := range []string{"02/b", "02/a", "03/c", "03/d", "03/e"} {
		write(t, filepath.Join(dir, "net", id, "models", "model_normalized.obj"), "mtllib model normalized.mtl\n# "+id+"\n"+triangle)
	}
	write(t, filepath.Join(dir, "net/02/a/models/model normalized.mtl"), "newmtl m\nmap_Kd -s 1 1 1 wood.png\n")
	write(t, filepath.Join(dir, "net/02/a/models/wood.png"), "not really")
	file := filepath.Join(dir, "plan.yaml")
	write(t, file, `networks: [{analytic: soft-box}, {analytic: gaussian}]
objects: [{layout: net, classes: {"02": airliner, "03": folding chair}, limit: 2}]
methods: [naive, {name: oir-b, alpha: 0.2, iterations: 7}]
settings: {iterations: 9, rate: 0.2}
starts: {random: 3}
seeds: [5, 6]
map: ["elevation=-10:90:50", "azimuth=0:360:90"]
`)
	return file
}

func prepared(t *testing.T, file string) *Prepared {
	t.Helper()
	p, err := Load(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Prepare(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestItemsOfALayout(t *testing.T) {
	file := layoutPlan(t)
	p := prepared(t, file)
	var ids []string
	for _, o := range p.Objects {
		ids = append(ids, o.ID+"="+o.Class)
	}
	if want := []string{"02/a=airliner", "02/b=airliner", "03/c=folding chair", "03/d=folding chair"}; !slices.Equal(ids, want) {
		t.Errorf("objects %v, want %v", ids, want)
	}
	keys, n := map[string]bool{}, 0
	starts := map[string][][]float64{} // by object and seed
	for item := range p.Items() {
		n++
		keys[string(item.Data())] = true
		back, err := ParseItem(item.Data())
		if err != nil || !reflect.DeepEqual(back, item) {
			t.Fatalf("an item is another after reading: %+v, written was %+v, error %v", back, item, err)
		}
		if item.Grow == nil {
			continue
		}
		if iterations := item.Grow.Settings.Iterations; iterations != map[string]int{"naive": 9, "oir-b": 7}[item.Grow.Method.Name()] || item.Grow.Settings.LearningRate != 0.2 {
			t.Errorf("%s has the settings %+v", item.Grow.Method.Name(), item.Grow.Settings)
		}
		at := item.Object + string(rune(item.Grow.Settings.Seed))
		if known, ok := starts[at]; ok && !reflect.DeepEqual(known, item.Grow.Starts) {
			t.Errorf("%s: other starts for another network or method", at)
		}
		starts[at] = item.Grow.Starts
		for _, s := range item.Grow.Starts {
			if err := p.Space.CheckPoint(s); err != nil {
				t.Error(err)
			}
		}
	}
	if want := 2 * 4 * (1 + 2*2); n != want || len(keys) != want || p.Total() != want {
		t.Errorf("%d items, %d different, Total says %d; want %d", n, len(keys), p.Total(), want)
	}
	if len(starts) != 8 || len(p.meshes[0].files) != 3 || len(p.meshes[1].files) != 1 {
		t.Errorf("%d sets of starts; the files of the first two objects are %v and %v", len(starts), p.meshes[0].files, p.meshes[1].files)
	}
	if again := prepared(t, file); !reflect.DeepEqual(again.meshes, p.meshes) {
		t.Error("the same plan has other items when it is read again")
	}
	write(t, filepath.Join(filepath.Dir(file), "net/02/a/models/wood.png"), "another texture")
	if changed := prepared(t, file); reflect.DeepEqual(changed.meshes[0], p.meshes[0]) || !reflect.DeepEqual(changed.meshes[1], p.meshes[1]) {
		t.Error("a changed texture must change its object's hash, and no other's")
	}
}

// TestRegionsOnMaps checks that items know the item of their map, that maps are
// worked on first, and that maps are asked for.
func TestRegionsOnMaps(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.yaml")
	text := `networks: [{analytic: soft-box}, {analytic: gaussian}]
objects: [{mesh: cup, class: a}, {mesh: vase, class: b}]
methods: [naive, trapezoid, {name: oir-w, gradient-step: 0.01}]
regions-on: map
`
	write(t, file, text)
	if _, err := Load(context.Background(), file); err == nil || !strings.Contains(err.Error(), "plan.yaml:4: regions-on: map needs maps") {
		t.Errorf("without maps: error %v", err)
	}
	write(t, file, text+"map: [\"azimuth=0:360:90\", \"elevation=-10:90:50\"]\n")
	p := prepared(t, file)
	var inOrder, working []string
	mapKey := ""
	for item := range p.Items() {
		inOrder = append(inOrder, string(item.Data()))
		if item.Grow == nil {
			mapKey = string(item.Data())
			if _, ok := item.MapItem(); ok {
				t.Error("a map grows on a map")
			}
			continue
		}
		if its, ok := item.MapItem(); !ok || string(its.Data()) != mapKey {
			t.Errorf("%s grows on the map of %+v, want the item before", item.Grow.Method.Name(), its)
		}
		if want := map[string]float64{"oir-w": 0.01}[item.Grow.Method.Name()]; item.Grow.GradientStep != want || item.Grow.UsesGradient() {
			t.Errorf("%s takes differences of %g, want %g", item.Grow.Method.Name(), item.Grow.GradientStep, want)
		}
	}
	maps := 0
	for item := range p.InWorkingOrder() {
		if working = append(working, string(item.Data())); item.Grow == nil && len(working) <= 4 {
			maps++
		}
	}
	slices.Sort(inOrder)
	slices.Sort(working)
	if len(working) != p.Total() || maps != 4 || !slices.Equal(inOrder, working) {
		t.Errorf("%d items of %d in working order, %d maps among the first four", len(working), p.Total(), maps)
	}
}

// TestGradientsOfItems checks that items record how gradients are smoothed, and that
// items with gradients at the point have no such field.
func TestGradientsOfItems(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.yaml")
	const text = `networks: [{analytic: soft-box}, efficientnet-lite0]
objects: [{mesh: cup, class: cup}]
methods: [naive, oir-w, {name: trapezoid, gradient-width: 0.5}]
`
	write(t, file, text)
	for item := range prepared(t, file).Items() {
		smoothed := item.Analytic == "" && item.Grow.Method.Name() == "trapezoid"
		if (item.Of.Gradients != nil) != smoothed || strings.Contains(string(item.Data()), `"gradients"`) != smoothed {
			t.Errorf("%s with %s has the smoothing %+v", item.Network, item.Grow.Method.Name(), item.Of.Gradients)
		}
		if smoothed && item.Of.Gradients.Width != 0.5 {
			t.Errorf("the smoothing is %+v", item.Of.Gradients)
		}
		again, err := ParseItem(item.Data())
		if err != nil || string(again.Data()) != string(item.Data()) {
			t.Errorf("an item that was read again is %s, error %v", again.Data(), err)
		}
	}
}

// TestGuaranteedMethod: what its regions promise is read and checked, and is not mixed
// with the settings of descents.
func TestGuaranteedMethod(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.yaml")
	const head = "networks: [{analytic: gaussian}]\nobjects: [{mesh: cup, class: a}]\nsettings: {iterations: 10}\n"
	write(t, file, head+"seeds: [1, 2]\nmethods: [guaranteed, {name: oir-b, alpha: 0.1}]\n")
	p, err := Load(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Methods[0].Promise; s == nil || s.Epsilon != 0.01 || s.Threshold != 0.5 || s.Budget != 20000 || p.Methods[0].Name() != "guaranteed" {
		t.Errorf("promise %+v", s)
	}
	for line, says := range map[string]string{
		"{name: guaranteed, alpha: 0.1}":                             "has no alpha",
		"{name: guaranteed, iterations: 5}":                          "has no iterations",
		"{name: naive, epsilon: 0.1}":                                "has no epsilon",
		"{name: guaranteed, budget: 100}":                            "369 or more",
		"{name: guaranteed, epsilon: 2}":                             "outside",
		"{name: guaranteed, budget: 900000000}":                      "evaluations of all starts",
		"{name: guaranteed, right: true}":                            "top-1 answers",
		"{name: guaranteed, thresholds: [2, 1]}":                     "ascending",
		"{name: guaranteed, threshold: 0.3, thresholds: [0.2, 0.4]}": "not both",
		"{name: naive, thresholds: [0.2, 0.4]}":                      "has no thresholds",
		"{name: guarantee}":                                          "guaranteed",
	} {
		write(t, file, head+"methods: ["+line+"]\n")
		if _, err := Load(context.Background(), file); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), ":4:") {
			t.Errorf("%s: %v", line, err)
		}
	}
}
