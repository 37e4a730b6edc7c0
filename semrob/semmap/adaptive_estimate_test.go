package semmap

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

func evenly(t *testing.T, azimuth, elevation Range) []Samples {
	t.Helper()
	a, err := Sample(objective.Azimuth, azimuth)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Sample(objective.Elevation, elevation)
	if err != nil {
		t.Fatal(err)
	}
	return []Samples{a, e}
}

// TestKrigingSolvesItsSystem compares with the textbook's system of n+1
// equations, solved by elimination, with neighbours found by sorting.
func TestKrigingSolvesItsSystem(t *testing.T) {
	p := newPredictor(evenly(t, DefaultAzimuth, DefaultElevation))
	draw := rand.New(rand.NewPCG(1, 2))
	p.reach[0], p.reach[1] = 3, 1.5
	p.place()
	for _, i := range draw.Perm(len(p.z))[:300] {
		p.learn(i, draw.Float64())
	}
	p.low, p.high = math.Inf(-1), math.Inf(1)
	p.settle()
	for _, i := range draw.Perm(len(p.z))[:100] {
		var sorted []float64
		for _, j := range p.set {
			if j != i {
				sorted = append(sorted, p.distance(i, j))
			}
		}
		slices.Sort(sorted)
		near := make([]int, neighbours)
		for k, n := range p.near[i] {
			if near[k] = n.point; n.point == i || math.Abs(p.distance(i, n.point)-sorted[k]) > 1e-12 {
				t.Fatalf("neighbour %d of %d is %d at %g, sorting finds one at %g", k, i, n.point, n.distance, sorted[k])
			}
		}
		system, right := mat.NewDense(neighbours+1, neighbours+1, nil), mat.NewVecDense(neighbours+1, nil)
		for a, j := range near {
			for b, l := range near {
				system.Set(a, b, covariance(p.distance(j, l)))
			}
			system.Set(a, a, 1+roughness)
			system.Set(a, neighbours, 1)
			system.Set(neighbours, a, 1)
			right.SetVec(a, covariance(p.distance(i, j)))
		}
		right.SetVec(neighbours, 1)
		var w mat.VecDense
		if err := w.SolveVec(system, right); err != nil {
			t.Fatal(err)
		}
		mean, square := 0.0, 1+roughness
		for a, j := range near {
			mean += w.AtVec(a) * p.z[j]
			square -= w.AtVec(a) * right.AtVec(a)
		}
		square -= w.AtVec(neighbours)
		if math.Abs(mean-p.mean[i]) > 1e-9 || math.Abs(math.Sqrt(square)-p.spread[i]) > 1e-9 {
			t.Fatalf("at %d: %g ± %g, the system gives %g ± %g", i, p.mean[i], p.spread[i], mean, math.Sqrt(square))
		}
	}
}

// TestPeriodicNeighbours: the first and the last azimuth are one step apart.
func TestPeriodicNeighbours(t *testing.T) {
	p := newPredictor(evenly(t, DefaultAzimuth, DefaultElevation))
	if across, along := p.distance(0, 119), p.distance(0, 1); math.Abs(across-along) > 1e-12 || math.Abs(along*reach-1) > 1e-3 {
		t.Errorf("one step across the seam is %g, along the axis %g", across, along)
	}
}

// TestEveryPointIsDrawnWithItsProbability counts draws.
func TestEveryPointIsDrawnWithItsProbability(t *testing.T) {
	p := newPredictor(evenly(t, Range{0, 360, 30}, Range{0, 50, 10}))
	for i := range p.error {
		p.error[i] = float64(i % 7)
	}
	p.error[13] = 500 // certain to be drawn
	open := make([]int, 0, len(p.z))
	for i := range p.z {
		if i%5 == 0 {
			p.learn(i, 0)
		} else {
			open = append(open, i)
		}
	}
	want := map[int]float64{}
	sum := 0.0
	for k, v := range inclusion(p, open, 9) {
		want[open[k]] = v
		sum += v
	}
	if math.Abs(sum-9) > 1e-9 || want[13] != 1 {
		t.Fatalf("probabilities sum to %g, that of the certain point is %g", sum, want[13])
	}
	drawn, rounds := map[int]float64{}, 40000
	draw := rand.New(rand.NewPCG(3, 4))
	for range rounds {
		h := drawHeldOut(draw, p, 9)
		if len(h.points) != 9 || h.left != len(open)-9 {
			t.Fatalf("%d points drawn, %d left", len(h.points), h.left)
		}
		for k, i := range h.points {
			if math.Abs(h.probability[k]-want[i]) > 1e-12 {
				t.Fatalf("point %d drawn with %g, told %g", i, want[i], h.probability[k])
			}
			drawn[i] += 1 / float64(rounds)
		}
	}
	for i, p := range want {
		if math.Abs(drawn[i]-p) > 5*math.Sqrt(p*(1-p)/float64(rounds))+1e-9 {
			t.Errorf("point %d drawn in %g of the rounds, its probability is %g", i, drawn[i], p)
		}
	}
}

// TestIntervalsHold refines published maps to their end once, draws held-out
// points many times, and compares each estimate with the exact map: intervals
// of 95 % must hold the truth nearly as often, and estimates must not be
// biased. Draws on the same map share its refinement, so a little less than
// 95 % is allowed for.
func TestIntervalsHold(t *testing.T) {
	const draws, confidence = 60, 0.95
	runs, meanHolds, shareHolds, ratio := 0, 0, 0, 0.0
	for _, network := range []string{"ResNet50", "AlexNet"} {
		published, err := LoadPublished(filepath.Join(testdata.Dir(t), "published", "maps_"+network+".npz"))
		if err != nil {
			t.Fatal(err)
		}
		for class := 0; class < published.Classes; class += 4 {
			exact, err := published.Map(class, 9-class)
			if err != nil {
				t.Fatal(err)
			}
			a := refined(t, exact)
			for seed := range draws {
				p := a.p.clone()
				h := drawHeldOut(rand.New(rand.NewPCG(uint64(seed), 1)), p, a.opts.HeldOut)
				for _, i := range h.points {
					p.learn(i, exact.Z[i])
				}
				h.measure(p)
				mean, share := h.estimates(confidence, len(exact.Z))
				trueMean, trueShare := 0.0, 0.0
				for i, z := range exact.Z {
					d := math.Abs(p.value(i) - z)
					trueMean += d / float64(len(exact.Z))
					if d > OffBy {
						trueShare += 1 / float64(len(exact.Z))
					}
				}
				runs++
				ratio += mean.Value / trueMean
				if mean.Low <= trueMean && trueMean <= mean.High {
					meanHolds++
				}
				if share.Low <= trueShare && trueShare <= share.High {
					shareHolds++
				}
			}
		}
	}
	n := float64(runs)
	t.Logf("%d draws: the mean error is inside its interval in %.1f %%, the share in %.1f %%; estimate over truth %.3f",
		runs, 100*float64(meanHolds)/n, 100*float64(shareHolds)/n, ratio/n)
	if float64(meanHolds) < 0.92*n || float64(shareHolds) < 0.94*n || math.Abs(ratio/n-1) > 0.03 {
		t.Errorf("of %d intervals of 95 %%, %d hold the mean error, %d the share; estimates are %.3f of the truth", runs, meanHolds, shareHolds, ratio/n)
	}
}

// refined returns an adaptation that has spent all but its held-out points.
func refined(t *testing.T, exact *Map) *adaptation {
	t.Helper()
	f, err := exact.Objective()
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(exact.Axes...)
	if err != nil {
		t.Fatal(err)
	}
	a := newAdaptation(m, f, AdaptiveOptions{}.WithDefaults(len(m.Z)))
	points := a.coarse()
	for {
		if err := a.evaluate(context.Background(), points); err != nil {
			t.Fatal(err)
		}
		if err := a.predict(); err != nil {
			t.Fatal(err)
		}
		if a.room() <= 0 {
			return a
		}
		points = a.p.choose(min(a.opts.Batch, a.room()))
	}
}

func (p *predictor) clone() *predictor {
	c := *p
	c.z, c.evaluated, c.set = slices.Clone(p.z), slices.Clone(p.evaluated), slices.Clone(p.set)
	c.stale, c.mean, c.spread, c.error = slices.Clone(p.stale), slices.Clone(p.mean), slices.Clone(p.spread), slices.Clone(p.error)
	c.near, c.changed = make([][]neighbour, len(p.near)), nil
	for i := range p.near {
		c.near[i] = append(make([]neighbour, 0, neighbours), p.near[i]...)
	}
	return &c
}
