package predict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// The interval of a predictor's gain holds the gain that it has on average over samples of
// objects. The mean of the class stands for all predictors: what training costs does not
// change how gains are averaged over objects. Folds share training objects, so the
// interval is approximate.
func TestGainIntervalsCover(t *testing.T) {
	runs, many := 12, 400
	if os.Getenv("SEMROB_LONG") == "1" {
		runs, many = 500, 20000
	}
	for _, c := range []struct {
		objects int
		apart   float64 // standard deviation of the classes' means
	}{{48, 0}, {48, 8}, {12, 8}} {
		random := rand.New(rand.NewPCG(uint64(c.objects), 21))
		sample := func() *Data {
			d := &Data{}
			classes := []float64{-1, 0, 0.3, 0.7}
			for object := range c.objects {
				class := object % len(classes)
				own := 4 * (random.ExpFloat64() - 1)
				for range 4 { // starts
					d.Y = append(d.Y, 20+c.apart*classes[class]+own+3*random.NormFloat64())
					d.Object = append(d.Object, fmt.Sprintf("%03d", object))
					d.Class = append(d.Class, fmt.Sprint(class))
				}
			}
			return d
		}
		predicted := func(d *Data) (class, mean []float64) {
			o := Options{}.withDefaults()
			fold, objects := folds(d, o)
			n := min(o.Folds, objects)
			return means(d, fold, n, func(i int) string { return d.Class[i] }), means(d, fold, n, func(int) string { return "" })
		}
		truth := 0.0
		for range many {
			d := sample()
			class, mean := predicted(d)
			for i, y := range d.Y {
				truth += (math.Pow(mean[i]-y, 2) - math.Pow(class[i]-y, 2)) / float64(len(d.Y)*many)
			}
		}
		covered := 0
		for range runs {
			d := sample()
			class, mean := predicted(d)
			if gain := score(classMean, d, class, mean).Gain; gain.Lower <= truth && truth <= gain.Upper {
				covered++
			}
		}
		t.Logf("%d objects, classes %g apart: gain %.2f points², nominal 95 %%, covered %.1f %% of %d", c.objects, c.apart, truth, 100*float64(covered)/float64(runs), runs)
		if p := (distuv.Binomial{N: float64(runs), P: 0.92}).CDF(float64(covered)); p < 1e-3 {
			t.Errorf("%d objects, classes %g apart: %d of %d intervals cover", c.objects, c.apart, covered, runs)
		}
	}
}
