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

// note is what a study adds to the record of a result, in the meta of its archive.
type note struct {
	// Object, Group and Network are the names in the table.
	Object  string `json:"study_object"`
	Group   string `json:"study_group"`
	Network string `json:"study_network"`
	// InitialF is f at each start; null if it is not finite.
	InitialF []*float64 `json:"initial_f,omitempty"`
	// Accuracy is the fraction of the map's points with a correct top-1 answer; null
	// if the objective has no answers.
	Accuracy *float64 `json:"accuracy,omitempty"`
	// Device is the kind of device, as in the record.
	Device string `json:"device,omitempty"`
}

// text returns the record of an item's result, with the note, as a JSON object.
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
	starts := item.Starts()
	about := note{InitialF: make([]*float64, len(starts))}
	values := make([]float64, len(starts))
	if err := f.Evaluate(ctx, starts, values); err != nil {
		return nil, err
	}
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			about.InitialF[i] = &values[i]
		}
	}
	result, err := found(ctx, f.Objective, item)
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

// found finds the regions of an item on f.
func found(ctx context.Context, f objective.Objective, item plan.Item) (*region.Result, error) {
	if item.Promise == nil {
		return region.Find(ctx, item.Grow.Problem(f), item.Grow.Method.Method, item.Grow.Settings)
	}
	results, err := item.Promise.Answer(ctx, nil, nil, f)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// mapOf computes the map of an item. Each view is rendered once.
func mapOf(ctx context.Context, f opened, item plan.Item) ([]byte, error) {
	m, err := semmap.New(item.Map.Axes...)
	if err != nil {
		return nil, err
	}
	if err := m.Compute(ctx, f.Objective, semmap.Options{}); err != nil {
		return nil, err
	}
	var about note
	if m.Answers != nil {
		share := m.Right()
		about.Accuracy = &share
		m.SetLabels(f.label)
	}
	if m.Meta, err = about.text(item, f.device); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = m.Write(&out)
	return out.Bytes(), err
}

// maps caches maps that regions grow on, by the key of their item.
type maps struct {
	byKey map[string]*semmap.Map
	order []string
}

// mostMaps bounds the cache: a study's items come object by object.
const mostMaps = 16

// mapFor returns the map of an item from the cache, from the results of the queue, or
// computed here, with the same bits.
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
		return nil, fmt.Errorf("reading the object's map: %w", err)
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
