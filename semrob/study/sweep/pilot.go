package sweep

import (
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Pilot is what a share of a study's items took, from which Work estimates the rest.
type Pilot struct {
	evaluations map[pilotKey]mean
}

// pilotKey selects rows: those of a method on a network, or on any network if it is "".
type pilotKey struct{ network, method string }

type mean struct {
	sum float64
	n   int
}

// NewPilot returns the pilot with these results: those of the same plan with fewer
// objects, or unfinished.
func NewPilot(t *results.Table) *Pilot {
	p := &Pilot{evaluations: map[pilotKey]mean{}}
	for _, r := range t.Rows {
		if r.Status == results.SetAside {
			continue
		}
		for _, network := range []string{r.Network, ""} {
			key := pilotKey{network, r.Method}
			m := p.evaluations[key]
			p.evaluations[key] = mean{m.sum + float64(r.Evaluations), m.n + 1}
		}
	}
	return p
}

// Work returns how many evaluations an item takes if its starts take as many as those
// of the pilot with the same method and network or, if the pilot has not that network,
// with the same method; but never more than MostWork, which it returns for other
// methods.
func (p *Pilot) Work(item plan.Item) Work {
	most := MostWork(item)
	if item.Map != nil {
		return most
	}
	m, ok := p.evaluations[pilotKey{item.Network, item.MethodName()}]
	if !ok {
		m = p.evaluations[pilotKey{"", item.MethodName()}]
	}
	if m.n == 0 {
		return most
	}
	expected := int(m.sum/float64(m.n)*float64(len(item.Starts())) + 0.5)
	return Work{Values: min(expected, most.Values), Gradients: min(expected, most.Gradients)}
}
