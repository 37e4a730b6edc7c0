package compare

import (
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
)

// By is the grouping of a table's rows.
type By string

// The groupings: a row for each network, or for each network and class.
const (
	ByNetwork By = "network"
	ByClass   By = "class"
)

var groupings = enum.Of("grouping", ByNetwork, ByClass)

// ParseBy returns the grouping with this name; "" is ByNetwork.
func ParseBy(name string) (By, error) { return groupings.Parse(name) }

// UnmarshalText reads the name of a grouping.
func (b *By) UnmarshalText(text []byte) error { return groupings.Unmarshal(b, text) }

// MarshalText returns the name of the grouping.
func (b By) MarshalText() ([]byte, error) { return []byte(b), nil }

// Summary summarises a network with one method, over all classes or one.
type Summary struct {
	// Class is empty for a summary over all classes.
	Method, Class, Network string
	// SRVR is the semantic robustness volume ratio over the finished regions, or their
	// guaranteed SRVR if the method is guarantee.Method: two quantities that cannot be
	// compared. F is the
	// mean of f over the objects' maps, and Accuracy the top-1 share of the maps'
	// points, all in percent; NaN without maps. Intervals draw objects, or
	// Options.Cluster.
	SRVR, F, Accuracy Interval
	// LeftOut counts regions that are unfinished or set aside.
	LeftOut int
	// Rank is the network's rank by SRVR among networks with the same method and
	// class, 1 for the largest; equal networks share their mean rank. MeanRank is
	// the mean of its ranks on single objects, over the objects that all networks
	// finished; NaN if there are none.
	Rank, MeanRank float64
}

// Summaries returns summaries in the order of methods, classes and networks.
func (c *Comparison) Summaries(by By) []Summary {
	classes := []string{""}
	if by == ByClass {
		classes = c.Classes
	}
	var out []Summary
	for _, method := range c.Methods {
		for _, class := range classes {
			first := len(out)
			for _, network := range c.Networks {
				s := c.summary(method, class, network)
				if s.SRVR.Values+s.LeftOut > 0 {
					out = append(out, s)
				}
			}
			c.rank(out[first:])
		}
	}
	return out
}

// keeps selects the rows of a method, class ("" for all) and network.
func keeps(method, class, network string) func(row) bool {
	return func(r row) bool {
		return r.Method == method && r.network == network && (class == "" || r.class == class)
	}
}

func (c *Comparison) summary(method, class, network string) Summary {
	keep := keeps(method, class, network)
	s := Summary{Method: method, Class: class, Network: network, MeanRank: math.NaN()}
	mean := func(clusters [][]float64) Interval {
		return Mean(clusters, c.options.Resamples, c.options.Seed).Within(0, 100)
	}
	objects, unfinished := c.clusters(keep)
	s.SRVR, s.LeftOut = mean(objects), unfinished
	s.F = mean(c.once(keep, func(r row) float64 { return r.MapMean }))
	s.Accuracy = mean(c.once(keep, func(r row) float64 { return r.MapAccuracy }))
	return s
}

// rank sets the ranks of the summaries of a method and class.
func (c *Comparison) rank(group []Summary) {
	values := make([]float64, len(group))
	for i := range group {
		values[i] = -group[i].SRVR.Mean
		if group[i].SRVR.Values == 0 {
			values[i] = math.Inf(1)
		}
	}
	for i, r := range doubledRanks(values) {
		group[i].Rank = float64(r) / 2
	}
	perObject := make([]map[string]float64, len(group))
	for i, s := range group {
		perObject[i] = c.objectMeans(keeps(s.Method, s.Class, s.Network))
	}
	sums, n := make([]float64, len(group)), 0
	for _, r := range c.objectsOf(perObject) {
		for i := range group {
			values[i] = -perObject[i][r]
		}
		for i, place := range doubledRanks(values) {
			sums[i] += float64(place) / 2
		}
		n++
	}
	for i := range group {
		group[i].MeanRank = sums[i] / float64(n)
	}
}

// objectMeans returns the mean fraction of each object's finished runs in percent.
func (c *Comparison) objectMeans(keep func(row) bool) map[string]float64 {
	sums, n := map[string]float64{}, map[string]float64{}
	for _, r := range c.rows {
		if keep(r) && !math.IsNaN(r.Fraction) {
			sums[r.object] += 100 * r.Fraction
			n[r.object]++
		}
	}
	for object := range sums {
		sums[object] /= n[object]
	}
	return sums
}

// objectsOf returns the objects that are in all maps, in the order of the table.
func (c *Comparison) objectsOf(all []map[string]float64) []string {
	var names []string
	for _, r := range c.rows {
		if !slices.ContainsFunc(all, func(m map[string]float64) bool { _, ok := m[r.object]; return !ok }) {
			names = with(names, r.object)
		}
	}
	return names
}

// SRVR returns the table of Summaries, by network or by class.
func (c *Comparison) SRVR(by By) *figure.Table {
	t := &figure.Table{Caption: "Semantic robustness (SRVR) beside accuracy, with 95 % intervals: bootstrap over " + c.options.Clusters + "."}
	promised := slices.ContainsFunc(c.Methods, guarantee.IsMethod)
	if promised {
		t.Caption += " " + promise
	}
	t.Headers = []string{"method", "network", "SRVR %", "rank", "mean rank", "mean f %", "accuracy %", c.options.Clusters, "regions", "left out"}
	if by == ByClass {
		t.Headers = append([]string{"method", "class"}, t.Headers[1:]...)
	}
	at := slices.Index(t.Headers, "SRVR %")
	if promised {
		t.Headers = slices.Insert(t.Headers, at+1, "guaranteed SRVR %")
	}
	for _, s := range c.Summaries(by) {
		row := []any{s.Method, s.Network, s.SRVR.Quantity(2), quantity(s.Rank, 1), quantity(s.MeanRank, 2),
			s.F.Quantity(1), s.Accuracy.Quantity(1), s.SRVR.Clusters, s.SRVR.Values, s.LeftOut}
		if by == ByClass {
			row = append([]any{s.Method, s.Class}, row[1:]...)
		}
		if promised {
			row = split(row, at, guarantee.IsMethod(s.Method))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// promise explains guaranteed SRVR in captions.
const promise = "Guaranteed SRVR counts proved regions only, whose promise is about renderings of the object by this renderer, " +
	"drawn uniformly from the region; the SRVR of other methods promises nothing, and is not comparable."

// split returns a row with one more cell after SRVR, for guaranteed SRVR, one of which
// is empty.
func split(row []any, at int, guaranteed bool) []any {
	empty := quantity(math.NaN(), 2)
	if guaranteed {
		return slices.Insert(row, at, any(empty))
	}
	return slices.Insert(row, at+1, any(empty))
}

func quantity(x float64, decimals int) figure.Quantity {
	return figure.Quantity{Value: x, Decimals: decimals}
}
