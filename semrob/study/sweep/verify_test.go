package sweep_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// TestVerify compares what Verify says with means over a dense grid of the
// region, and with regions that are grown on the formula directly.
func TestVerify(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}]
objects: [{mesh: cup, class: a}, {mesh: vase, class: b}]
methods: [naive, oir-w]
settings: {iterations: 150}
map: ["azimuth=0:360:20", "elevation=-10:90:20"]
regions-on: map
`)
	folder := t.TempDir()
	table := run(t, p, folder, 1)
	all, err := sweep.Verify(context.Background(), p, table, folder, sweep.VerifyOptions{Regions: 5, Points: 2000, Again: 3})
	if err != nil {
		t.Fatal(err)
	}
	again, apart := 0, 0.0
	for _, v := range all {
		f, err := analytic.Formula("soft-box", p.Space, v.Row.MeshHash)
		if err != nil {
			t.Fatal(err)
		}
		m, err := semmap.Load(filepath.Join(folder, v.Row.MapFile))
		if err != nil {
			t.Fatal(err)
		}
		onMap, err := m.Objective()
		if err != nil {
			t.Fatal(err)
		}
		b := region.Bounds{A: v.Row.A, B: v.Row.B}
		wantMap, wantNetwork := gridMean(t, onMap, b), gridMean(t, f, b)
		if math.Abs(v.OnMap-wantMap) > 5e-3 || math.Abs(v.OnNetwork-wantNetwork) > 5e-3 {
			t.Errorf("%s, %s, start %d: means %g on the map and %g on the network, a grid has %g and %g", v.Row.Object, v.Row.Method, v.Row.Start, v.OnMap, v.OnNetwork, wantMap, wantNetwork)
		}
		if v.Apart < math.Abs(v.OnMap-v.OnNetwork)-1e-12 || !math.IsNaN(v.Top1) {
			t.Errorf("the mean difference is %g where the means are %g and %g; right %g", v.Apart, v.OnMap, v.OnNetwork, v.Top1)
		}
		apart += v.Apart
		if math.IsNaN(v.Again) {
			continue
		}
		again++
		method, _ := region.MethodByName(v.Row.Method)
		want, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: [][]float64{v.Row.StartPoint}}, method, region.Settings{Iterations: 150})
		if err != nil {
			t.Fatal(err)
		}
		if iou := b.IoUIn(p.Space, want.Runs[0].Bounds); v.Again != want.Fraction(0) || v.IoU != iou {
			t.Errorf("again covers %g with IoU %g, found directly: %g and %g", v.Again, v.IoU, want.Fraction(0), iou)
		}
	}
	if len(all) != 5 || again != 3 || apart == 0 {
		t.Errorf("%d regions, %d grown again, want 5 and 3; sum of differences %g", len(all), again, apart)
	}
	p.OnMap = false
	if _, err := sweep.Verify(context.Background(), p, table, folder, sweep.VerifyOptions{}); err == nil {
		t.Error("regions that grew on the network are verified")
	}
}

// gridMean returns the mean of f over 100 × 100 points of a box of two axes.
func gridMean(t *testing.T, f objective.Objective, b region.Bounds) float64 {
	t.Helper()
	const n = 100
	var points [][]float64
	for i := range n * n {
		x := []float64{b.A[0] + (b.B[0]-b.A[0])*(float64(i%n)+0.5)/n, b.A[1] + (b.B[1]-b.A[1])*(float64(i/n)+0.5)/n}
		x[0] = f.Space()[0].Wrap(x[0])
		points = append(points, x)
	}
	values, sum := make([]float64, len(points)), 0.0
	if err := f.Evaluate(context.Background(), points, values); err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
