package sweep_test

import (
	"bytes"
	"context"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

func prepare(t *testing.T, text string) *plan.Prepared {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Load(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Prepare(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func run(t *testing.T, p *plan.Prepared, folder string, workers int) *results.Table {
	t.Helper()
	table, err := sweep.Run(context.Background(), p, sweep.Options{Folder: folder, Workers: workers, Report: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestRowsAreWhatFindFinds compares the table, and the files beside it, with the
// same regions and maps found without a study.
func TestRowsAreWhatFindFinds(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}]
objects: [{mesh: cup, class: a}, {mesh: vase, class: b}]
methods: [naive, oir-w]
settings: {iterations: 100}
map: ["azimuth=0:360:30", "elevation=-10:90:10"]
`)
	folder := t.TempDir()
	table := run(t, p, folder, 2)
	if len(table.Rows) != 2*2*4 {
		t.Fatalf("%d rows, want 16", len(table.Rows))
	}
	for _, row := range table.Rows {
		f, err := analytic.Formula("soft-box", p.Space, row.MeshHash)
		if err != nil {
			t.Fatal(err)
		}
		method, _ := region.MethodByName(row.Method)
		want, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: [][]float64{row.StartPoint}}, method, region.Settings{Iterations: 100})
		if err != nil {
			t.Fatal(err)
		}
		if b := want.Runs[0].Bounds; row.A[0] != b.A[0] || row.B[1] != b.B[1] || row.Fraction != want.Fraction(0) || row.Iterations != want.Runs[0].Iterations {
			t.Errorf("%s, %s, start %d: %v … %v, found directly: %v", row.Object, row.Method, row.Start, row.A, row.B, b)
		}
		value := make([]float64, 1)
		if err := f.Evaluate(context.Background(), [][]float64{row.StartPoint}, value); err != nil || row.InitialF != value[0] {
			t.Errorf("f at the start is %g, the row says %g", value[0], row.InitialF)
		}
		m, err := semmap.Load(filepath.Join(folder, row.MapFile))
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i := range m.Z {
			if err := f.Evaluate(context.Background(), [][]float64{m.Point(i)}, value); err != nil || m.Z[i] != float64(float32(value[0])) {
				t.Fatalf("the map has %g at %v, f is %g", m.Z[i], m.Point(i), value[0])
			}
			sum += m.Z[i]
		}
		if math.Abs(row.MapMean-sum/120) > 1e-12 || !math.IsNaN(row.MapAccuracy) {
			t.Errorf("the map's mean is %g, the row says %g and accuracy %g", sum/120, row.MapMean, row.MapAccuracy)
		}
		if r, err := region.Load(filepath.Join(folder, row.RegionsFile)); err != nil || r.Runs[row.Start].Bounds.A[0] != row.A[0] {
			t.Errorf("%s: error %v, or other bounds than the row", row.RegionsFile, err)
		}
	}
	saved, err := results.Open(filepath.Join(folder, sweep.TableFile))
	if err != nil || len(saved.Rows) != 16 || saved.Rows[7].A[0] != table.Rows[7].A[0] {
		t.Errorf("the table on disk has %d rows, error %v", len(saved.Rows), err)
	}
}

// TestARealNetwork compares the items of a rendered network with what a Lab
// says: of a black-box method and of one that needs gradients.
func TestARealNetwork(t *testing.T) {
	p := prepare(t, `networks: [efficientnet-lite0]
objects: [{mesh: teapot, class: teapot}]
methods: [oir-b, trapezoid]
settings: {iterations: 6, half-width: 10}
starts: [[130, 30], [50, 20]]
map: ["azimuth=0:360:90", "elevation=0:90:30"]
`)
	rows := run(t, p, t.TempDir(), 1).Rows
	lab := semrob.Lab{NoCache: true}
	teapot := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	for i, method := range []region.Method{region.OIRB{}, region.Trapezoid{}} {
		r, err := lab.Regions(context.Background(), teapot, semrob.RegionOptions{
			Starts: [][]float64{{130, 30}, {50, 20}}, Method: method, Settings: region.Settings{Iterations: 6, HalfWidth: 10},
		})
		if err != nil {
			t.Fatal(err)
		}
		row := rows[2*i+1]
		if b := r.Runs[1].Bounds; row.Method != method.Name() || row.A[0] != b.A[0] || row.B[1] != b.B[1] || row.Evaluations != r.Runs[1].Evaluations {
			t.Errorf("the row of %s has %v … %v, the lab finds %v", row.Method, row.A, row.B, b)
		}
	}
	grid, err := semrob.ParseGrid("azimuth=0:360:90", "elevation=0:90:30")
	if err != nil {
		t.Fatal(err)
	}
	m, err := lab.Map(context.Background(), teapot, semrob.MapOptions{Axes: grid})
	if err != nil {
		t.Fatal(err)
	}
	row := rows[1]
	if mean := m.Stats().Mean; row.MapMean != mean || !(row.MapAccuracy >= 0 && row.MapAccuracy <= 1) {
		t.Errorf("the map's mean is %g and accuracy %g, the lab finds %g", row.MapMean, row.MapAccuracy, mean)
	}
	if row.Class != 849 || row.ClassName != "teapot" || len(row.Weights) != 64 {
		t.Errorf("the row is of class %d %q, weights %s", row.Class, row.ClassName, row.Weights)
	}
}

// TestRegionsOnMaps compares regions that grow on maps with those that
// region.Find grows on the file beside the table; and items without a queue,
// whose maps have to be computed, with what the study kept.
func TestRegionsOnMaps(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}]
objects: [{mesh: cup, class: a}, {mesh: vase, class: b}]
methods: [naive, trapezoid, oir-b, oir-w]
settings: {iterations: 150}
map: ["azimuth=0:360:12", "elevation=-10:90:10"]
regions-on: map
`)
	folder := t.TempDir()
	table := run(t, p, folder, 2)
	if len(table.Rows) != 2*4*4 {
		t.Fatalf("%d rows, want 32", len(table.Rows))
	}
	unlike := 0
	for _, row := range table.Rows {
		m, err := semmap.Load(filepath.Join(folder, row.MapFile))
		if err != nil {
			t.Fatal(err)
		}
		f, err := m.Objective()
		if err != nil {
			t.Fatal(err)
		}
		method, _ := region.MethodByName(row.Method)
		settings := region.Settings{Iterations: 150}
		want, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: [][]float64{row.StartPoint}}, method, settings)
		if err != nil {
			t.Fatal(err)
		}
		if b := want.Runs[0].Bounds; row.A[0] != b.A[0] || row.A[1] != b.A[1] || row.B[0] != b.B[0] || row.B[1] != b.B[1] {
			t.Errorf("%s, %s, start %d: %v … %v, found on the map: %v", row.Object, row.Method, row.Start, row.A, row.B, b)
		}
		exact, err := analytic.Formula("soft-box", p.Space, row.MeshHash)
		if err != nil {
			t.Fatal(err)
		}
		if want, err = region.Find(context.Background(), region.Problem{Objective: exact, Starts: [][]float64{row.StartPoint}}, method, settings); err != nil {
			t.Fatal(err)
		}
		if want.Runs[0].Bounds.A[0] != row.A[0] {
			unlike++
		}
	}
	if unlike == 0 {
		t.Error("all regions are those of the formula itself: they did not grow on maps")
	}
	engine := &sweep.Engine{}
	for item := range p.Items() {
		if item.Grow == nil {
			continue
		}
		data, err := engine.Do(context.Background(), nil, queue.NewItem(item.Data()))
		if err != nil {
			t.Fatal(err)
		}
		found, err := filepath.Glob(filepath.Join(folder, "regions", "*", item.Object+"-"+item.Grow.Method.Name()+"-*.npz"))
		if err != nil || len(found) != 1 {
			t.Fatalf("files %v, error %v", found, err)
		}
		if kept, err := os.ReadFile(found[0]); err != nil || !bytes.Equal(kept, data) {
			t.Errorf("%s, %s: the item computed alone is not what the study kept (error %v)", item.Object, item.Grow.Method.Name(), err)
		}
	}
}

// TestMostWork counts by hand: 4 corners, 8 with the outer ones, 5 values for a
// gradient by differences in two dimensions.
func TestMostWork(t *testing.T) {
	text := `networks: [{analytic: soft-box}]
objects: [{mesh: cup, class: a}]
methods: [naive, oir-b, trapezoid, {name: oir-w, gradient-step: 0.01}]
settings: {iterations: 10}
starts: [[0, 0], [1, 1], [2, 2]]
map: ["azimuth=0:360:90", "elevation=-10:90:50"]
`
	count := func(text string) (all []sweep.Work) {
		for item := range prepare(t, text).Items() {
			all = append(all, sweep.MostWork(item))
		}
		return all
	}
	want := []sweep.Work{{Values: 4 * 2}, {Values: 4 * 30}, {Values: 8 * 30}, {Gradients: 4 * 30}, {Values: 5 * 4 * 30}}
	if got := count(text); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	sum := sweep.Work{}
	for _, w := range count(text + "regions-on: map\n") {
		sum = sum.Add(w)
	}
	if sum != want[0] {
		t.Errorf("on maps: %v, want those of the map alone", sum)
	}
	if s := (sweep.Work{Values: 30, Gradients: 20}).Seconds(sweep.Rate{Values: 10, Gradients: 4}); s != 8 {
		t.Errorf("%g seconds, want 8", s)
	}
}

// TestDamagedResultsAreComputedAgain replaces a kept result by garbage.
func TestDamagedResultsAreComputedAgain(t *testing.T) {
	p := prepare(t, "networks: [{analytic: gaussian}]\nobjects: [{mesh: cup, class: a}]\nmethods: [naive, oir-b]\nsettings: {iterations: 20}\n")
	folder := t.TempDir()
	want := run(t, p, folder, 1)
	server, err := embedded.Start(filepath.Join(folder, sweep.ServerFolder), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.Join(context.Background(), conn, "study")
	if err != nil {
		t.Fatal(err)
	}
	for item := range p.Items() {
		if err := q.Forget(context.Background(), queue.KeyOf(item.Data())); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	garbage := func(context.Context, *queue.Queue, queue.Item) ([]byte, error) { return []byte("PK garbage"), nil }
	done := make(chan error, 1)
	go func() { done <- q.Work(ctx, garbage, queue.WorkOptions{}) }()
	if _, err := q.Run(ctx, queue.Work{Total: p.Total(), Items: func() iter.Seq[queue.Item] {
		return func(yield func(queue.Item) bool) {
			for item := range p.Items() {
				if !yield(queue.NewItem(item.Data())) {
					return
				}
			}
		}
	}}, nil); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	got := run(t, p, folder, 1)
	if len(got.Rows) != len(want.Rows) || got.Rows[5].B[0] != want.Rows[5].B[0] {
		t.Errorf("%d rows of %d, or other bounds", len(got.Rows), len(want.Rows))
	}
}

// runFarAway runs a study with a worker whose folder holds nothing of it, and
// returns the folder that fetched files are in.
func runFarAway(t *testing.T, p *plan.Prepared, folder string) (cache string) {
	t.Helper()
	cache = t.TempDir()
	_, err := sweep.Run(context.Background(), p, sweep.Options{Folder: folder, Started: func(ctx context.Context, address queue.Server) (func(), error) {
		conn, err := queue.Dial(address, "far away", nil)
		if err != nil {
			return nil, err
		}
		q, err := queue.Join(ctx, conn, p.Study)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		engine := &sweep.Engine{Dir: t.TempDir(), Cache: cache}
		go func() { done <- q.Work(ctx, engine.Do, queue.WorkOptions{}) }()
		return func() { cancel(); <-done; conn.Close() }, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// TestFilesTravel has a worker whose folder holds nothing of the study.
func TestFilesTravel(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"far.obj": "mtllib far.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 2 3 4\n", "far.mtl": "newmtl m\nKd 1 0 0\n",
		"plan.yaml": "networks: [{analytic: soft-box}]\nobjects: [{mesh: far.obj, class: a}]\nmethods: [naive]\nsettings: {iterations: 20}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := plan.Load(context.Background(), filepath.Join(dir, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := loaded.Prepare(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	cache := runFarAway(t, p, folder)
	for _, name := range []string{"far.obj", "far.mtl"} {
		if found, _ := filepath.Glob(filepath.Join(cache, "*", name)); len(found) != 1 {
			t.Errorf("%s did not come to the worker: %v", name, found)
		}
	}
	table, err := results.Open(filepath.Join(folder, "results.csv"))
	if err != nil || len(table.Rows) != 4 || table.Rows[0].Status == results.SetAside {
		t.Errorf("the table: %+v, error %v", table, err)
	}
}
