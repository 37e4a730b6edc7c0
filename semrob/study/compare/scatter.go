package compare

import (
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Scatter plots SRVR by a method against accuracy, a point with intervals for each
// network, to show whether more accurate networks are more robust (Hamdi & Ghanem
// 2020, section 5). Accuracy is the top-1 share of the maps' points or, if the table
// lacks it for a network, the mean of f over the maps. Networks without maps or
// finished regions have no point; if none has one, the error is ErrNoMaps.
func (c *Comparison) Scatter(method string) (*figure.Scatter, error) {
	if !slices.Contains(c.Methods, method) {
		return nil, &enum.UnknownError{What: "method of these results", Name: method, Known: c.Methods}
	}
	var all []Summary
	for _, network := range c.Networks {
		if s := c.summary(method, "", network); s.SRVR.Values > 0 && s.F.Values > 0 {
			all = append(all, s)
		}
	}
	p := &figure.Scatter{
		Title: "Accuracy against robustness by " + method, Subtitle: "95 % intervals: bootstrap over " + c.options.Clusters,
		X: figure.Axis{Name: "accuracy: views named right", Unit: "%"}, Y: figure.Axis{Name: "SRVR", Unit: "%"},
	}
	accuracy := func(s Summary) Interval { return s.Accuracy }
	if slices.ContainsFunc(all, func(s Summary) bool { return s.Accuracy.Values == 0 }) {
		p.X.Name = "accuracy: mean f"
		accuracy = func(s Summary) Interval { return s.F }
	}
	for _, s := range all {
		p.Points = append(p.Points, figure.ScatterPoint{Name: s.Network, X: accuracy(s).Quantity(1), Y: s.SRVR.Quantity(2)})
	}
	if len(p.Points) == 0 {
		return nil, fmt.Errorf("%w: no network has maps and finished %s regions: add a map to the study's plan", ErrNoMaps, method)
	}
	return p, nil
}
