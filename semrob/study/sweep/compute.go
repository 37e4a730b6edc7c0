package sweep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// note is the record of an item's result, with what the study adds to it. It is
// the meta of the result's archive.
type note struct {
	// Object, Group and Network name them in the table.
	Object  string `json:"study_object"`
	Group   string `json:"study_group"`
	Network string `json:"study_network"`
	// InitialF is f at each start; null if it is not finite.
	InitialF []*float64 `json:"initial_f,omitempty"`
	// Accuracy is the share of the map's points at which the class is the first
	// answer; null if the objective has no answers.
	Accuracy *float64 `json:"accuracy,omitempty"`
	// Device is that of the record.
	Device string `json:"device,omitempty"`
}

// text returns the record of an item's result and the note as one JSON object.
func (n note) text(item plan.Item, device string) (string, error) {
	record := item.Record()
	record.Device = device
	n.Object, n.Group, n.Network, n.Device = item.Object, item.Group, item.Network, device
	fields := map[string]json.RawMessage{}
	for _, part := range []any{record, n} {
		data, err := json.Marshal(part)
		if err == nil {
			err = json.Unmarshal(data, &fields)
		}
		if err != nil {
			return "", fmt.Errorf("describing a result: %w", err)
		}
	}
	text, err := json.Marshal(fields)
	return string(text), err
}

// regions grows the regions of an item from all its starts.
func regions(ctx context.Context, f opened, item plan.Item) ([]byte, error) {
	g := item.Grow
	about := note{InitialF: make([]*float64, len(g.Starts))}
	values := make([]float64, len(g.Starts))
	if err := f.Evaluate(ctx, g.Starts, values); err != nil {
		return nil, err
	}
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			about.InitialF[i] = &values[i]
		}
	}
	result, err := region.Find(ctx, g.Problem(f.Objective), g.Method.Method, g.Settings)
	if err != nil {
		return nil, err
	}
	if result.Of, err = about.text(item, f.device); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = result.Write(&out)
	return out.Bytes(), err
}

// answerer tells whether the class was the first answer; rendered.Objective is
// one.
type answerer interface {
	Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error
}

// mapOf computes the map of an item, each view once.
func mapOf(ctx context.Context, f opened, item plan.Item) ([]byte, error) {
	m, err := semmap.New(item.Map.Axes...)
	if err != nil {
		return nil, err
	}
	var about note
	answers, ok := f.Objective.(answerer)
	if !ok {
		err = m.Compute(ctx, f.Objective, semmap.Options{})
	} else {
		about.Accuracy, err = answered(ctx, answers, m)
	}
	if err != nil {
		return nil, err
	}
	if m.Meta, err = about.text(item, f.device); err != nil {
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
