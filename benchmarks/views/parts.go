package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/semrob/gonb-semrob/internal/cputime"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// spent is time by the clock and CPU time.
type spent struct{ wall, cpu time.Duration }

func of(do func() error) (spent, error) {
	start := time.Now()
	cpu, err := cputime.Of(do)
	return spent{time.Since(start), cpu}, err
}

// median returns the median of n measurements after a first that does not count.
func median(n int, do func() error) (spent, error) {
	var wall, cpu []time.Duration
	for i := range n + 1 {
		s, err := of(do)
		if err != nil {
			return spent{}, err
		}
		if i > 0 {
			wall, cpu = append(wall, s.wall), append(cpu, s.cpu)
		}
	}
	slices.Sort(wall)
	slices.Sort(cpu)
	return spent{wall[n/2], cpu[n/2]}, nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }

// latency prints the time of calls with few views, part by part.
func latency(ctx context.Context, s *settings, sub *subject) error {
	f := sub.objective(sub.renderer, sub.classifier)
	fmt.Println("| views in a call | rendering, ms: clock, CPU | network | whole call | memory allocated, MB |")
	fmt.Println("|---|---|---|---|---|")
	for _, n := range []int{1, 2, 4, 8} {
		scenes, points, values := around(n), make([][]float64, n), make([]float64, n)
		for i := range points {
			points[i] = []float64{scenes[i].Azimuth, scenes[i].Elevation}
		}
		images := make([]float32, n*sub.renderer.ImageLen())
		drawn, err := median(s.rounds, func() error { return sub.renderer.Render(ctx, scenes, images) })
		if err != nil {
			return err
		}
		classified, err := median(s.rounds, func() error { _, err := sub.classifier.Probabilities(ctx, images, n); return err })
		if err != nil {
			return err
		}
		if n == 1 {
			alone, err := median(s.rounds, func() error { _, err := sub.classifier.ProbabilitiesOfOne(ctx, images); return err })
			if err != nil {
				return err
			}
			fmt.Printf("| 1, alone (sliders) | %.1f, %.1f | %.1f, %.1f | – | – |\n", ms(drawn.wall), ms(drawn.cpu), ms(alone.wall), ms(alone.cpu))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		whole, err := median(s.rounds, func() error { return f.Evaluate(ctx, points, values) })
		if err != nil {
			return err
		}
		runtime.ReadMemStats(&after)
		each := float64(after.TotalAlloc-before.TotalAlloc) / float64(s.rounds+1) / 1e6
		fmt.Printf("| %d | %.1f, %.1f | %.1f, %.1f | %.1f, %.1f | %.1f |\n", n, ms(drawn.wall), ms(drawn.cpu),
			ms(classified.wall), ms(classified.cpu), ms(whole.wall), ms(whole.cpu), each)
	}
	return nil
}

// objective returns f over viewpoints.
func (sub *subject) objective(views rendered.Renderer, answers rendered.Network) *rendered.Objective {
	return &rendered.Objective{Renderer: views, Network: answers, Class: 849 % len(sub.network.Labels), Base: render.DefaultScene(), Domain: objective.Viewpoints()}
}

// timed are a renderer and a network that count the time in their calls.
type timed struct {
	*subject
	drawing, classifying atomic.Int64 // ns by the clock
}

func (t *timed) ImageLen() int { return t.renderer.ImageLen() }

func (t *timed) Render(ctx context.Context, scenes []render.Scene, images []float32) error {
	defer count(&t.drawing, time.Now())
	return t.renderer.Render(ctx, scenes, images)
}

func (t *timed) Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error) {
	defer count(&t.classifying, time.Now())
	return t.classifier.Probabilities(ctx, images, batch)
}

func count(total *atomic.Int64, start time.Time) { total.Add(int64(time.Since(start))) }

// timeTable prints where the time of a map goes. Rendering and network run at the same
// time, one batch apart, so that their sum may exceed the whole.
func timeTable(ctx context.Context, s *settings, sub *subject) error {
	points := make([][]float64, s.views)
	for i, scene := range around(s.views) {
		points[i] = []float64{scene.Azimuth, scene.Elevation}
	}
	values := make([]float64, s.views)
	t := &timed{subject: sub}
	f := sub.objective(t, t)
	if err := f.Evaluate(ctx, points[:1], values[:1]); err != nil { // compiles
		return err
	}
	type row struct {
		whole                spent
		drawing, classifying time.Duration
	}
	var rows []row
	for range s.rounds {
		t.drawing.Store(0)
		t.classifying.Store(0)
		whole, err := of(func() error { return f.Evaluate(ctx, points, values) })
		if err != nil {
			return err
		}
		rows = append(rows, row{whole, time.Duration(t.drawing.Load()), time.Duration(t.classifying.Load())})
	}
	slices.SortFunc(rows, func(a, b row) int { return int(a.whole.wall - b.whole.wall) })
	r := rows[len(rows)/2]
	copying, err := sub.copying(s)
	if err != nil {
		return err
	}
	cores := float64(runtime.GOMAXPROCS(0))
	share := func(d time.Duration) float64 { return 100 * d.Seconds() / r.whole.wall.Seconds() }
	fmt.Printf("| %d views | s by the clock | %% of the whole |\n|---|---|---|\n", s.views)
	fmt.Printf("| whole: %.0f views/s | %.2f | 100 |\n", float64(s.views)/r.whole.wall.Seconds(), r.whole.wall.Seconds())
	fmt.Printf("| rendering | %.2f | %.0f |\n", r.drawing.Seconds(), share(r.drawing))
	fmt.Printf("| network, copying included | %.2f | %.0f |\n", r.classifying.Seconds(), share(r.classifying))
	fmt.Printf("| copying pictures and answers, measured alone | %.3f | %.1f |\n", copying.Seconds(), share(copying))
	fmt.Printf("| the network waits for pictures | %.2f | %.0f |\n", (r.whole.wall - r.classifying).Seconds(), share(r.whole.wall-r.classifying))
	fmt.Printf("| CPU time: %.1f of %.0f cores, the rest idle or others' | %.2f | %.0f |\n", r.whole.cpu.Seconds()/r.whole.wall.Seconds(), cores, r.whole.cpu.Seconds(), share(r.whole.cpu)/cores)
	return nil
}

// copying is the time to copy the pictures of all views to the device and their
// answers back, execution by execution.
func (sub *subject) copying(s *settings) (time.Duration, error) {
	b, n, size := sub.classifier.Backend(), sub.classifier.BatchSize(), sub.network.InputSize
	images := make([]float32, n*sub.renderer.ImageLen())
	answers := make([]float32, n*len(sub.network.Labels))
	back, err := b.BufferFromFlatData(0, answers, shapes.Make(dtypes.Float32, n, len(sub.network.Labels)))
	if err != nil {
		return 0, err
	}
	one, err := median(max(s.rounds, 20), func() error {
		there, err := b.BufferFromFlatData(0, images, shapes.Make(dtypes.Float32, n, size, size, 3))
		if err != nil {
			return err
		}
		if err := back.ToFlatData(answers); err != nil {
			return err
		}
		return there.Finalize()
	})
	return one.wall * time.Duration((s.views+n-1)/n), err
}
