package semrob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Subject is an object, the network that sees it, and the class that the network
// should recognise.
type Subject = subject.Subject

// DefaultNetwork is the network of a Subject that names none.
const DefaultNetwork = subject.DefaultNetwork

// ParseSpace parses the axes of a semantic space, such as "azimuth" and
// "distance=2:4"; without texts it returns azimuth and elevation.
// Subject.ParseSpace also accepts user-defined parameters.
func ParseSpace(texts ...string) (objective.Space, error) { return subject.ParseSpace(texts...) }

// ParseGrid parses the axes of a map, such as "azimuth=0:360:6"; without texts it
// returns the published grid. Subject.ParseGrid also accepts user-defined
// parameters.
func ParseGrid(texts ...string) ([]semmap.Samples, error) { return subject.ParseGrid(texts...) }

// Lab examines subjects: a pool of opened networks and renderers with a store of
// results and progress. The zero value works: it keeps results in store.Default,
// reports no progress, and opens XLA when something has to be computed.
//
// A Lab is safe for concurrent use.
type Lab struct {
	// Store keeps the results; nil means store.Default.
	Store *store.Store
	// NoCache neither reads nor keeps results.
	NoCache bool
	// Progress, if set, receives the progress of long work.
	Progress progress.Progress
	// Rasterizer selects where visibility is computed: by default on an NVIDIA GPU if
	// there is one, otherwise on the host. The pictures are the same.
	Rasterizer device.Choice
	// Allow are networks that run code or use a server and may be opened although only a
	// file that Rerun computes again names them. A Subject needs no permission: it is the
	// program's own.
	Allow network.Allowed
	// Warn receives a sentence for each failure that did not stop the work, such as a
	// result that could not be stored; nil prints them to standard error.
	Warn func(sentence string)

	mu   sync.Mutex
	pool *subject.Pool
}

// Close releases networks and renderers. The Lab can be used again.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pool == nil {
		return nil
	}
	closing := l.pool
	l.pool = nil
	return closing.Close()
}

func (l *Lab) warn(format string, args ...any) {
	sentence := fmt.Sprintf(format, args...)
	if l.Warn == nil {
		fmt.Fprintln(os.Stderr, sentence)
		return
	}
	l.Warn(sentence)
}

// Objective returns f(u), the probability of the subject's class for the object
// seen at u, on a space (nil: azimuth and elevation). It opens XLA. Call Release
// after use.
func (l *Lab) Objective(ctx context.Context, s Subject, space objective.Space) (*subject.Opened, error) {
	a, err := l.ask(ctx, s, space)
	if err != nil {
		return nil, err
	}
	return l.openIn(ctx, a.of, a.resolved.Source())
}

// asked is a subject on a space.
type asked struct {
	lab      *Lab
	resolved *subject.Resolved
	of       subject.Description
	device   string // the device of the last result
}

// ask resolves the subject. It opens nothing, since the result may be in the
// store.
func (l *Lab) ask(ctx context.Context, s Subject, space objective.Space) (*asked, error) {
	resolved, err := s.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	if space == nil {
		space = objective.Viewpoints()
	}
	of, err := resolved.On(space)
	return &asked{lab: l, resolved: resolved, of: of}, err
}

// open opens the objective of the question, without gradients if it uses none.
func (r *result) open(ctx context.Context) (*subject.Opened, error) {
	return r.lab.openIn(ctx, *r.record.Description, r.resolved.Source())
}

func (l *Lab) openIn(ctx context.Context, of subject.Description, from subject.Source) (*subject.Opened, error) {
	for {
		pool, err := l.currentPool()
		if err != nil {
			return nil, err
		}
		f, err := pool.Open(ctx, of, from)
		if !errors.Is(err, subject.ErrClosed) {
			return f, err
		}
	}
}

// currentPool returns the pool for the Rasterizer; that of another one is closed.
func (l *Lab) currentPool() (*subject.Pool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.pool != nil && l.pool.Rasterizer != l.Rasterizer {
		err = l.pool.Close()
		l.pool = nil
	}
	if l.pool == nil {
		l.pool = &subject.Pool{Rasterizer: l.Rasterizer, Warn: func(sentence string) { l.warn("%s", sentence) }}
	}
	return l.pool, err
}

// title names the question for progress.
func (a *asked) title(what string) string {
	return fmt.Sprintf("%s of %s for %q", what, a.of.Mesh, a.of.Label)
}

// result is a result to be read from the store, or computed and put there.
type result struct {
	*asked
	record question.Record
	keep   *store.Store
	name   string // of the entry in keep
}

// about prepares the result of a question.
func (a *asked) about(q question.Question, ending string) (*result, error) {
	r := &result{asked: a, record: question.NewRecord(&a.of, q)}
	key, err := r.record.Key()
	if err != nil {
		return nil, err
	}
	r.name = store.Name(q.Kind(), key, ending)
	switch {
	case a.lab.NoCache || !a.resolved.Versioned():
		// A nil store keeps nothing. Without a revision, a changed user-defined
		// parameter would get the results of the old one.
	case a.lab.Store != nil:
		r.keep = a.lab.Store
	default:
		r.keep, err = store.Default()
	}
	return r, err
}

// meta returns the record as JSON, with the device that computes the result.
func (r *result) meta(device string) (string, error) {
	r.record.Device = device
	return r.record.JSON()
}

// metaOfKept returns the record of a kept result: today's names of files, and the
// device that computed it.
func (r *result) metaOfKept(meta string) (string, error) {
	made, err := question.Parse(meta)
	if err != nil {
		return "", err
	}
	return r.meta(made.Device)
}

// kept reads the result from the store. A damaged entry is reported and computed
// again.
func (r *result) kept(read func(data []byte) error) bool {
	data, ok := r.keep.Get(r.name)
	if !ok {
		return false
	}
	if err := read(data); err != nil {
		if !errors.Is(err, errPartial) {
			r.lab.warn("A stored result is damaged and is computed again (%s).", r.keep.Path(r.name))
		}
		return false
	}
	return true
}

// errPartial marks results of an interrupted call.
var errPartial = errors.New("the result is incomplete")

// put stores the result. After the first failure it stops trying.
func (r *result) put(write func(io.Writer) error) {
	if err := r.keep.Put(r.name, write); err != nil {
		r.lab.warn("The %s cannot be stored for the next call: %v.", r.record.Kind, err)
		r.keep = nil
	}
}
