package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
)

// Bars returns SRVR with intervals as bars: a group for each method, a series for each
// network.
func (c *Comparison) Bars() *figure.Bars {
	return c.bars("Semantic robustness", c.Methods, func(method string) (string, string) { return method, "" })
}

// ClassBars returns the SRVR of a method with intervals as bars: a group for each
// class, a series for each network.
func (c *Comparison) ClassBars(method string) (*figure.Bars, error) {
	if !slices.Contains(c.Methods, method) {
		return nil, &enum.UnknownError{What: "method of these results", Name: method, Known: c.Methods}
	}
	return c.bars("Semantic robustness by class: "+method, c.Classes, func(class string) (string, string) { return method, class }), nil
}

// bars returns bars of groups, each with a method and a class ("" for all).
func (c *Comparison) bars(title string, groups []string, of func(group string) (method, class string)) *figure.Bars {
	b := &figure.Bars{
		Title: title, Subtitle: "SRVR with 95 % intervals: bootstrap over " + c.options.Clusters,
		Label: "SRVR", Unit: "%", Groups: groups,
	}
	if slices.ContainsFunc(groups, guarantee.IsMethod) {
		b.Subtitle += "; guaranteed: proved regions only"
	}
	for _, network := range c.Networks {
		s := figure.BarSeries{Name: network}
		for _, group := range groups {
			method, class := of(group)
			i := c.summary(method, class, network).SRVR
			s.Add(i.Mean, i.Lower, i.Upper)
		}
		b.Series = append(b.Series, s)
	}
	return b
}

// ClusterBars shows how the interval of SRVR by a method depends on the unit that is
// drawn: a group for each network, a series for each comparison of the same results
// with another Options.Cluster.
func ClusterBars(method string, comparisons ...*Comparison) (*figure.Bars, error) {
	b := &figure.Bars{
		Title: "One mean, different intervals", Subtitle: "SRVR of " + method + "; 95 % intervals: bootstrap over the unit in the legend",
		Label: "SRVR", Unit: "%",
	}
	for _, c := range comparisons {
		if !slices.Contains(c.Methods, method) {
			return nil, &enum.UnknownError{What: "method of these results", Name: method, Known: c.Methods}
		}
		if b.Groups == nil {
			b.Groups = c.Networks
		} else if !slices.Equal(b.Groups, c.Networks) {
			return nil, fmt.Errorf("comparing units: one comparison has the networks %q, another %q", b.Groups, c.Networks)
		}
		series, most := figure.BarSeries{}, 0
		for _, network := range c.Networks {
			i := c.summary(method, "", network).SRVR
			series.Add(i.Mean, i.Lower, i.Upper)
			most = max(most, i.Clusters)
		}
		series.Name = fmt.Sprintf("%d %s", most, c.options.Clusters)
		b.Series = append(b.Series, series)
	}
	return b, nil
}

// LeastP returns the least p-value that a paired permutation test of n differences can
// have: all signs are equal in 2 of the 2ⁿ combinations.
func LeastP(n int) float64 { return math.Pow(2, 1-float64(n)) }
