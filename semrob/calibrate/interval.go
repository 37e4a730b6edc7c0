package calibrate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/internal/stats"
)

// Estimate is a number with its interval over objects.
type Estimate struct {
	Value float64 `json:"value"`
	// Lower and Upper are the ends of the interval; NaN for fewer than two objects.
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// String returns the estimate as in "0.102 [−0.081, 0.128]".
func (e Estimate) String() string {
	text := fmt.Sprintf("%.3f [%.3f, %.3f]", e.Value, e.Lower, e.Upper)
	if math.IsNaN(e.Lower) {
		text = fmt.Sprintf("%.3f", e.Value)
	}
	return strings.ReplaceAll(text, "-", "−") // as axes and tables write it
}

// estimate returns a statistic of the sample with its interval: the standard error of
// the jackknife over objects (Tukey 1958; Efron & Stein, "The jackknife estimate of
// variance", Annals of Statistics 1981) times a quantile of Student's t with one degree
// of freedom fewer than there are objects, inside the range of the statistic.
func (s *sample) estimate(of func(total) float64, low, high float64) Estimate {
	value := of(s.all)
	return s.interval(value, s.without(of), low, high)
}

// without returns the statistic of the sample without each object.
func (s *sample) without(of func(total) float64) []float64 {
	if len(s.each) < 2 {
		return nil
	}
	values := make([]float64, len(s.each))
	for i, t := range s.each {
		values[i] = of(s.all.minus(t))
	}
	return values
}

// interval returns the interval around a value from the statistic without each object.
func (s *sample) interval(value float64, without []float64, low, high float64) Estimate {
	n := float64(len(without))
	if n < 2 {
		return Estimate{value, math.NaN(), math.NaN()}
	}
	mean, square := 0.0, 0.0
	for _, w := range without {
		mean += w / n
	}
	for _, w := range without {
		square += (w - mean) * (w - mean)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1 - (1-s.o.Confidence)/2)
	half := t * math.Sqrt((n-1)/n*square)
	return around(value, half, low, high)
}

func around(value, half, low, high float64) Estimate {
	return Estimate{value, min(max(value-half, low), high), min(max(value+half, low), high)}
}

// draws is the number of draws of the noise of the calibration error.
const draws = 2000

// ece returns the expected calibration error. It is a sum of sizes of gaps, one for each
// bin, so chance makes it too large, most where the network is well calibrated, and its
// distribution there is far from normal. But it differs from the truth by at most the
// sum of the sizes of the gaps' own errors (the triangle inequality), so that an
// interval of that size, at the confidence, on both sides covers at least as often.
// Its distribution is that of the objects' deviations with random weights of Student's t
// (multiplier bootstrap).
func (s *sample) ece() Estimate {
	value := 0.0
	for _, b := range s.all.bins {
		value += math.Abs(b.sure-b.right) / s.all.n
	}
	n := float64(len(s.each))
	if n < 2 {
		return Estimate{value, math.NaN(), math.NaN()}
	}
	random := rand.New(rand.NewPCG(1, uint64(len(s.each)))) // equal samples, equal intervals
	spread := distuv.ChiSquared{K: n - 1, Src: random}
	sizes, weights := make([]float64, draws), make([]float64, len(s.each))
	for k := range sizes {
		scale := math.Sqrt(n/(n-1)) / math.Sqrt(spread.Rand()/(n-1))
		for i := range weights {
			weights[i] = random.NormFloat64()
		}
		for b, all := range s.all.bins {
			gap, noise := (all.sure-all.right)/s.all.n, 0.0
			for i, t := range s.each {
				noise += weights[i] * (t.bins[b].sure - t.bins[b].right - gap*t.n)
			}
			sizes[k] += scale * math.Abs(noise) / s.all.n
		}
	}
	slices.Sort(sizes)
	return around(value, stats.Quantile(sizes, s.o.Confidence), 0, 1)
}
