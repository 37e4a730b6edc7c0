package study

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// What the comparison of a replay with the published runs goes by.
const (
	// FullRun is the number of iterations of a published run that kept its
	// trace, and of its replay.
	FullRun = 600
	// GrownArea (deg²) is what the published region of a grown run exceeds:
	// four cells of the published maps, 6° × 6°.
	GrownArea = 36.0
	// StayedArea (deg²) is what the region of a run that stayed put is below.
	StayedArea = 1.0
	// LowestElevation and HighestElevation (degrees) are the first and last
	// rows of the published maps. Where bounds leave them the map does not know
	// what the network said.
	LowestElevation, HighestElevation = -10.0, 89.0
)

// Options controls a replay. The zero value works on all cores and reports to
// nobody.
type Options struct {
	// Progress is told about every object that is done; nil is nobody.
	Progress progress.Progress
	// Workers is how many objects are worked on at the same time; 0 means one
	// for each core.
	Workers int
}

// MethodReplay compares the replay of one method with the published regions.
//
// As JSON it is {"method", "comparable", "grown", "median_iou", "q25_iou",
// "stayed", "stayed_here"}, NaN as null.
type MethodReplay struct {
	// Method is the method's name, such as "oir-b".
	Method string
	// Comparable counts the published runs of FullRun iterations whose final
	// bounds are finite and within LowestElevation…HighestElevation, and whose
	// replay is so in every iteration.
	Comparable int
	// Grown counts the comparable runs whose published region exceeds
	// GrownArea.
	Grown int
	// MedianIoU and Q25IoU are the median and the lower quartile, linearly
	// interpolated, of the intersection over union of published and replayed
	// region over the grown runs, 0…1; NaN where there are none.
	MedianIoU, Q25IoU float64
	// Stayed counts the comparable runs whose published region is below
	// StayedArea, StayedHere those of them whose replayed region is too.
	Stayed, StayedHere int
	// Runs are the comparable runs, by class, object and start.
	Runs []ReplayedRun
}

// ReplayedRun is one comparable run.
type ReplayedRun struct {
	// Class, Object and Start count from 0.
	Class, Object, Start int
	// Published are the authors' final bounds, Here those of the replay, in
	// degrees of azimuth and elevation.
	Published, Here region.Bounds
	// IoU is their intersection over union, 0…1.
	IoU float64
}

// MarshalJSON writes the object described at MethodReplay.
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

// Replay grows all published regions of a network again, in region.Published
// mode with the published settings, on its published maps: linear between
// their points, around the period in azimuth, constant beyond the first and
// last elevation. It returns one MethodReplay per method, in the order of
// regions.Methods.
//
// A run that meets a point missing from its map (NaN) is not comparable. When
// ctx is done Replay returns an error that wraps ctx.Err().
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

// checkReplay reports what a replay of the regions on these maps lacks.
func (p *PublishedRegions) checkReplay(maps *semmap.Published) error {
	switch {
	case p.iterations == nil:
		return fmt.Errorf("the regions have no array iterations [class, object, method, start], which tells which runs were finished")
	case p.points == nil:
		return fmt.Errorf("the regions have no array initial_point [start, axis], which tells where runs began")
	case maps.Classes != p.Classes || maps.Objects != p.Objects:
		return fmt.Errorf("the maps are of %d classes × %d objects, the regions of %d × %d: both files must be of one network",
			maps.Classes, maps.Objects, p.Classes, p.Objects)
	}
	return nil
}

// replay is the work of one call of Replay.
type replay struct {
	maps    *semmap.Published
	regions *PublishedRegions
	methods []region.Method
	runs    [][][]ReplayedRun // [class·objects + object][method], comparable ones
}

// all works on the objects in parallel and returns the first error.
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

// patched returns the map with infinities in the place of missing points. Both
// stop a run that meets them, but a map with missing points is no objective.
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

// comparable replays one object's runs of one method whose published part is
// comparable, and returns those whose replay is too.
func (r *replay) comparable(ctx context.Context, f objective.Objective, class, object, method int) ([]ReplayedRun, error) {
	var runs []ReplayedRun
	var starts [][]float64
	for start := range r.regions.Starts {
		published, point := r.regions.Bounds(class, object, method, start), r.regions.Start(start)
		full := r.regions.iterations[r.regions.index(class, object, method, start)] == FullRun
		// A start off the map makes its first iterate, so the run, incomparable.
		if full && known(published) && known(region.Bounds{A: point, B: point}) {
			runs = append(runs, ReplayedRun{Class: class, Object: object, Start: start, Published: published})
			starts = append(starts, point)
		}
	}
	if len(runs) == 0 {
		return nil, nil
	}
	good := make([]bool, len(runs))
	for i := range good {
		good[i] = true
	}
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

// known reports whether bounds are finite and within the elevations of the
// published maps.
func known(b region.Bounds) bool {
	return b.Finite() && min(b.A[1], b.B[1]) >= LowestElevation && max(b.A[1], b.B[1]) <= HighestElevation
}

// summarise counts and measures the comparable runs of one method.
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
	m.Grown, m.MedianIoU, m.Q25IoU = len(ious), quantile(ious, 0.5), quantile(ious, 0.25)
	return m
}

// quantile interpolates linearly between sorted values, as numpy.percentile
// does; NaN where there are none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
