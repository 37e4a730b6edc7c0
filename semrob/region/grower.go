package region

import "fmt"

// grower is the state of one run, in the coordinates of its frame.
type grower struct {
	frame frame
	a, b  []float64
	faces *Faces
	loss  float64

	memory *memory

	da, db  []float64
	damping damping

	recent                  [][]float64 // bounds after the last steps, [step][a…, b…]
	iterations, evaluations int
	status                  Status
	detail                  string
	trace                   []Bounds
	losses                  []float64
}

// answer holds values of an objective: points and gradients [point][axis] in the
// units of the axes, values [point]. gradients is nil for a black box.
type answer struct {
	points    [][]float64
	values    []float64
	gradients [][]float64
}

func newGrower(f frame, start []float64, settings Settings, sampling Sampling) *grower {
	n := len(start)
	g := &grower{
		frame: f, a: make([]float64, n), b: make([]float64, n), faces: newFaces(n),
		da: make([]float64, n), db: make([]float64, n), damping: newDamping(n, sampling == Corners),
	}
	centre := make([]float64, n)
	g.memory = newMemory(centre, settings)
	for k, x := range start {
		origin, width := f.unit(k)
		centre[k] = (x - origin) / width
		g.a[k] = (x - settings.HalfWidth - origin) / width
		g.b[k] = (x + settings.HalfWidth - origin) / width
	}
	if f.mode == Default {
		f.project(g.a, g.b, centre)
	}
	return g
}

func (g *grower) active() bool { return g.status == "" }

// ask returns the points at which this run needs f and does not know it, of the
// probes in the region and those in the outer region.
func (g *grower) ask(p *probes, needs Needs) [][]float64 {
	g.memory.begin()
	for _, t := range p.offsets {
		g.memory.probe(g.frame.point(g.a, g.b, t, 0, g.memory.snap))
	}
	if needs.Alpha > 0 {
		for _, t := range p.offsets {
			g.memory.probe(g.frame.point(g.a, g.b, t, needs.Alpha, g.memory.snap))
		}
	}
	return g.memory.wanted()
}

// tell takes the answer at the points that ask returned, and notes bounds and
// loss before the step.
func (g *grower) tell(a answer, p *probes, method Method, settings Settings) {
	g.evaluations += len(a.values)
	if detail := a.notFinite(); detail != "" {
		g.stop(NotFinite, detail)
		return
	}
	g.memory.tell(a)
	for k := range g.faces.R {
		g.faces.R[k] = g.b[k] - g.a[k]
	}
	g.setScale(settings.Mode)
	g.measure(g.memory.answer(), p, method.Needs())
	g.loss = method.Loss(g.faces)
	if settings.TraceEvery > 0 && g.iterations%settings.TraceEvery == 0 {
		g.trace = append(g.trace, g.frame.bounds(g.a, g.b))
		g.losses = append(g.losses, g.loss)
	}
}

// measure turns the answer at the probes into means over the faces.
func (g *grower) measure(a answer, p *probes, needs Needs) {
	n := len(p.offsets)
	var slopes [][]float64
	if needs.Gradient {
		slopes = make([][]float64, n)
		for i, t := range p.offsets {
			slopes[i] = g.frame.slope(g.a, g.b, t, a.gradients[i])
		}
	}
	var outer []float64
	if needs.Alpha > 0 {
		outer = a.values[len(a.values)-n:]
	}
	p.measure(g.faces, a.values[:n], outer, slopes)
}

func (g *grower) setScale(mode Mode) {
	copy(g.faces.Scale, g.faces.R)
	if mode == Published {
		for k, r := range g.faces.R {
			g.faces.Scale[k] = g.faces.Volume() / r
		}
	}
}

// notFinite names the first point at which f or its gradient is not finite.
func (a answer) notFinite() string {
	for i, v := range a.values {
		if !finite(v) {
			return fmt.Sprintf("f is %g at %v", v, a.points[i])
		}
		if a.gradients == nil {
			continue
		}
		for _, slope := range a.gradients[i] {
			if !finite(slope) {
				return fmt.Sprintf("the gradient of f is %v at %v", a.gradients[i], a.points[i])
			}
		}
	}
	return ""
}

// step moves the bounds once.
func (g *grower) step(method Method, settings Settings) {
	method.Step(g.faces, g.da, g.db)
	n := len(g.a)
	outA, outB := make([]float64, n), make([]float64, n)
	if settings.FixedRate {
		for k := range g.a {
			outA[k], outB[k] = settings.LearningRate*g.da[k], -settings.LearningRate*g.db[k]
		}
	} else {
		g.damping.steps(g.da, g.db, settings.LearningRate, outA, outB)
	}
	centre := make([]float64, n)
	for k := range g.a {
		centre[k] = (g.a[k] + g.b[k]) / 2
		g.a[k] -= outA[k]
		g.b[k] += outB[k]
	}
	g.iterations++
	if detail := g.notFinite(); detail != "" {
		g.stop(NotFinite, detail)
		return
	}
	if g.frame.mode == Default {
		g.frame.project(g.a, g.b, centre)
	}
	g.judge(settings)
}

func (g *grower) notFinite() string {
	for k := range g.a {
		if !finite(g.a[k]) || !finite(g.b[k]) {
			return fmt.Sprintf("the bounds became %g … %g on axis %s in iteration %d", g.a[k], g.b[k], g.frame.space[k].Name, g.iterations)
		}
	}
	return ""
}

// window is the number of steps over which Settings.Tolerance counts. Waiting
// costs next to nothing, because a run remembers f; with a shorter window, bounds
// that gather speed again would count as stationary.
const window = 100

// judge ends the run if no bound has left a narrow range for a while. A single
// small step says little, because a damped bound gathers speed again.
func (g *grower) judge(settings Settings) {
	if settings.Tolerance < 0 || g.isPoint(settings) {
		return
	}
	n := len(g.a)
	now := append(append([]float64(nil), g.a...), g.b...)
	g.recent = append(g.recent, now)
	if len(g.recent) <= window {
		return
	}
	g.recent = g.recent[len(g.recent)-window-1:]
	for i := range now {
		low, high := now[i], now[i]
		for _, before := range g.recent {
			low, high = min(low, before[i]), max(high, before[i])
		}
		if high-low > settings.Tolerance*g.faces.R[i%n] {
			return
		}
	}
	if g.frame.coversDomain(g.a, g.b) {
		g.stop(WholeDomain, "")
	} else {
		g.stop(Stationary, "")
	}
}

// finish gives a status to a run that used up its iterations.
func (g *grower) finish(settings Settings) {
	switch {
	case !g.active():
	case g.isPoint(settings) && !g.hasGrown(settings):
		g.stop(Vanished, fmt.Sprintf("f is %.3g at the start: too small for a region to grow in %d iterations", g.faces.Mean, g.iterations))
	default:
		g.stop(IterationLimit, "")
	}
}

// isPoint reports whether every side is below the resolution.
func (g *grower) isPoint(settings Settings) bool {
	for k := range g.a {
		if g.b[k]-g.a[k] >= settings.Resolution {
			return false
		}
	}
	return true
}

// hasGrown reports whether every side is at least twice its initial length.
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
