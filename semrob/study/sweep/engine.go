// Package sweep runs studies: it gives the items of a plan to a queue, computes
// them as a worker, and gathers the results into a table.
package sweep

import (
	"context"
	"errors"
	"fmt"
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
	scene    scene
	behind   behind
	maps     maps
	checked  map[string]string // hashes of local files, by path, size and time
}

// Do computes an item: an .npz archive, as region.Result.Write or
// semmap.Map.Write makes it, whose meta says all about it. It is a queue.Do.
func (e *Engine) Do(ctx context.Context, q *queue.Queue, it queue.Item) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	item, err := plan.ParseItem(it.Data)
	if errors.Is(err, plan.ErrOlder) {
		return nil, fmt.Errorf("%w: %w", err, queue.ErrUnavailable)
	}
	if err != nil {
		return nil, err
	}
	if err := checkVersions(item); err != nil {
		return nil, err
	}
	return e.compute(ctx, q, item)
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
		return regions(ctx, f, item)
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
	var look plan.Look
	if item.Look != nil {
		look = *item.Look
	}
	if err := e.see(ctx, q, item.Object, look.Options(classifier.Network().InputSize)); err != nil {
		return nil, err
	}
	base := render.DefaultScene()
	for name, value := range item.Set {
		if err := base.Set(name, value); err != nil {
			return nil, err
		}
	}
	base.Lights = look.Lights
	if base.Backdrop, err = e.backdrop(ctx, q, look.Background); err != nil {
		return nil, err
	}
	f := &rendered.Objective{Renderer: e.scene.views, Network: classifier, Class: item.Network.Class, Base: base, Domain: item.Space}
	if item.Grow != nil && item.Grow.Gradient == plan.Exact {
		err = e.scene.differentiate(ctx, f, item.Grow.Smoothing)
	}
	return f, err
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
