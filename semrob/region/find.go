package region

import (
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Find grows a region around every start of the problem. All probes of all
// runs of an iteration are evaluated in one batch.
//
// When ctx is done it returns the regions as they are, with an error that
// wraps ctx.Err(). A run whose f is not finite stops with its status; the
// others go on.
func Find(ctx context.Context, problem Problem, method Method, settings Settings) (*Result, error) {
	settings = settings.WithDefaults()
	if err := problem.check(); err != nil {
		return nil, fmt.Errorf("finding robust regions: %w", err)
	}
	if err := settings.check(); err != nil {
		return nil, fmt.Errorf("finding robust regions: %w", err)
	}
	d := newDescent(problem, method, settings)
	err := d.run(ctx)
	result := d.result()
	if err != nil {
		return result, fmt.Errorf("finding robust regions with %s: %w", method.Name(), err)
	}
	return result, nil
}

// descent is the state of all runs of one call of Find.
type descent struct {
	problem     Problem
	method      Method
	settings    Settings
	frame       frame
	probes      [][]float64 // offsets, [probe][axis]
	growers     []*grower
	evaluations int

	points [][]float64 // the batch of an iteration
	values []float64
}

func newDescent(problem Problem, method Method, settings Settings) *descent {
	space := problem.Objective.Space()
	d := &descent{
		problem: problem, method: method, settings: settings,
		frame:  newFrame(space, settings.Mode),
		probes: method.Probes(len(space)),
	}
	for _, start := range problem.Starts {
		d.growers = append(d.growers, newGrower(d.frame, start, settings, len(d.probes)))
	}
	return d
}

func (d *descent) run(ctx context.Context) error {
	for it := 0; it < d.settings.Iterations; it++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		active, err := d.evaluate(ctx)
		if err != nil {
			return err
		}
		if err := d.record(it, false); err != nil {
			return err
		}
		if !active {
			break
		}
		for _, g := range d.growers {
			if g.active() {
				g.step(d.frame, d.method, d.settings)
			}
		}
	}
	for _, g := range d.growers {
		g.finish(d.settings)
	}
	return d.record(d.settings.Iterations, true)
}

// evaluate fills the values of every active run's probes and reports whether
// any run is active. A run that is still a point asks for one value, once.
func (d *descent) evaluate(ctx context.Context) (active bool, err error) {
	d.points = d.points[:0]
	for _, g := range d.growers {
		if g.active() {
			active = true
			d.points = g.ask(d.points, d.frame, d.probes, d.settings)
		}
	}
	d.values = append(d.values[:0], make([]float64, len(d.points))...)
	if len(d.points) > 0 {
		if err := d.problem.Objective.Evaluate(ctx, d.points, d.values); err != nil {
			return active, err
		}
	}
	d.evaluations += len(d.points)
	at := 0
	for _, g := range d.growers {
		if g.active() {
			n := g.asked
			g.tell(d.points[at:at+n], d.values[at:at+n], d.method, d.settings)
			at += n
		}
	}
	return active, nil
}

func (d *descent) record(it int, last bool) error {
	if d.settings.Recorder == nil {
		return nil
	}
	state := Iteration{Number: it, Of: d.settings.Iterations, Evaluations: d.evaluations, Last: last}
	for _, g := range d.growers {
		state.Bounds = append(state.Bounds, d.frame.bounds(g.a, g.b))
		state.Loss = append(state.Loss, g.loss)
		state.Active = append(state.Active, g.active())
	}
	if err := d.settings.Recorder.Record(state); err != nil {
		return fmt.Errorf("recording iteration %d: %w", it, err)
	}
	return nil
}

func (d *descent) result() *Result {
	r := &Result{
		Space: d.problem.Objective.Space(), Method: d.method.Name(),
		Settings: d.settings, Evaluations: d.evaluations,
	}
	for i, g := range d.growers {
		r.Runs = append(r.Runs, Run{
			Start: d.problem.Starts[i], Bounds: d.frame.bounds(g.a, g.b),
			Iterations: g.iterations, Evaluations: g.evaluations,
			Status: g.status, Detail: g.detail, Trace: g.trace, Loss: g.losses,
		})
	}
	return r
}

// frame maps between the coordinates of the axes and those of the descent:
// the same in Published mode, domains scaled to 0…1 in Default mode.
type frame struct {
	space objective.Space
	mode  Mode
}

func newFrame(space objective.Space, mode Mode) frame { return frame{space, mode} }

func (f frame) unit(k int) (origin, width float64) {
	if f.mode == Published {
		return 0, 1
	}
	return f.space[k].Min, f.space[k].Width()
}

// point returns a + t⊙r in the units of the axes, brought back into the
// domain.
func (f frame) point(a, b, t []float64) []float64 {
	p := make([]float64, len(a))
	for k := range a {
		origin, width := f.unit(k)
		p[k] = f.space[k].Wrap(origin + width*(a[k]+t[k]*(b[k]-a[k])))
	}
	return p
}

// bounds returns the box in the units of the axes. In Default mode a periodic
// axis has its lower bound inside the domain.
func (f frame) bounds(a, b []float64) Bounds {
	out := Bounds{A: make([]float64, len(a)), B: make([]float64, len(a))}
	for k := range a {
		origin, width := f.unit(k)
		out.A[k], out.B[k] = origin+width*a[k], origin+width*b[k]
		if f.mode == Default && f.space[k].Periodic {
			inside := f.space[k].Wrap(out.A[k])
			out.B[k] += inside - out.A[k]
			out.A[k] = inside
		}
	}
	return out
}

// smallest is the width, as a fraction of the domain, that Default mode keeps
// at least.
const smallest = 1e-10

// project brings a box of Default mode back into the domain and keeps its
// widths positive.
func (f frame) project(a, b []float64) {
	for k, axis := range f.space {
		if b[k]-a[k] < smallest {
			centre := (a[k] + b[k]) / 2
			a[k], b[k] = centre-smallest/2, centre+smallest/2
		}
		switch {
		case axis.Periodic && b[k]-a[k] > 1:
			centre := (a[k] + b[k]) / 2
			a[k], b[k] = centre-0.5, centre+0.5
		case !axis.Periodic:
			a[k] = min(max(a[k], 0), 1-smallest)
			b[k] = max(min(b[k], 1), a[k]+smallest)
		}
	}
}

func (f frame) coversDomain(a, b []float64) bool {
	for k := range a {
		if b[k]-a[k] < 1-1e-9 {
			return false
		}
	}
	return true
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
