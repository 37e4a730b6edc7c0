package region

import (
	"fmt"
	"math"
)

// grower is the state of one run, in the coordinates of its frame.
type grower struct {
	a, b       []float64
	f          []float64 // at the probes
	loss       float64
	pointValue float64 // f where the region is still a point; NaN before it is asked for
	asked      int     // points of this run in the current batch
	asPoint    bool    // the current probes are one point

	iterations, evaluations, still int
	status                         Status
	detail                         string
	trace                          []Bounds
	losses                         []float64
	frame                          frame

	r, scale, da, db []float64
}

func newGrower(f frame, start []float64, settings Settings, probes int) *grower {
	n := len(start)
	g := &grower{
		a: make([]float64, n), b: make([]float64, n), f: make([]float64, probes),
		r: make([]float64, n), scale: make([]float64, n), da: make([]float64, n), db: make([]float64, n),
		pointValue: math.NaN(), frame: f,
	}
	for k, x := range start {
		origin, width := f.unit(k)
		g.a[k] = (x - settings.HalfWidth - origin) / width
		g.b[k] = (x + settings.HalfWidth - origin) / width
	}
	if f.mode == Default {
		f.project(g.a, g.b)
	}
	return g
}

func (g *grower) active() bool { return g.status == "" }

// isPoint reports whether every side is below the resolution.
func (g *grower) isPoint(settings Settings) bool {
	if settings.Resolution < 0 {
		return false
	}
	for k := range g.a {
		if g.b[k]-g.a[k] >= settings.Resolution {
			return false
		}
	}
	return true
}

// ask appends the points where this run needs f.
func (g *grower) ask(points [][]float64, f frame, probes [][]float64, settings Settings) [][]float64 {
	before := len(points)
	if g.asPoint = g.isPoint(settings); g.asPoint {
		if math.IsNaN(g.pointValue) {
			points = append(points, f.point(g.a, g.b, middle(len(g.a))))
		}
	} else {
		for _, t := range probes {
			points = append(points, f.point(g.a, g.b, t))
		}
	}
	g.asked = len(points) - before
	return points
}

func middle(n int) []float64 {
	t := make([]float64, n)
	for k := range t {
		t[k] = 0.5
	}
	return t
}

// tell takes the values at the points that ask asked for, and notes bounds and
// loss before the step.
func (g *grower) tell(points [][]float64, values []float64, method Method, settings Settings) {
	g.evaluations += len(values)
	for i, v := range values {
		if !finite(v) {
			g.stop(NotFinite, fmt.Sprintf("f is %g at %v", v, points[i]))
			return
		}
	}
	if g.asPoint {
		if len(values) == 1 {
			g.pointValue = values[0]
		}
		for i := range g.f {
			g.f[i] = g.pointValue
		}
	} else {
		copy(g.f, values)
	}
	for k := range g.r {
		g.r[k] = g.b[k] - g.a[k]
	}
	g.loss = method.Loss(g.r, g.f)
	if settings.TraceEvery > 0 && g.iterations%settings.TraceEvery == 0 {
		g.trace = append(g.trace, g.frame.bounds(g.a, g.b))
		g.losses = append(g.losses, g.loss)
	}
}

// step moves the bounds once.
func (g *grower) step(f frame, method Method, settings Settings) {
	n := len(g.a)
	for k := range g.scale {
		if f.mode == Published {
			g.scale[k] = 2 * cornerVolume(g.r) / g.r[k]
		} else {
			g.scale[k] = 2 * g.r[k] / float64(int(1)<<n)
		}
	}
	method.Step(g.r, g.scale, g.f, g.da, g.db)
	before := append(append([]float64(nil), g.a...), g.b...)
	for k := range g.a {
		g.a[k] -= settings.LearningRate * g.da[k]
		g.b[k] -= settings.LearningRate * g.db[k]
	}
	if f.mode == Default {
		f.project(g.a, g.b)
	}
	g.iterations++
	g.judge(f, before, settings)
}

// judge ends the run where nothing more can come of it.
func (g *grower) judge(f frame, before []float64, settings Settings) {
	n := len(g.a)
	moved := 0.0
	for k := range g.a {
		if !finite(g.a[k]) || !finite(g.b[k]) {
			g.stop(NotFinite, fmt.Sprintf("the bounds became %g … %g on axis %s in iteration %d", g.a[k], g.b[k], f.space[k].Name, g.iterations))
			return
		}
		moved = max(moved, math.Abs(g.a[k]-before[k])/g.r[k], math.Abs(g.b[k]-before[n+k])/g.r[k])
	}
	if settings.Tolerance < 0 || g.asPoint {
		return
	}
	if moved >= settings.Tolerance {
		g.still = 0
		return
	}
	if g.still++; g.still < 10 {
		return
	}
	if f.coversDomain(g.a, g.b) {
		g.stop(WholeDomain, "")
	} else {
		g.stop(Stationary, "")
	}
}

// finish gives a status to a run that used up its iterations.
func (g *grower) finish(settings Settings) {
	switch {
	case !g.active():
	case g.asPoint && g.isPoint(settings) && !g.hasGrown(settings):
		g.stop(Vanished, fmt.Sprintf("f is %.3g at the start: too small for a region to grow in %d iterations", g.pointValue, g.iterations))
	default:
		g.stop(IterationLimit, "")
	}
}

// hasGrown reports whether every side is at least twice as long as at the
// start.
func (g *grower) hasGrown(settings Settings) bool {
	for k := range g.a {
		_, width := g.frame.unit(k)
		if g.b[k]-g.a[k] < 4*settings.HalfWidth/width {
			return false
		}
	}
	return true
}

func (g *grower) stop(status Status, detail string) { g.status, g.detail = status, detail }
