package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/internal/stats"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Interval is a mean with its 95 % interval.
type Interval struct {
	Mean float64
	// Lower and Upper are the ends; NaN for fewer than two clusters.
	Lower, Upper float64
	// Clusters and Values are the numbers of clusters and values in the mean.
	Clusters, Values int
}

// Quantity returns the interval as a cell of a table with this number of decimals.
func (i Interval) Quantity(decimals int) figure.Quantity {
	return figure.Quantity{Value: i.Mean, Lower: i.Lower, Upper: i.Upper, Decimals: decimals}
}

// Mean returns the mean over all values, [cluster][value], and its 95 % interval by
// the bias-corrected and accelerated bootstrap (BCa; Efron, Better bootstrap
// confidence intervals, JASA 1987), which draws whole clusters with replacement.
// Equal arguments give equal results.
func Mean(clusters [][]float64, resamples int, seed uint64) Interval {
	var sums, sizes []float64
	i := Interval{Lower: math.NaN(), Upper: math.NaN()}
	for _, values := range clusters {
		if len(values) == 0 {
			continue
		}
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		sums, sizes = append(sums, sum), append(sizes, float64(len(values)))
		i.Values += len(values)
	}
	i.Clusters = len(sums)
	i.Mean = ratio(sums, sizes)
	if i.Clusters < 2 {
		return i
	}
	if draws := resample(sums, sizes, resamples, seed); draws[0] == draws[len(draws)-1] {
		i.Lower, i.Upper = i.Mean, i.Mean // all clusters are equal
	} else {
		i.Lower, i.Upper = bca(i.Mean, draws, acceleration(sums, sizes))
	}
	return i
}

// ratio returns Σsums/Σsizes.
func ratio(sums, sizes []float64) float64 {
	a, b := 0.0, 0.0
	for k := range sums {
		a, b = a+sums[k], b+sizes[k]
	}
	return a / b
}

// resample returns the means of bootstrap samples of whole clusters, ascending.
func resample(sums, sizes []float64, resamples int, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, uint64(len(sums))))
	draws := make([]float64, resamples)
	for k := range draws {
		a, b := 0.0, 0.0
		for range sums {
			at := random.IntN(len(sums))
			a, b = a+sums[at], b+sizes[at]
		}
		draws[k] = a / b
	}
	slices.Sort(draws)
	return draws
}

// acceleration returns BCa's a, by the jackknife over clusters.
func acceleration(sums, sizes []float64) float64 {
	n := len(sums)
	a, b := 0.0, 0.0
	for k := range sums {
		a, b = a+sums[k], b+sizes[k]
	}
	without, mean := make([]float64, n), 0.0
	for k := range without {
		without[k] = (a - sums[k]) / (b - sizes[k])
		mean += without[k] / float64(n)
	}
	cubes, squares := 0.0, 0.0
	for _, w := range without {
		d := mean - w
		cubes, squares = cubes+d*d*d, squares+d*d
	}
	if squares == 0 {
		return 0
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

// bca returns the ends of the 95 % interval from ascending draws.
func bca(estimate float64, draws []float64, acceleration float64) (lower, upper float64) {
	n := float64(len(draws))
	first, _ := slices.BinarySearch(draws, estimate)
	last := first
	for last < len(draws) && draws[last] == estimate {
		last++
	}
	// Draws equal to the estimate count half; the share stays inside 0…1.
	share := min(max((float64(first)+float64(last))/2, 0.5), n-0.5) / n
	z0 := distuv.UnitNormal.Quantile(share)
	end := func(p float64) float64 {
		z := z0 + distuv.UnitNormal.Quantile(p)
		corrected := distuv.UnitNormal.CDF(z0 + z/(1-acceleration*z))
		return stats.Quantile(draws, corrected)
	}
	return end(0.025), end(0.975)
}
