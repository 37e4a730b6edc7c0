package predict

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// synthetic is a study whose regions depend on start, class and network with some
// noise, or are noise only.
func synthetic(known bool) *results.Table {
	random := rand.New(rand.NewPCG(1, 1))
	t := &results.Table{Study: "synthetic", Space: objective.Viewpoints()}
	for network := range 2 {
		for object := range 24 {
			for start := range 6 {
				at := []float64{60 * float64(start), float64(10 * (start % 3))}
				y := 0.2 + 0.02*random.NormFloat64()
				if known {
					y += 0.1*math.Cos(at[0]*math.Pi/180) + 0.05*float64(object%3) + 0.04*float64(network)*at[1]/10
				}
				t.Rows = append(t.Rows, results.Row{
					Network: fmt.Sprint("net", network), Object: fmt.Sprint("object", object), Group: fmt.Sprint("class", object%3), Method: "oir-b",
					Start: start, StartPoint: at, Fraction: y, InitialF: results.Absent, MeshHash: fmt.Sprint(object),
				})
			}
		}
	}
	t.Rows[5].Fraction = results.Absent
	return t
}

func crossValidated(t *testing.T, table *results.Table, o Options) *Report {
	t.Helper()
	d, err := Examples(table, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := CrossValidate(context.Background(), d, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLearnsWhatThereIs(t *testing.T) {
	r := crossValidated(t, synthetic(true), Options{Folds: 4})
	if network := r.Scores[0]; network.R2 < 0.9 || network.RMSE > 3 || network.Gain.Lower <= 0 {
		t.Errorf("regions that follow from the features: %+v", network)
	}
	if mean := r.Scores[1]; mean.R2 != 0 {
		t.Errorf("the mean against itself: %+v", mean)
	}
	if last := len(r.Learnt) - 1; last != DefaultEpochs || r.Learnt[last] > 0.1*r.Learnt[0] || r.Held[last] > 0.2*r.Held[0] {
		t.Errorf("the curve goes from %g, %g to %g, %g", r.Learnt[0], r.Held[0], r.Learnt[len(r.Learnt)-1], r.Held[len(r.Held)-1])
	}
}

func TestLearnsNothingFromNoise(t *testing.T) {
	r := crossValidated(t, synthetic(false), Options{Folds: 4})
	if network := r.Scores[0]; network.R2 > 0.05 || network.Gain.Upper > 0.05*network.RMSE*network.RMSE {
		t.Errorf("noise was predicted: %+v", network)
	}
}

func TestSameSeedSameReport(t *testing.T) {
	o := Options{Folds: 3, Epochs: 30, Seed: 5}
	a, b := crossValidated(t, synthetic(true), o), crossValidated(t, synthetic(true), o)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("two trainings with one seed differ")
	}
	o.Seed++
	if c := crossValidated(t, synthetic(true), o); fmt.Sprint(a.Predicted) == fmt.Sprint(c.Predicted) {
		t.Error("another seed changes nothing")
	}
}

// TestHeldOutObjectsDoNotCount changes the regions of the objects of one fold: their
// predictions must not change.
func TestHeldOutObjectsDoNotCount(t *testing.T) {
	o := Options{Folds: 4, Epochs: 40}
	d, err := Examples(synthetic(true), o)
	if err != nil {
		t.Fatal(err)
	}
	before, err := CrossValidate(context.Background(), d, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	fold, objects := folds(d, o.withDefaults())
	of := map[string]int{}
	for i, object := range d.Object {
		if f, ok := of[object]; ok && f != fold[i] {
			t.Fatalf("%s is in two folds", object)
		}
		of[object] = fold[i]
		if fold[i] == 2 {
			d.Y[i] = 90
		}
	}
	after, err := CrossValidate(context.Background(), d, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for i, f := range fold {
		switch same := math.Abs(after.Predicted[i]-before.Predicted[i]) < 1e-4; {
		case f == 2 && !same:
			t.Fatalf("run %d was predicted as %g, and as %g once its own value was changed", i, before.Predicted[i], after.Predicted[i])
		case f != 2 && !same:
			moved++
		}
	}
	if objects != 24 || moved < len(fold)/2 {
		t.Errorf("%d objects; %d predictions of others moved", objects, moved)
	}
}

func TestExamples(t *testing.T) {
	d, err := Examples(synthetic(true), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(d.Features) != "[sin azimuth cos azimuth elevation class0 class1 class2 net0 net1 oir-b]" || d.LeftOut != 1 {
		t.Errorf("features %v, %d left out", d.Features, d.LeftOut)
	}
	// Object 0 of class 0, network 0, start 1: azimuth 60, elevation 10.
	want := []float64{math.Sqrt(3) / 2, 0.5, 10, 1, 0, 0, 1, 0, 1}
	for k, x := range d.X[1] {
		if math.Abs(x-want[k]) > 1e-12 {
			t.Errorf("%s is %g, want %g", d.Features[k], x, want[k])
		}
	}
	if _, err := Examples(synthetic(true), Options{InitialF: true}); !errors.Is(err, ErrNoExamples) {
		t.Errorf("runs without f at the start give %v", err)
	}
	var missing *MissingMeshError
	if _, err := Examples(synthetic(true), Options{Shapes: map[string]mesh.ShapeFeatures{"0": {}}}); !errors.As(err, &missing) || missing.Object != "object1" {
		t.Errorf("objects without a mesh give %v", err)
	}
	few := &results.Table{Space: objective.Viewpoints(), Rows: synthetic(true).Rows[:12]}
	if d, err = Examples(few, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := CrossValidate(context.Background(), d, Options{}, nil); !errors.Is(err, ErrTooFew) {
		t.Errorf("two objects give %v", err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if d, err = Examples(synthetic(true), Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := CrossValidate(stopped, d, Options{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped training gives %v", err)
	}
}

// TestPublishedResults logs how well the published regions are predicted; it only
// checks that the report covers all runs and that its errors are possible.
func TestPublishedResults(t *testing.T) {
	table, err := compare.Open(filepath.Join(testdata.Dir(t), "published"))
	if err != nil {
		t.Fatal(err)
	}
	r := crossValidated(t, table, Options{Epochs: 60})
	if r.Runs != 2399 || r.Objects != 100 {
		t.Errorf("%d runs on %d objects", r.Runs, r.Objects)
	}
	for _, s := range r.Scores {
		t.Logf("%-36s RMSE %.2f MAE %.2f R² %.3f", s.Name, s.RMSE, s.MAE, s.R2)
		if !(s.MAE > 0 && s.MAE <= s.RMSE && s.R2 < 1) {
			t.Errorf("score %+v", s)
		}
	}
}

func TestShapesAreFoundByTheirHash(t *testing.T) {
	dir := t.TempDir()
	text := []byte("v 0 0 0\nv 2 0 0\nv 0 1 0\nf 1 2 3\n")
	if err := os.WriteFile(filepath.Join(dir, "a.obj"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	cup, err := mesh.Open("cup")
	if err != nil {
		t.Fatal(err)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256(text))
	table := &results.Table{Rows: []results.Row{{MeshHash: hash}, {MeshHash: cup.Hash()}, {MeshHash: "of nothing"}}}
	shapes, err := Shapes(table, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(shapes) != 2 || shapes[hash].Extents != [3]float64{1, 0.5, 0} || shapes[cup.Hash()] != cup.ShapeFeatures() {
		t.Errorf("found %v", shapes)
	}
}

// TestShapesOfAStudy finds the meshes of plans by the hashes that their items have, with
// materials and without.
func TestShapesOfAStudy(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"shapes/cup/1/models/model_normalized.obj": "mtllib model_normalized.mtl\nusemtl a\nv 0 0 0\nv 2 0 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 3/1\n",
		"shapes/cup/1/models/model_normalized.mtl": "newmtl a\nKd 1 0 0\nmap_Kd ../images/a.png\n",
		"shapes/cup/1/images/a.png":                "not read here",
		"shapes/cup/2/models/model_normalized.obj": "v 0 0 0\nv 1 0 0\nv 0 4 0\nf 1 2 3\n",
		"white.yaml":     "networks: [{analytic: soft-box}]\nobjects: [{layout: shapes, classes: {cup: a}}]\n",
		"materials.yaml": "networks: [{analytic: soft-box}]\nlook: {materials: true, mesh-root: shapes}\nobjects: [{layout: shapes, classes: {cup: a}}]\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"white.yaml", "materials.yaml"} {
		p, err := plan.Load(t.Context(), filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Prepare(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		table := &results.Table{}
		for item := range r.Items() {
			table.Rows = append(table.Rows, results.Row{Object: item.Object, MeshHash: item.Of.MeshContent()})
		}
		shapes, err := Shapes(table, filepath.Join(dir, "shapes"))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range table.Rows {
			want := map[string][3]float64{"cup/1": {1, 0.5, 0}, "cup/2": {0.25, 1, 0}}[row.Object]
			if got, ok := shapes[row.MeshHash]; !ok || got.Extents != want {
				t.Errorf("%s, %s: found %v, want extents %v", file, row.Object, ok, want)
			}
		}
	}
}
