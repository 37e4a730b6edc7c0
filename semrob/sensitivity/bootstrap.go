package sensitivity

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/internal/stats"
)

// moments are the sums of one quantity over each replicate, [replicate][term]. Every
// estimate is a smooth function of their means.
type moments [][]float64

// sum adds the replicates that are named.
func (m moments) sum(of []int) []float64 {
	total := make([]float64, len(m[0]))
	for _, r := range of {
		for t, x := range m[r] {
			total[t] += x
		}
	}
	return total
}

// statistic is a function of the means of the terms over replicates.
type statistic func(mean []float64) float64

// at returns the statistic over some replicates, and its standard error by the
// jackknife: the replicates are left out one by one.
func (m moments) at(f statistic, of []int) (value, deviation float64) {
	total, n := m.sum(of), float64(len(of))
	mean := make([]float64, len(total))
	for t, x := range total {
		mean[t] = x / n
	}
	value = f(mean)
	left, sum := make([]float64, len(of)), 0.0
	for i, r := range of {
		for t, x := range total {
			mean[t] = (x - m[r][t]) / (n - 1)
		}
		left[i] = f(mean)
		sum += left[i]
	}
	squares := 0.0
	for _, x := range left {
		squares += (x - sum/n) * (x - sum/n)
	}
	return value, math.Sqrt((n - 1) / n * squares)
}

// interval returns a statistic with its bootstrap-t interval: the distribution of
// (resampled − estimated)/(its standard error) over resampled replicates takes the
// place of Student's. Without scatter the interval is the estimate alone. If the
// scatter cannot be known, as for a variance that comes from one replicate alone, it
// is the whole line.
func (m moments) interval(f statistic, s Settings) Estimate {
	value, deviation := m.at(f, all(len(m)))
	e := Estimate{value, value, value}
	if deviation == 0 {
		return e
	}
	unknown := Estimate{value, math.Inf(-1), math.Inf(1)}
	if math.IsNaN(deviation) || math.IsInf(deviation, 0) {
		return unknown
	}
	random, of := rand.New(source(s.Seed, resampling)), make([]int, len(m))
	t := make([]float64, 0, s.Resamples)
	for range s.Resamples {
		for i := range of {
			of[i] = random.IntN(len(m))
		}
		if v, d := m.at(f, of); d > 0 && !math.IsInf(d, 0) && !math.IsInf(v, 0) && !math.IsNaN(v) {
			t = append(t, (v-value)/d)
		}
	}
	if len(t) < s.Resamples/2 {
		return unknown
	}
	slices.Sort(t)
	tail := (1 - s.Confidence) / 2
	e.Lower = value - deviation*stats.Quantile(t, 1-tail)
	e.Upper = value - deviation*stats.Quantile(t, tail)
	return e
}

// share limits an estimate of a quantity in 0…1 to that range.
func (e Estimate) share() Estimate {
	limit := func(x float64) float64 { return min(max(x, 0), 1) }
	return Estimate{limit(e.Value), limit(e.Lower), limit(e.Upper)}
}
