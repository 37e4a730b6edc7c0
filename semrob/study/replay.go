package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/semrob/gonb-semrob/internal/stats"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Criteria for comparing a replay with the published runs.
const (
	// FullRun is the number of iterations of a published run with a trace, and of
	// its replay.
	FullRun = 600
	// GrownArea is the area in deg² above which a published region has grown: four
	// cells of the published maps, 6° × 6°.
	GrownArea = 36.0
	// StayedArea is the area in deg² below which a region has stayed at its start.
	StayedArea = 1.0
	// LowestElevation and HighestElevation (degrees) are the first and last rows of
	// the published maps. Outside them the network's values are unknown.
	LowestElevation, HighestElevation = -10.0, 89.0
)

// Options controls a replay. The zero value uses all cores.
type Options struct {
	// Progress receives each finished object; it may be nil.
	Progress progress.Progress
	// Workers is the number of objects computed at the same time; 0 means one per
	// core.
	Workers int
}

// ErrMismatch reports maps and regions with different numbers of classes or objects,
// which cannot be those of one network.
var ErrMismatch = errors.New("maps and regions are not of one network")

// MissingArrayError reports published regions without an array that Replay needs.
type MissingArrayError struct {
	// Array is the name of the array, with its axes.
	Array string
}

// Error names the array.
func (e *MissingArrayError) Error() string { return "the regions have no array " + e.Array }

// MethodReplay compares the replay of a method with the published regions.
//
// Its JSON is {"method", "comparable", "grown", "median_iou", "q25_iou", "stayed",
// "stayed_here"}, with null for NaN.
type MethodReplay struct {
	// Method is the method's name, such as "oir-b".
	Method string
	// Comparable counts the published runs of FullRun iterations whose final bounds
	// are finite and within LowestElevation…HighestElevation, as are the bounds of
	// all iterations of their replay.
	Comparable int
	// Grown counts the comparable runs with a published region above GrownArea.
	Grown int
	// MedianIoU and Q25IoU are the median and the lower quartile, linearly
	// interpolated, of the intersection over union of published and replayed regions
	// over the grown runs, 0…1; NaN if there are none.
	MedianIoU, Q25IoU float64
	// Stayed counts the comparable runs with a published region below StayedArea,
	// StayedHere those of them with a replayed region below it.
	Stayed, StayedHere int
	// Runs are the comparable runs, by class, object and start.
	Runs []ReplayedRun
}

// ReplayedRun is a comparable run.
type ReplayedRun struct {
	// Class, Object and Start count from 0.
	Class, Object, Start int
	// Published are the authors' final bounds, Here those of the replay, in degrees
	// of azimuth and elevation.
	Published, Here region.Bounds
	// IoU is their intersection over union, 0…1.
	IoU float64
}

// MarshalJSON implements json.Marshaler.
func (m MethodReplay) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Method     string   `json:"method"`
		Comparable int      `json:"comparable"`
		Grown      int      `json:"grown"`
		MedianIoU  *float64 `json:"median_iou"`
		Q25IoU     *float64 `json:"q25_iou"`
		Stayed     int      `json:"stayed"`
		StayedHere int      `json:"stayed_here"`
	}{m.Method, m.Comparable, m.Grown, orNull(m.MedianIoU), orNull(m.Q25IoU), m.Stayed, m.StayedHere})
}

// Replay grows all published regions of a network again, in region.Published mode
// with the published settings, on its published maps: linear between points,
// periodic in azimuth, constant beyond the first and last elevation. It returns one
// MethodReplay per method, in the order of regions.Methods.
//
// A run that reaches a missing point of its map (NaN) is not comparable. Errors are
// a *MissingArrayError, ErrMismatch, or wrap ctx.Err() when ctx is done.
func Replay(ctx context.Context, maps *semmap.Published, regions *PublishedRegions, options Options) ([]MethodReplay, error) {
	if err := regions.checkReplay(maps); err != nil {
		return nil, fmt.Errorf("replaying published regions: %w", err)
	}
	methods := make([]region.Method, len(regions.Methods))
	for i, name := range regions.Methods {
		var err error
		if methods[i], err = region.MethodByName(name); err != nil {
			return nil, fmt.Errorf("replaying published regions: %w", err)
		}
	}
	r := &replay{maps: maps, regions: regions, methods: methods, runs: make([][][]ReplayedRun, regions.Classes*regions.Objects)}
	if err := r.all(ctx, options); err != nil {
		return nil, fmt.Errorf("replaying published regions: %w", err)
	}
	out := make([]MethodReplay, len(methods))
	for i := range methods {
		var runs []ReplayedRun
		for _, object := range r.runs {
			runs = append(runs, object[i]...)
		}
		out[i] = summarise(regions.Methods[i], runs)
	}
	return out, nil
}

// checkReplay reports whether the regions can be replayed on these maps.
func (p *PublishedRegions) checkReplay(maps *semmap.Published) error {
	switch {
	case p.iterations == nil:
		return &MissingArrayError{"iterations [class, object, method, start]"}
	case p.points == nil:
		return &MissingArrayError{"initial_point [start, axis]"}
	}
	return p.CheckMaps(maps)
}

// CheckMaps returns ErrMismatch if the maps have other numbers of classes or objects
// than the regions.
func (p *PublishedRegions) CheckMaps(maps *semmap.Published) error {
	if maps.Classes != p.Classes || maps.Objects != p.Objects {
		return fmt.Errorf("%w: the maps have %d classes × %d objects, the regions %d × %d",
			ErrMismatch, maps.Classes, maps.Objects, p.Classes, p.Objects)
	}
	return nil
}

// replay is the state of a call of Replay.
type replay struct {
	maps    *semmap.Published
	regions *PublishedRegions
	methods []region.Method
	runs    [][][]ReplayedRun // comparable, [class·objects + object][method]
}

// all replays the objects in parallel and returns the first error.
func (r *replay) all(ctx context.Context, options Options) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p := progress.Or(options.Progress)
	p.Start(len(r.runs), "replaying published regions, object by object")
	defer p.Done()
	workers := options.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, len(r.runs)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(r.runs) || ctx.Err() != nil {
					return
				}
				if err := r.object(ctx, i); err != nil {
					cancel(err)
					return
				}
				p.Add(1)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// object replays the runs of one object.
func (r *replay) object(ctx context.Context, i int) error {
	class, object := i/r.regions.Objects, i%r.regions.Objects
	m, err := r.maps.Map(class, object)
	if err != nil {
		return err
	}
	f, err := patched(m).Objective()
	if err != nil {
		return err
	}
	r.runs[i] = make([][]ReplayedRun, len(r.methods))
	for k := range r.methods {
		if r.runs[i][k], err = r.comparable(ctx, f, class, object, k); err != nil {
			return fmt.Errorf("class %d, object %d: %w", class, object, err)
		}
	}
	return nil
}

// patched replaces missing points by infinities. Both stop a run that reaches them,
// but a map with missing points is not an objective.
func patched(m *semmap.Map) *semmap.Map {
	if m.Missing() == 0 {
		return m
	}
	z := slices.Clone(m.Z)
	for i := range z {
		if math.IsNaN(z[i]) {
			z[i] = math.Inf(1)
		}
	}
	return &semmap.Map{Axes: m.Axes, Z: z}
}

// comparable replays the runs of an object and a method whose published bounds are
// comparable, and returns those whose replay is comparable too.
func (r *replay) comparable(ctx context.Context, f objective.Objective, class, object, method int) ([]ReplayedRun, error) {
	var runs []ReplayedRun
	var starts [][]float64
	for start := range r.regions.Starts {
		published, point := r.regions.Bounds(class, object, method, start), r.regions.Start(start)
		full := r.regions.iterations[r.regions.index(class, object, method, start)] == FullRun
		// A start outside the map makes the run incomparable at once.
		if full && known(published) && known(region.Bounds{A: point, B: point}) {
			runs = append(runs, ReplayedRun{Class: class, Object: object, Start: start, Published: published})
			starts = append(starts, point)
		}
	}
	if len(runs) == 0 {
		return nil, nil
	}
	good := slices.Repeat([]bool{true}, len(runs))
	watch := func(it region.Iteration) error {
		for i, b := range it.Bounds {
			good[i] = good[i] && known(b)
		}
		return nil
	}
	result, err := region.Find(ctx, region.Problem{Objective: f, Starts: starts}, r.methods[method],
		region.Settings{Mode: region.Published, Iterations: FullRun, Recorder: region.RecorderFunc(watch)})
	if err != nil {
		return nil, err
	}
	kept := runs[:0]
	for i, run := range result.Runs {
		if good[i] && run.Status != region.NotFinite {
			runs[i].Here, runs[i].IoU = run.Bounds, runs[i].Published.IoU(run.Bounds)
			kept = append(kept, runs[i])
		}
	}
	return kept, nil
}

// known reports whether bounds are finite and inside the published maps.
func known(b region.Bounds) bool {
	return b.Finite() && min(b.A[1], b.B[1]) >= LowestElevation && max(b.A[1], b.B[1]) <= HighestElevation
}

// summarise evaluates the comparable runs of a method.
func summarise(method string, runs []ReplayedRun) MethodReplay {
	m := MethodReplay{Method: method, Comparable: len(runs), Runs: runs}
	var ious []float64
	for _, run := range runs {
		switch area := run.Published.Volume(); {
		case area > GrownArea:
			ious = append(ious, run.IoU)
		case area < StayedArea:
			m.Stayed++
			if run.Here.Volume() < StayedArea {
				m.StayedHere++
			}
		}
	}
	slices.Sort(ious)
	m.Grown, m.MedianIoU, m.Q25IoU = len(ious), stats.Quantile(ious, 0.5), stats.Quantile(ious, 0.25)
	return m
}
