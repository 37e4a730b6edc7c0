// Package sweep runs studies: it puts the items of a plan into a queue, computes them
// in workers, and collects the results in a table.
package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Engine computes items. Networks stay compiled between items. The zero value works.
// It is safe for concurrent use, but computes one item at a time.
type Engine struct {
	// Dir is the base of relative paths: the plan's folder. A file that is missing
	// there, or has another content, is fetched from the queue's object store.
	Dir string
	// Folders are further folders in which items from a queue may find files, by
	// absolute paths or paths with "..". Other such files are fetched.
	Folders []string
	// Allow are the networks from elsewhere, such as hf:owner/name, that items from a
	// queue may open, or patterns of path.Match for them.
	Allow []string
	// Cache is the folder of fetched files; "" means semrob-files in the user's cache
	// folder.
	Cache string
	// Find, if set, replaces Dir and Cache.
	Find subject.Finder

	mu      sync.Mutex
	pool    *subject.Pool
	maps    maps
	checked map[string]string // hashes of local files, by path, size and time
}

// Do computes an item. The result is an .npz archive of region.Result.Write or
// semmap.Map.Write, with the item's record as meta. Do is a queue.Do.
func (e *Engine) Do(ctx context.Context, q *queue.Queue, it queue.Item) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	item, err := plan.ParseItem(it.Data)
	if err == nil {
		err = item.CheckVersion()
	}
	if errors.Is(err, plan.ErrOlder) || errors.Is(err, subject.ErrVersion) {
		return nil, fmt.Errorf("%w: %w", err, queue.ErrVersion)
	}
	if err == nil && q != nil {
		err = e.admit(item)
	}
	if err != nil {
		return nil, err
	}
	return e.compute(ctx, q, item)
}

// Close releases networks and renderers. The Engine can be used again.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pool == nil {
		return nil
	}
	closing := e.pool
	e.pool = nil
	return closing.Close()
}

func (e *Engine) compute(ctx context.Context, q *queue.Queue, item plan.Item) ([]byte, error) {
	if mapItem, ok := item.MapItem(); ok {
		m, err := e.mapFor(ctx, q, mapItem)
		if err != nil {
			return nil, err
		}
		f, err := m.Objective()
		if err != nil {
			return nil, err
		}
		var about note // a damaged map has been refused already
		if err := json.Unmarshal([]byte(m.Meta), &about); err != nil {
			return nil, fmt.Errorf("the object's map: %w", err)
		}
		return regions(ctx, opened{Objective: f, device: about.Device}, item)
	}
	f, err := e.open(ctx, q, item)
	if err != nil {
		return nil, err
	}
	defer f.release()
	if item.Map == nil {
		return regions(ctx, f, item)
	}
	return mapOf(ctx, f, item)
}

// opened is an open objective.
type opened struct {
	objective.Objective
	label   func(class int) string // of the network's classes; nil for a formula
	device  string
	release func() error
}

// open returns the item's objective.
func (e *Engine) open(ctx context.Context, q *queue.Queue, item plan.Item) (opened, error) {
	if item.Analytic != "" {
		f, err := subject.Formula(ctx, &item.Of, e.finder(q))
		return opened{Objective: f, release: func() error { return nil }}, err
	}
	if e.pool == nil {
		// Items come object by object, and a study may have thousands of them.
		e.pool = &subject.Pool{Objects: 2}
	}
	f, err := e.pool.Open(ctx, item.Of, subject.Found(e.finder(q), e.Allow...))
	if errors.Is(err, subject.ErrBackend) {
		err = fmt.Errorf("%w: %w", err, queue.ErrUnavailable)
	}
	if err != nil {
		return opened{}, err
	}
	return opened{f.Objective, f.Classifier.Network().Label, f.Device, f.Release}, nil
}
