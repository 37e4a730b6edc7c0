package compare

import (
	"math"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
)

// Versus compares two networks by the runs that both finished.
type Versus struct {
	Method, Network, Other string
	// Difference is the mean of Network's fraction minus Other's over pairs of runs
	// with the same object and start, in percentage points.
	Difference Interval
	// Wins, Losses and Ties count the objects, or Options.Cluster, on which Network's
	// regions are larger, smaller and equal.
	Wins, Losses, Ties int
	// P is the p-value of the permutation test over objects, or Options.Cluster,
	// Wilcoxon that of the signed-rank test; PHolm and WilcoxonHolm are corrected for
	// multiple comparisons. NaN if no object is shared.
	P, PHolm, Wilcoxon, WilcoxonHolm float64
}

// Versus compares every pair of networks with every method.
func (c *Comparison) Versus() []Versus {
	var out []Versus
	for _, method := range c.Methods {
		for i, one := range c.Networks {
			for _, other := range c.Networks[i+1:] {
				out = append(out, c.versus(method, one, other))
			}
		}
	}
	p, w := make([]float64, len(out)), make([]float64, len(out))
	for i, v := range out {
		p[i], w[i] = v.P, v.Wilcoxon
	}
	p, w = Holm(p), Holm(w)
	for i := range out {
		out[i].PHolm, out[i].WilcoxonHolm = p[i], w[i]
	}
	return out
}

func (c *Comparison) versus(method, one, other string) Versus {
	v := Versus{Method: method, Network: one, Other: other, P: math.NaN(), Wilcoxon: math.NaN()}
	clusters := c.differences(method, one, other)
	v.Difference = Mean(clusters, c.options.Resamples, c.options.Seed).Within(-100, 100)
	if len(clusters) == 0 {
		return v
	}
	sums, means := make([]float64, len(clusters)), make([]float64, len(clusters))
	for i, values := range clusters {
		for _, d := range values {
			sums[i] += d
		}
		means[i] = sums[i] / float64(len(values))
		switch {
		case sums[i] > 0:
			v.Wins++
		case sums[i] < 0:
			v.Losses++
		default:
			v.Ties++
		}
	}
	v.P = PermutationTest(sums, c.options.Permutations, c.options.Seed)
	v.Wilcoxon = WilcoxonTest(means)
	return v
}

// differences returns the differences of fractions in percentage points,
// [cluster][pair].
func (c *Comparison) differences(method, one, other string) [][]float64 {
	theirs := map[pairing]float64{}
	for _, r := range c.rows {
		if r.Method == method && r.network == other && !math.IsNaN(r.Fraction) {
			theirs[r.pairing()] = r.Fraction
		}
	}
	at := map[string]int{}
	var out [][]float64
	for _, r := range c.rows {
		their, both := theirs[r.pairing()]
		if r.Method != method || r.network != one || math.IsNaN(r.Fraction) || !both {
			continue
		}
		if _, ok := at[r.cluster]; !ok {
			at[r.cluster] = len(out)
			out = append(out, nil)
		}
		out[at[r.cluster]] = append(out[at[r.cluster]], 100*(r.Fraction-their))
	}
	return out
}

// Pairs returns Versus as a table.
func (c *Comparison) Pairs() *figure.Table {
	t := &figure.Table{
		Caption: "Networks compared on the same objects and starts: difference of SRVR with its 95 % interval (bootstrap over " + c.options.Clusters + "), " +
			"paired permutation and Wilcoxon signed-rank tests over " + c.options.Clusters + ", p corrected by Holm.",
		Headers: []string{"method", "network", "minus", "difference, points", "wins", "losses", "ties", "p", "p (Holm)", "Wilcoxon p (Holm)", c.options.Clusters, "pairs"},
	}
	for _, v := range c.Versus() {
		if guarantee.IsMethod(v.Method) && !strings.HasSuffix(t.Caption, promise) {
			t.Caption += " " + promise
		}
		t.Rows = append(t.Rows, []any{v.Method, v.Network, v.Other, v.Difference.Quantity(2), v.Wins, v.Losses, v.Ties,
			v.P, v.PHolm, v.WilcoxonHolm, v.Difference.Clusters, v.Difference.Values})
	}
	return t
}
