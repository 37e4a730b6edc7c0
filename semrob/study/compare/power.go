package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Level is the level of the tests of Needed: the chance of a false discovery.
const Level = 0.05

// mostObjects bounds ObjectsFor.
const mostObjects = 1_000_000

// Power returns the chance that a two-sided paired test over n objects at this level
// finds a mean difference, if the differences of single objects have the standard
// deviation sd. It is that of Student's test, which the permutation test approaches.
func Power(n int, difference, sd, level float64) float64 {
	switch {
	case n < 2:
		return 0
	case sd == 0:
		if difference == 0 {
			return level
		}
		return 1
	}
	freedom := float64(n - 1)
	bar := distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile(1 - level/2)
	away := math.Abs(difference) / sd * math.Sqrt(float64(n))
	// The estimate of sd has a chi distribution; the mean over its quantiles is the
	// noncentral t's tail.
	const steps = 400
	spread, sum := distuv.ChiSquared{K: freedom}, 0.0
	for k := range steps {
		s := math.Sqrt(spread.Quantile((float64(k)+0.5)/steps) / freedom)
		sum += distuv.UnitNormal.CDF(away-bar*s) + distuv.UnitNormal.CDF(-away-bar*s)
	}
	return sum / steps
}

// ObjectsFor returns the least number of objects with which Power reaches power, or
// 1,000,000 if more are needed.
func ObjectsFor(difference, sd, level, power float64) int {
	least, enough := 2, 2
	for Power(enough, difference, sd, level) < power {
		if least, enough = enough, 2*enough; enough >= mostObjects {
			return mostObjects
		}
	}
	for least < enough {
		middle := (least + enough) / 2
		if Power(middle, difference, sd, level) < power {
			least = middle + 1
		} else {
			enough = middle
		}
	}
	return enough
}

// Detectable returns the least difference that n objects find with this power.
func Detectable(n int, sd, level, power float64) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	low, high := 0.0, sd
	for Power(n, high, sd, level) < power {
		low, high = high, 2*high
	}
	for range 50 {
		if middle := (low + high) / 2; Power(n, middle, sd, level) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// Needed is how many objects a paired comparison of two networks needs, judged by the
// differences of a pilot.
type Needed struct {
	Method, Network, Other string
	// Pilot is the number of objects that both networks finished.
	Pilot int
	// SD is the standard deviation of an object's difference, the mean over its starts,
	// in percentage points; Lower and Upper are the ends of its 95 % interval
	// (Bonett's). NaN for fewer than five objects.
	SD, Lower, Upper float64
	// Alone is the number of objects for the test by itself, at Level. First is that for
	// Level divided by the number of comparisons, which is enough for Holm's correction
	// in every case; FirstLower and FirstUpper are those for the ends of SD.
	Alone, First, FirstLower, FirstUpper int
}

// Needed returns, for every pair of networks and every method, how many objects find a
// difference of SRVR, in percentage points, with a power such as 0.8.
func (c *Comparison) Needed(difference, power float64) []Needed {
	comparisons := len(c.Methods) * len(c.Networks) * (len(c.Networks) - 1) / 2
	var all []Needed
	for _, method := range c.Methods {
		for i, one := range c.Networks {
			for _, other := range c.Networks[i+1:] {
				n := Needed{Method: method, Network: one, Other: other, SD: math.NaN(), Lower: math.NaN(), Upper: math.NaN()}
				var means []float64
				for _, values := range c.differences(method, one, other) {
					means = append(means, stat.Mean(values, nil))
				}
				if n.Pilot = len(means); n.Pilot >= fewestSpread {
					n.SD = stat.StdDev(means, nil)
					n.Lower, n.Upper = spreadOf(means)
					level := Level / float64(comparisons)
					n.Alone = ObjectsFor(difference, n.SD, Level, power)
					n.First = ObjectsFor(difference, n.SD, level, power)
					n.FirstLower, n.FirstUpper = ObjectsFor(difference, n.Lower, level, power), ObjectsFor(difference, n.Upper, level, power)
				}
				all = append(all, n)
			}
		}
	}
	return all
}

// spreadOf returns the approximate 95 % interval of a standard deviation of values that
// need not be normal (Bonett, Approximate confidence interval for standard deviation of
// nonnormal distributions, 2006). It needs fewestSpread values.
func spreadOf(values []float64) (lower, upper float64) {
	n := float64(len(values))
	sorted := slices.Sorted(slices.Values(values))
	trim := int(n / (2 * math.Sqrt(n-4)))
	centre := stat.Mean(sorted[trim:len(sorted)-trim], nil)
	variance, fourth := stat.Variance(values, nil), 0.0
	if variance == 0 {
		return 0, 0
	}
	for _, v := range values {
		fourth += math.Pow(v-centre, 4)
	}
	squares := variance * (n - 1)
	kurtosis := n * fourth / (squares * squares)
	z := distuv.UnitNormal.Quantile(0.975)
	c := n / (n - z)
	half := z * c * math.Sqrt((kurtosis-(n-3)/n)/(n-1))
	return math.Sqrt(c * variance * math.Exp(-half)), math.Sqrt(c * variance * math.Exp(half))
}

// fewestSpread is the least number of objects from which Needed tells anything.
const fewestSpread = 5

// NeededTable returns Needed as a table. planned is the number of objects of the study,
// whose least difference it adds; 0 leaves it out.
func (c *Comparison) NeededTable(difference, power float64, planned int) *figure.Table {
	all := c.Needed(difference, power)
	t := &figure.Table{
		Caption: fmt.Sprintf("Objects that a paired test over objects needs to find a difference of %g points of SRVR with a power of %g %%, by the differences in %s: "+
			"alone at 5 %%, and at 5 %% divided by the %d comparisons, which is enough for Holm's correction in every case, with the numbers for the ends of the interval of the standard deviation.",
			difference, 100*power, c.about(), len(all)),
		Headers: []string{"method", "network", "minus", "objects", "standard deviation, points", "needed alone", "needed with Holm"},
	}
	if planned > 0 {
		t.Headers = append(t.Headers, fmt.Sprintf("found with %d objects, points", planned))
	}
	for _, n := range all {
		row := []any{n.Method, n.Network, n.Other, n.Pilot, figure.Quantity{Value: n.SD, Lower: n.Lower, Upper: n.Upper, Decimals: 2}}
		if math.IsNaN(n.SD) {
			row = append(row, "–", "–")
		} else {
			row = append(row, n.Alone, fmt.Sprintf("%d [%d, %d]", n.First, n.FirstLower, n.FirstUpper))
		}
		if planned > 0 {
			least := math.NaN()
			if !math.IsNaN(n.SD) {
				least = Detectable(planned, n.SD, Level/float64(len(all)), power)
			}
			row = append(row, quantity(least, 2))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// about says how many objects the results are of.
func (c *Comparison) about() string {
	seen := map[string]bool{}
	for _, r := range c.rows {
		seen[r.object] = true
	}
	return fmt.Sprintf("%d %s", len(seen), c.options.Clusters)
}
