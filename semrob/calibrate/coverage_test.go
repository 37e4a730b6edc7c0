package calibrate_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// thing is an object that an analytic classifier of two classes sees, in closed form.
// The confidence c rises linearly with the azimuth from 0.5 to 0.75. At each azimuth,
// the share of elevations with a right answer is c − over plus a term of the object
// alone: level + shift·cos(azimuth − phase).
type thing struct{ over, level, shift, phase float64 }

var thingSpace = objective.Space{
	{Name: "azimuth", Unit: "°", Min: 0, Max: 360, Periodic: true}, {Name: "elevation", Unit: "°", Min: 0, Max: 90},
}

func (thing) Space() objective.Space { return thingSpace }

func (f thing) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	return f.Answers(ctx, points, values, make([]objective.Answer, len(points)))
}

func (f thing) Answers(_ context.Context, points [][]float64, values []float64, answers []objective.Answer) error {
	for i, u := range points {
		c := 0.5 + 0.25*u[0]/360
		p := []float32{float32(c), float32(1 - c)}
		if u[1]/90 >= c-f.over+f.level+f.shift*math.Cos((u[0]-f.phase)*math.Pi/180) { // wrong
			p[0], p[1] = p[1], p[0]
		}
		values[i] = float64(p[0])
		var err error
		if answers[i], err = objective.AnswerOf(p, 0); err != nil {
			return err
		}
	}
	return nil
}

// thingGrid has azimuths and elevations in the middles of equal parts.
func thingGrid(azimuths, elevations int) []semmap.Samples {
	samples := func(axis objective.Axis, n int) semmap.Samples {
		s := semmap.Samples{Axis: axis}
		for i := range n {
			s.Values = append(s.Values, axis.Min+axis.Width()*(float64(i)+0.5)/float64(n))
		}
		return s
	}
	return []semmap.Samples{samples(thingSpace[0], azimuths), samples(thingSpace[1], elevations)}
}

// drawThing draws an object: level and shift are even on ±0.12 and the phase on the
// circle, so that the shares of all objects together are c − over, and none is beyond
// 0…1.
func drawThing(draw *rand.Rand, over float64) thing {
	return thing{over: over, level: 0.12 * (2*draw.Float64() - 1), shift: 0.12 * (2*draw.Float64() - 1), phase: 360 * draw.Float64()}
}

// TestIntervalsCover draws studies of objects and counts how often intervals hold the
// truth, in closed form: the gap is over at every confidence, so that Over and ECE are
// its size. SEMROB_LONG=1 draws 500 studies of each kind.
func TestIntervalsCover(t *testing.T) {
	seeds := 60
	if os.Getenv("SEMROB_LONG") == "1" {
		seeds = 500
	}
	grid := thingGrid(36, 12)
	for _, over := range []float64{0, 0.04, 0.12} {
		draw := rand.New(rand.NewPCG(9, uint64(1000*(over+1))))
		brier, aurc := truths(over)
		for _, objects := range []int{4, 12, 40} {
			covered, names := [5]int{}, [5]string{"over", "right", "ECE", "Brier", "AURC"}
			values := [5]float64{}
			for range seeds {
				var maps []*semmap.Map
				for range objects {
					m, err := semmap.Of(t.Context(), drawThing(draw, over), grid...)
					if err != nil {
						t.Fatal(err)
					}
					maps = append(maps, m)
				}
				r, err := calibrate.OfMaps(calibrate.Options{Bins: 20}, maps...)
				if err != nil {
					t.Fatal(err)
				}
				for k, one := range []struct {
					calibrate.Estimate
					truth float64
				}{{r.Over, over}, {r.Right, 0.625 - over}, {r.ECE, math.Abs(over)}, {r.Brier, brier}, {r.AURC, aurc}} {
					values[k] += one.Value / float64(seeds)
					if one.Lower <= one.truth && one.truth <= one.Upper {
						covered[k]++
					}
				}
			}
			t.Logf("gap %g, %d objects: %v", over, objects, names)
			for k, n := range covered {
				t.Logf("  %s: covered %.1f %%, mean value %.4f", names[k], 100*float64(n)/float64(seeds), values[k])
				// At the 0.1 % level below a coverage of 92.5 %: intervals are approximate.
				if low := (distuv.Binomial{N: float64(seeds), P: 0.925}).CDF(float64(n)); low < 0.001 {
					t.Errorf("gap %g, %d objects: %s covers in %d of %d", over, objects, names[k], n, seeds)
				}
			}
		}
	}
}

// truths returns Brier score and area under the risk-coverage curve of all objects, in
// closed form: at the confidence c, even on 0.5…0.75, the share of right answers is
// c − over.
func truths(over float64) (brier, aurc float64) {
	const n = 200_000
	wrong := 0.0
	for k := range n { // the surest first
		c := 0.75 - 0.25*(float64(k)+0.5)/n
		right := c - over
		brier += (right*(c-1)*(c-1) + (1-right)*c*c) / n
		wrong += 1 - right
		aurc += wrong / float64(k+1) / n
	}
	return brier, aurc
}
