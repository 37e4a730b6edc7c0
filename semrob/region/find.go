package region

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Find grows a region around every start of the problem. All probes of all
// runs of an iteration are evaluated in one batch; runs that have ended take no
// part in it.
//
// When ctx is done it returns the regions as they are, with an error that
// wraps ctx.Err(). A run whose f is not finite stops with its status; the
// others go on. A method that needs ∇f is an error where the objective is a
// black box.
func Find(ctx context.Context, problem Problem, method Method, settings Settings) (*Result, error) {
	settings = settings.WithDefaults()
	if err := settings.check(); err != nil {
		return nil, fmt.Errorf("finding robust regions: %w", err)
	}
	if err := problem.check(method, settings); err != nil {
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
	probes      *probes
	rng         *rand.Rand // where corners are sampled
	growers     []*grower
	evaluations int
	steps       int
}

func newDescent(problem Problem, method Method, settings Settings) *descent {
	space := problem.Objective.Space()
	d := &descent{problem: problem, method: method, settings: settings, frame: frame{space, settings.Mode}}
	n := len(space)
	switch {
	case settings.sampling(method) == FacePoints:
		d.probes = facePoints(n, settings.PointsPerFace)
	case settings.samplesCorners(n):
		d.rng = rand.New(rand.NewPCG(settings.Seed, 0x5e3ab))
	default:
		d.probes = allCorners(n)
	}
	for _, start := range problem.Starts {
		d.growers = append(d.growers, newGrower(d.frame, start, settings))
	}
	return d
}

func (d *descent) run(ctx context.Context) error {
	for ; d.steps < d.settings.Iterations; d.steps++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if d.rng != nil {
			d.probes = someCorners(len(d.frame.space), d.settings.MaxCorners, d.rng)
		}
		if err := d.evaluate(ctx); err != nil {
			return err
		}
		if err := d.record(false); err != nil {
			return err
		}
		active := false
		for _, g := range d.growers {
			if g.active() {
				g.step(d.method, d.settings)
				active = active || g.active()
			}
		}
		if !active {
			break
		}
	}
	for _, g := range d.growers {
		g.finish(d.settings)
	}
	return d.record(true)
}

// evaluate asks for f, and ∇f where the method needs it, at every active run's
// probes in one batch. A run that is still a point asks for one value, once.
func (d *descent) evaluate(ctx context.Context) error {
	needs := d.method.Needs()
	var points [][]float64
	for _, g := range d.growers {
		if g.active() {
			points = g.ask(points, d.probes, needs, d.settings)
		}
	}
	values := make([]float64, len(points))
	var gradients [][]float64
	if len(points) > 0 {
		var err error
		if gradients, err = d.ask(ctx, points, values, needs); err != nil {
			return err
		}
	}
	d.evaluations += len(points)
	at := 0
	for _, g := range d.growers {
		if !g.active() {
			continue
		}
		from, to := at, at+g.asked
		at = to
		var slopes [][]float64
		if gradients != nil {
			slopes = gradients[from:to]
		}
		g.tell(answer{points[from:to], values[from:to], slopes}, d.probes, d.method, d.settings)
	}
	return nil
}

func (d *descent) ask(ctx context.Context, points [][]float64, values []float64, needs Needs) ([][]float64, error) {
	if !needs.Gradient {
		return nil, d.problem.Objective.Evaluate(ctx, points, values)
	}
	gradients := make([][]float64, len(points))
	for i := range gradients {
		gradients[i] = make([]float64, len(d.frame.space))
	}
	white, _ := objective.White(d.problem.Objective) // Problem.check made sure
	return gradients, white.Gradient(ctx, points, values, gradients)
}

func (d *descent) record(last bool) error {
	if d.settings.Recorder == nil {
		return nil
	}
	state := Iteration{Number: d.steps, Of: d.settings.Iterations, Evaluations: d.evaluations, Last: last}
	for _, g := range d.growers {
		state.Bounds = append(state.Bounds, d.frame.bounds(g.a, g.b))
		state.Loss = append(state.Loss, g.loss)
		state.Active = append(state.Active, g.active())
	}
	if err := d.settings.Recorder.Record(state); err != nil {
		return fmt.Errorf("recording iteration %d: %w", d.steps, err)
	}
	return nil
}

func (d *descent) result() *Result {
	r := &Result{
		Space: d.problem.Objective.Space(), Method: d.method.Name(),
		Settings: d.settings, Probes: d.settings.describeProbes(d.method, len(d.frame.space)),
		Evaluations: d.evaluations,
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
