package sweep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// note is what the meta of a result's archive says of how it was made.
type note struct {
	Item plan.Item `json:"item"`
	// InitialF is f at each start; null where it is not finite.
	InitialF []*float64 `json:"initial_f,omitempty"`
	// Accuracy is the share of the map's points where the class was the first
	// answer; null where the objective has no answers.
	Accuracy *float64 `json:"accuracy,omitempty"`
}

func (n note) text() (string, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("describing a result: %w", err)
	}
	return string(text), nil
}

// regions grows the regions of an item from all its starts.
func regions(ctx context.Context, f objective.Objective, item plan.Item) ([]byte, error) {
	g := item.Grow
	about := note{Item: item, InitialF: make([]*float64, len(g.Starts))}
	values := make([]float64, len(g.Starts))
	if err := f.Evaluate(ctx, g.Starts, values); err != nil {
		return nil, err
	}
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			about.InitialF[i] = &values[i]
		}
	}
	result, err := find(ctx, f, g)
	if err != nil {
		return nil, err
	}
	text, err := about.text()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = result.Write(&out, text)
	return out.Bytes(), err
}

// find is region.Find as an item says.
func find(ctx context.Context, f objective.Objective, g *plan.Grow) (*region.Result, error) {
	if g.Gradient == plan.Differences {
		f = &objective.Differences{Objective: f, Step: g.GradientStep}
	}
	return region.Find(ctx, region.Problem{Objective: f, Starts: g.Starts}, g.Numbers, g.Settings)
}

// answerer tells whether the class was the first answer; rendered.Objective is
// one.
type answerer interface {
	Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error
}

// mapOf computes the map of an item, each view once.
func mapOf(ctx context.Context, f objective.Objective, item plan.Item) ([]byte, error) {
	grid, err := plan.Grid(item.Space, item.Map)
	if err != nil {
		return nil, err
	}
	m, err := semmap.New(grid...)
	if err != nil {
		return nil, err
	}
	about := note{Item: item}
	answers, ok := f.(answerer)
	if !ok {
		err = m.Compute(ctx, f, semmap.Options{})
	} else {
		about.Accuracy, err = answered(ctx, answers, m)
	}
	if err != nil {
		return nil, err
	}
	if m.Meta, err = about.text(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = m.Write(&out)
	return out.Bytes(), err
}

// answered fills a map and returns the share of right answers.
func answered(ctx context.Context, f answerer, m *semmap.Map) (*float64, error) {
	const together = 128
	right, count := make([]bool, together), 0
	for from := 0; from < len(m.Z); from += together {
		n := min(together, len(m.Z)-from)
		points, values := make([][]float64, n), make([]float64, n)
		for i := range points {
			points[i] = m.Point(from + i)
		}
		if err := f.Top1(ctx, points, values, right[:n]); err != nil {
			return nil, err
		}
		for i, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("f is %g at %v: the network's output is not finite there", v, points[i])
			}
			m.Z[from+i] = float64(float32(v)) // as it is kept on disk
			if right[i] {
				count++
			}
		}
	}
	share := float64(count) / float64(len(m.Z))
	return &share, nil
}

// maps are those that regions grew on last, by the key of their item.
type maps struct {
	byKey map[string]*semmap.Map
	order []string
}

// mostMaps bounds how many maps a worker keeps: a study's items come object by
// object.
const mostMaps = 16

// mapFor returns the map of an item: one that is at hand, the result that
// another worker left, or one computed here, which has the same bits.
func (e *Engine) mapFor(ctx context.Context, q *queue.Queue, item plan.Item) (*semmap.Map, error) {
	key := queue.KeyOf(item.Data())
	if known, ok := e.maps.byKey[key]; ok {
		return known, nil
	}
	data, err := []byte(nil), queue.ErrMissing
	if q != nil {
		data, err = q.Result(ctx, key)
	}
	var aside *queue.AsideError
	switch {
	case errors.As(err, &aside):
		return nil, fmt.Errorf("the object's map was set aside: %w", aside)
	case errors.Is(err, queue.ErrMissing):
		data, err = e.compute(ctx, q, item)
	}
	if err != nil {
		return nil, err
	}
	m, err := semmap.Read(data)
	if err != nil {
		return nil, fmt.Errorf("the object's map, which another worker left: %w", err)
	}
	e.maps.remember(key, m)
	return m, nil
}

func (m *maps) remember(key string, one *semmap.Map) {
	if m.byKey == nil {
		m.byKey = map[string]*semmap.Map{}
	}
	if len(m.order) == mostMaps {
		delete(m.byKey, m.order[0])
		m.order = m.order[1:]
	}
	m.byKey[key], m.order = one, append(m.order, key)
}
