package compare

import (
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Scatter returns accuracy against SRVR by a method, a point for each network,
// with their intervals (Hamdi & Ghanem 2020, section 5): whether the more
// accurate network is the more robust one. Accuracy is the share of the maps'
// points where the class was the first answer, or, where a table does not have
// it for every network, the mean of f over the maps; networks without maps, and
// those without a finished region, have no point.
func (c *Comparison) Scatter(method string) (*figure.Scatter, error) {
	if !slices.Contains(c.Methods, method) {
		return nil, fmt.Errorf("there are no regions by %q: the methods are %v", method, c.Methods)
	}
	var all []Summary
	for _, network := range c.Networks {
		if s := c.summary(method, "", network); s.SRVR.Values > 0 && s.F.Values > 0 {
			all = append(all, s)
		}
	}
	p := &figure.Scatter{
		Title: "Accuracy against robustness by " + method, Subtitle: "95 % intervals: BCa bootstrap over objects",
		X: figure.Axis{Name: "accuracy: views named right", Unit: "%"}, Y: figure.Axis{Name: "SRVR", Unit: "%"},
	}
	accuracy := func(s Summary) Interval { return s.Accuracy }
	if slices.ContainsFunc(all, func(s Summary) bool { return s.Accuracy.Values == 0 }) {
		p.X.Name = "accuracy: mean f"
		accuracy = func(s Summary) Interval { return s.F }
	}
	for _, s := range all {
		p.Points = append(p.Points, figure.ScatterPoint{Name: s.Network, X: accuracy(s).quantity(1), Y: s.SRVR.quantity(2)})
	}
	if len(p.Points) == 0 {
		return nil, fmt.Errorf("no network has both maps and regions by %s: add a map to the study's plan", method)
	}
	return p, nil
}
