// Package sweep runs studies: it gives the items of a plan to a queue, computes
// them as a worker, and gathers the results into a table.
package sweep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// Engine computes items. Its zero value works; networks stay compiled from one
// item to the next. It is safe for concurrent use: items take turns.
type Engine struct {
	// Dir is where relative paths of meshes and weights start from: the plan's
	// folder. A file that is not there, or has another content than the item
	// says, comes from the queue's object store.
	Dir string
	// Cache is the folder that such files are kept in; "" is semrob-files in the
	// user's cache folder.
	Cache string

	mu       sync.Mutex
	networks map[string]*network.Classifier
	// last is the renderer that was used last: items come object by object.
	last    *render.Renderer
	lastKey string
	checked map[string]string // hashes of local files, by path, size and time
}

// Do computes an item: an .npz archive, as region.Result.Write or
// semmap.Map.Write makes it, whose meta says all about it. It is a queue.Do.
func (e *Engine) Do(ctx context.Context, q *queue.Queue, it queue.Item) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	item, err := plan.ParseItem(it.Data)
	if err != nil {
		return nil, err
	}
	if err := checkVersions(item); err != nil {
		return nil, err
	}
	f, err := e.objective(ctx, q, item)
	if err != nil {
		return nil, err
	}
	if item.Grow != nil {
		return regions(ctx, f, item)
	}
	return mapOf(ctx, f, item)
}

// checkVersions refuses items of another version of the code: their numbers
// would not be those of the other workers.
func checkVersions(item plan.Item) error {
	own := plan.Versions{Render: render.Version, Network: network.Version, Region: region.Version, Formula: item.Versions.Formula}
	if item.Versions != own {
		return fmt.Errorf("the study wants %s and this worker is %s: take the same version: %w", item.Versions, own, queue.ErrUnavailable)
	}
	return nil
}

// objective returns the item's objective, with its mesh and its network.
func (e *Engine) objective(ctx context.Context, q *queue.Queue, item plan.Item) (objective.Objective, error) {
	if item.Network.Analytic != "" {
		m, err := e.mesh(ctx, q, item.Object)
		if err != nil {
			return nil, err
		}
		return plan.Formula(item.Network.Analytic, item.Space, m.Hash())
	}
	classifier, err := e.classifier(ctx, q, item.Network)
	if err != nil {
		return nil, err
	}
	views, err := e.renderer(ctx, q, item.Object, classifier.Network().InputSize)
	if err != nil {
		return nil, err
	}
	base := render.DefaultScene()
	for name, value := range item.Set {
		if err := base.Set(name, value); err != nil {
			return nil, err
		}
	}
	return &rendered.Objective{Views: views, Network: classifier, Class: item.Network.Class, Base: base, Domain: item.Space}, nil
}

func (e *Engine) mesh(ctx context.Context, q *queue.Queue, thing plan.Thing) (*mesh.Mesh, error) {
	if thing.Generated != "" {
		m, err := mesh.Open(thing.Generated)
		if err == nil && m.Hash() != thing.Hash {
			err = fmt.Errorf("the generated mesh %s is another one here: take the same version", thing.Generated)
		}
		return m, err
	}
	path, err := e.find(ctx, q, thing.Files)
	if err != nil {
		return nil, err
	}
	m, err := mesh.Load(path)
	if err != nil { // said alike wherever the file lies: it may stand in the table
		return nil, errors.New(strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""))
	}
	return m, nil
}

func (e *Engine) renderer(ctx context.Context, q *queue.Queue, thing plan.Thing, size int) (*render.Renderer, error) {
	key := fmt.Sprintf("%s %d", thing.Hash, size)
	if e.lastKey == key {
		return e.last, nil
	}
	m, err := e.mesh(ctx, q, thing)
	if err != nil {
		return nil, err
	}
	made, err := render.New(m, render.Options{Size: size})
	if err != nil {
		return nil, err
	}
	e.last, e.lastKey = made, key
	return made, nil
}

func (e *Engine) classifier(ctx context.Context, q *queue.Queue, target plan.Target) (*network.Classifier, error) {
	key := target.Fingerprint + " " + string(target.Preprocess)
	if known, ok := e.networks[key]; ok {
		return known, nil
	}
	name := target.Name
	if target.File != nil {
		path, err := e.find(ctx, q, []plan.File{*target.File})
		if err != nil {
			return nil, err
		}
		name = plan.OpensWith(name, path)
	}
	n, err := network.OpenWith(ctx, name, network.OpenOptions{})
	if err != nil {
		return nil, err
	}
	if n.Fingerprint() != target.Fingerprint {
		return nil, fmt.Errorf("the network %s has other weights here than where the study was planned", target.Name)
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, queue.ErrUnavailable)
	}
	made, err := n.Compile(b.Compute, network.Options{Preprocess: target.Preprocess})
	if err != nil {
		return nil, err
	}
	if e.networks == nil {
		e.networks = map[string]*network.Classifier{}
	}
	e.networks[key] = made
	return made, nil
}

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
	if _, white := objective.White(f); g.Numbers.Needs().Gradient && !white {
		f = &objective.Differences{Objective: f, Step: g.GradientStep}
	}
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
	result, err := region.Find(ctx, region.Problem{Objective: f, Starts: g.Starts}, g.Numbers, g.Settings)
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

// answerer tells whether the class was the first answer; rendered.Objective is
// one.
type answerer interface {
	Right(ctx context.Context, points [][]float64, values []float64, right []bool) error
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
		if err := f.Right(ctx, points, values, right[:n]); err != nil {
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

// Measure returns how many values of f a worker on this machine computes per
// second, for a plan's network with its first object that can be read,
// compilation left out.
func (e *Engine) Measure(ctx context.Context, p *plan.Prepared, network int) (perSecond float64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	err = errors.New("the plan has no items")
	for item := range p.Items() {
		if item.Network.Name != p.Networks[network].Name || item.Network.Preprocess != p.Networks[network].Preprocess {
			continue
		}
		var f objective.Objective
		if f, err = e.objective(ctx, nil, item); err == nil {
			return rate(ctx, f)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return 0, err
}
