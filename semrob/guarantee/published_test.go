package guarantee_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/internal/stats"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

func find(t testing.TB, f objective.Objective, s guarantee.Settings, starts ...[]float64) *guarantee.Result {
	t.Helper()
	found, err := guarantee.Find(context.Background(), []guarantee.Problem{{Objective: f, Starts: starts}}, s)
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

func published(t testing.TB, network string) []objective.Objective {
	p, err := semmap.LoadPublished(filepath.Join(testdata.Dir(t), "published", "maps_"+network+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	var all []objective.Objective
	for i := range p.Classes * p.Objects {
		m, err := p.Map(i/p.Objects, i%p.Objects)
		if err != nil {
			t.Fatal(err)
		}
		f, err := m.Objective()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func evaluated(t testing.TB, f objective.Objective, points [][]float64) []float64 {
	values := make([]float64, len(points))
	if err := f.Evaluate(context.Background(), points, values); err != nil {
		t.Fatal(err)
	}
	return values
}

func cells(t testing.TB, f objective.Objective, size, threshold float64) *guarantee.Cells {
	c, err := guarantee.NewCells(f.Space(), size, size)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range evaluated(t, f, c.Centres()) {
		c.Pass[i] = v >= threshold
	}
	return c
}

// failing returns the share of a box that fails, from a fine lattice.
func failing(t testing.TB, f objective.Objective, b region.Bounds, threshold float64) float64 {
	const n = 100
	var points [][]float64
	for i := range n * n {
		x := b.A[0] + (float64(i%n)+0.5)/n*(b.B[0]-b.A[0])
		points = append(points, []float64{f.Space()[0].Wrap(x), b.A[1] + (float64(i/n)+0.5)/n*(b.B[1]-b.A[1])})
	}
	bad := 0
	for _, v := range evaluated(t, f, points) {
		if v < threshold {
			bad++
		}
	}
	return float64(bad) / n / n
}

// On the published maps a guaranteed region is as large as the largest clean box
// of 1° cells, for fewer evaluations than OIR-B takes.
func TestTightnessAndCostOnPublishedMaps(t *testing.T) {
	step := 2 // every other object
	if os.Getenv("SEMROB_LONG") == "1" {
		step = 1
	}
	networks := map[string][]objective.Objective{"AlexNet": published(t, "AlexNet"), "ResNet50": published(t, "ResNet50")}
	for _, threshold := range []float64{0.3, 0.5} {
		t.Run(fmt.Sprintf("τ %g", threshold), func(t *testing.T) {
			t.Parallel()
			var ratios, evaluations, shares []float64
			runs, wrong := 0, 0
			for _, network := range []string{"AlexNet", "ResNet50"} {
				for object, f := range networks[network] {
					if object%step != 0 {
						continue
					}
					clean := cells(t, f, 1, threshold)
					for _, run := range find(t, f, guarantee.Settings{Threshold: threshold, Seed: uint64(object)}, region.DefaultStarts()...).Runs {
						if run.Status == guarantee.WrongAtStart {
							continue
						}
						runs++
						evaluations = append(evaluations, float64(run.Evaluations))
						if !run.Status.Proved() {
							continue
						}
						share := failing(t, f, run.Bounds, threshold)
						if shares = append(shares, share); share > 0.01 {
							wrong++
						}
						if b, ok := clean.Largest(run.Start); ok {
							ratios = append(ratios, run.Bounds.Volume()/b.Volume())
						}
					}
				}
			}
			for _, x := range [][]float64{ratios, evaluations, shares} {
				slices.Sort(x)
			}
			q := stats.Quantile
			t.Logf("%d of %d proved; volume over the largest clean box of 1° cells %.3f / %.3f / %.3f / %.3f (10, 25, 50, 75 %%)", len(shares), runs,
				q(ratios, 0.1), q(ratios, 0.25), q(ratios, 0.5), q(ratios, 0.75))
			t.Logf("evaluations %.0f / %.0f / %.0f (quartiles), at most %.0f; failing share %.2f %% in the median, at most %.2f %%",
				q(evaluations, 0.25), q(evaluations, 0.5), q(evaluations, 0.75), q(evaluations, 1), 100*q(shares, 0.5), 100*q(shares, 1))
			if q(ratios, 0.1) < 0.9 || q(ratios, 0.5) < 0.98 {
				t.Error("the regions are too small")
			}
			if q(evaluations, 0.5) > 4000 {
				t.Error("the regions cost too much")
			}
			if len(shares) < runs*95/100 {
				t.Errorf("only %d of %d regions are proved", len(shares), runs)
			}
			if wrong > len(shares)/20 {
				t.Errorf("%d of %d claims are false", wrong, len(shares))
			}
		})
	}
}

// The mean volume of the largest clean boxes of 3° cells, in % of the
// domain.
func TestLargestBoxesOnPublishedMaps(t *testing.T) {
	for network, want := range map[string]map[float64]float64{
		"AlexNet":  {0.1: 4.41, 0.3: 0.95, 0.5: 0.06},
		"ResNet50": {0.1: 11.08, 0.3: 4.90, 0.5: 2.52},
	} {
		objectives := published(t, network)
		for threshold, percent := range want {
			sum := 0.0
			for _, f := range objectives {
				c := cells(t, f, 3, threshold)
				for _, start := range region.DefaultStarts() {
					if b, ok := c.Largest(start); ok {
						sum += b.Volume() / 36000
					}
				}
			}
			got := 100 * sum / float64(4*len(objectives))
			t.Logf("%s, τ %g: %.3f %%, want %.2f %%", network, threshold, got, percent)
			if d := got - percent; d > 0.05 || d < -0.05 {
				t.Errorf("%s, τ %g: %.3f %%, want %.2f %%", network, threshold, got, percent)
			}
		}
	}
}
