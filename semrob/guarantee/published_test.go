package guarantee_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

var _ = os.Getenv

func published(t testing.TB, network string) *semmap.Published {
	p, err := semmap.LoadPublished(filepath.Join(testdata.Dir(t), "published", "maps_"+network+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func cellsOf(t testing.TB, f objective.Objective, size float64) (*guarantee.Cells, []float64) {
	c, err := guarantee.NewCells(f.Space(), size, size)
	if err != nil {
		t.Fatal(err)
	}
	points := c.Centres()
	values := make([]float64, len(points))
	if err := f.Evaluate(context.Background(), points, values); err != nil {
		t.Fatal(err)
	}
	return c, values
}

func quantile(x []float64, q float64) float64 {
	slices.Sort(x)
	return x[int(q*float64(len(x)-1)+0.5)]
}

func TestExplore(t *testing.T) {
	for _, tau := range []float64{0.3, 0.5} {
		var ratio, all, ratio3, evals, attempts, shares []float64
		runs, claimed := 0, 0
		for _, network := range []string{"AlexNet", "ResNet50"} {
			p := published(t, network)
			for object := range p.Classes * p.Objects {
				m, _ := p.Map(object/p.Objects, object%p.Objects)
				f, _ := m.Objective()
				found, err := guarantee.Find(context.Background(), []guarantee.Problem{{Objective: f, Starts: region.DefaultStarts()}}, guarantee.Settings{Threshold: tau, Seed: uint64(object)})
				if err != nil {
					t.Fatal(err)
				}
				var cs [2]*guarantee.Cells
				for j, size := range []float64{1, 3} {
					c, values := cellsOf(t, f, size)
					for i, v := range values {
						c.Pass[i] = v >= tau
					}
					cs[j] = c
				}
				c := cs[0]
				for _, run := range found[0].Runs {
					if run.Status == guarantee.WrongAtStart {
						continue
					}
					runs++
					evals = append(evals, float64(run.Evaluations))
					if !run.Status.Proved() {
						continue
					}
					claimed++
					attempts = append(attempts, float64(run.Proof.Attempts))
					failing, n := 0, 0
					vals := make([]float64, 1)
					for i := range 60 {
						for j := range 60 {
							b := run.Bounds
							u := []float64{f.Space()[0].Wrap(b.A[0] + (float64(i)+.5)/60*(b.B[0]-b.A[0])), b.A[1] + (float64(j)+.5)/60*(b.B[1]-b.A[1])}
							f.Evaluate(context.Background(), [][]float64{u}, vals)
							n++
							if vals[0] < tau {
								failing++
							}
						}
					}
					shares = append(shares, float64(failing)/float64(n))
					if b, ok := cs[1].Largest(run.Start); ok {
						ratio3 = append(ratio3, run.Bounds.Volume()/b.Volume())
					}
					if b, ok := c.Largest(run.Start); ok {
						all = append(all, run.Bounds.Volume()/b.Volume())
						if all[len(all)-1] < 0.94 && os.Getenv("SHOW") != "" {
							fmt.Println(network, object, run.Start, b, run.Bounds, run.Status, run.Proof, run.Evaluations, run.Bounds.Volume()/b.Volume())
						}
					}
					if b, ok := c.Largest(run.Start); ok && b.Volume() >= 100 {
						ratio = append(ratio, run.Bounds.Volume()/b.Volume())
					}
				}
			}
		}
		fmt.Printf("τ %g: %d runs, %d proved; evaluations 25/50/75/100 %.0f %.0f %.0f %.0f; attempts 50/90 %.0f %.0f; ratio (%d) 0/5/10/25/50/75 %.3f %.3f %.3f %.3f %.3f %.3f; share 50/90/100 %.4f %.4f %.4f\n",
			tau, runs, claimed, quantile(evals, .25), quantile(evals, .5), quantile(evals, .75), quantile(evals, 1),
			quantile(attempts, .5), quantile(attempts, .9), len(ratio),
			quantile(ratio, 0), quantile(ratio, .05), quantile(ratio, .1), quantile(ratio, .25), quantile(ratio, .5), quantile(ratio, .75),
			quantile(shares, .5), quantile(shares, .9), quantile(shares, 1))
		for _, x := range [][]float64{all, ratio3} {
			fmt.Printf("    (%d) %.3f %.3f %.3f %.3f %.3f %.3f\n", len(x), quantile(x, 0), quantile(x, .05), quantile(x, .1), quantile(x, .25), quantile(x, .5), quantile(x, .75))
		}
	}
}
