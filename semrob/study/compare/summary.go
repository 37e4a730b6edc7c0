package compare

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

// By says what the rows of a table are.
type By string

// What a table goes by: networks, or networks within classes.
const (
	ByNetwork By = "network"
	ByClass   By = "class"
)

// ParseBy returns the By of this name; "" is ByNetwork.
func ParseBy(name string) (By, error) {
	switch By(name) {
	case "", ByNetwork:
		return ByNetwork, nil
	case ByClass:
		return ByClass, nil
	}
	return "", fmt.Errorf("a table cannot be by %q: choose %q or %q", name, ByNetwork, ByClass)
}

// Summary sums one network up, for one method, and one class where it has one.
type Summary struct {
	Method, Class, Network string
	// SRVR is the semantic robustness volume ratio over the finished regions, in
	// percent; F the mean of f over the objects' maps and Accuracy the share of
	// the maps' points where the class was the first answer, in percent, NaN
	// where there are no maps. The interval of each draws objects.
	SRVR, F, Accuracy Interval
	// LeftOut counts regions that are unfinished or set aside.
	LeftOut int
	// Rank is the network's place by SRVR among those of the same method and
	// class, from 1 for the largest; equal ones share their mean place. MeanRank
	// is the mean over the objects that all networks finished of its place on
	// that object alone; NaN where there is none.
	Rank, MeanRank float64
}

// Summaries are in the order of methods, classes and networks.
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

// keeps accepts the rows of a method, class ("" for all) and network.
func keeps(method, class, network string) func(row) bool {
	return func(r row) bool {
		return r.Method == method && r.network == network && (class == "" || r.class == class)
	}
}

func (c *Comparison) summary(method, class, network string) Summary {
	keep := keeps(method, class, network)
	s := Summary{Method: method, Class: class, Network: network, MeanRank: math.NaN()}
	mean := func(clusters [][]float64) Interval { return Mean(clusters, c.options.Resamples, c.options.Seed) }
	objects, unfinished := c.clusters(keep)
	s.SRVR, s.LeftOut = mean(objects), unfinished
	s.F = mean(c.once(keep, func(r row) float64 { return r.MapMean }))
	s.Accuracy = mean(c.once(keep, func(r row) float64 { return r.MapAccuracy }))
	return s
}

// rank fills in the ranks of summaries of one method and class.
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

// objectMeans returns the mean over the finished runs of each object, in percent.
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
	seen := map[string]bool{}
	for _, r := range c.rows {
		if seen[r.object] {
			continue
		}
		seen[r.object] = true
		everywhere := true
		for _, m := range all {
			_, ok := m[r.object]
			everywhere = everywhere && ok
		}
		if everywhere {
			names = append(names, r.object)
		}
	}
	return names
}

// SRVR returns the table of Summaries, by network or by class.
func (c *Comparison) SRVR(by By) *figure.Table {
	t := &figure.Table{Caption: "Semantic robustness (SRVR) beside accuracy, with 95 % intervals: BCa bootstrap over objects."}
	t.Headers = []string{"method", "network", "SRVR %", "rank", "mean rank", "mean f %", "accuracy %", "objects", "regions", "left out"}
	if by == ByClass {
		t.Headers = append([]string{"method", "class"}, t.Headers[1:]...)
	}
	for _, s := range c.Summaries(by) {
		row := []any{s.Method, s.Network, s.SRVR.quantity(2), quantity(s.Rank, 1), quantity(s.MeanRank, 2),
			s.F.quantity(1), s.Accuracy.quantity(1), s.SRVR.Clusters, s.SRVR.Values, s.LeftOut}
		if by == ByClass {
			row = append([]any{s.Method, s.Class}, row[1:]...)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func quantity(x float64, decimals int) figure.Quantity {
	return figure.Quantity{Value: x, Decimals: decimals}
}

func (i Interval) quantity(decimals int) figure.Quantity {
	return figure.Quantity{Value: i.Mean, Lower: i.Lower, Upper: i.Upper, Decimals: decimals}
}
