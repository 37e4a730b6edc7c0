package compare

import "github.com/semrob/gonb-semrob/semrob/figure"

// Bars returns SRVR with intervals as bars: a group for each method, a series for each
// network.
func (c *Comparison) Bars() *figure.Bars {
	b := &figure.Bars{
		Title: "Semantic robustness", Subtitle: "SRVR with 95 % intervals: BCa bootstrap over objects",
		Label: "SRVR", Unit: "%", Groups: c.Methods,
	}
	for _, network := range c.Networks {
		s := figure.BarSeries{Name: network}
		for _, method := range c.Methods {
			i := c.summary(method, "", network).SRVR
			s.Values, s.Lower, s.Upper = append(s.Values, i.Mean), append(s.Lower, i.Lower), append(s.Upper, i.Upper)
		}
		b.Series = append(b.Series, s)
	}
	return b
}
