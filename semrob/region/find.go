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
	results, err := FindAll(ctx, []Problem{problem}, method, settings)
	if len(results) == 0 {
		return nil, err
	}
	return results[0], err
}

// FindAll is Find for many problems at once. Their iterations go in step, so
// that objectives which share a network (objective.Sharing) fill its batches
// together. The results are in the order of the problems. Settings.Recorder
// sees the runs of all problems, one after another.
func FindAll(ctx context.Context, problems []Problem, method Method, settings Settings) ([]*Result, error) {
	settings = settings.WithDefaults()
	if err := settings.check(); err != nil {
		return nil, fmt.Errorf("finding robust regions: %w", err)
	}
	if len(problems) == 0 {
		return nil, fmt.Errorf("finding robust regions: there is no problem to solve")
	}
	all := make(descents, len(problems))
	for i, problem := range problems {
		if err := problem.check(method, settings); err != nil {
			return nil, fmt.Errorf("finding robust regions: %w", err)
		}
		all[i] = newDescent(problem, method, settings)
	}
	err := all.run(ctx, settings)
	results := make([]*Result, len(all))
	for i, d := range all {
		results[i] = d.result()
	}
	if err != nil {
		return results, fmt.Errorf("finding robust regions with %s: %w", method.Name(), err)
	}
	return results, nil
}

// descent is the state of all runs of one problem.
type descent struct {
	problem     Problem
	method      Method
	settings    Settings
	frame       frame
	probes      *probes
	rng         *rand.Rand // where corners are sampled
	growers     []*grower
	evaluations int
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
		d.growers = append(d.growers, newGrower(d.frame, start, settings, settings.sampling(method)))
	}
	return d
}

// ask returns the points where the active runs need f and do not know it.
func (d *descent) ask() [][]float64 {
	if d.rng != nil {
		d.probes = someCorners(len(d.frame.space), d.settings.MaxCorners, d.rng)
	}
	var points [][]float64
	for _, g := range d.growers {
		if g.active() {
			points = append(points, g.ask(d.probes, d.method.Needs())...)
		}
	}
	d.evaluations += len(points)
	return points
}

// tell hands the answer to the runs that asked.
func (d *descent) tell(said answer) {
	at := 0
	for _, g := range d.growers {
		if !g.active() {
			continue
		}
		from, to := at, at+g.memory.asked
		at = to
		own := answer{points: said.points[from:to], values: said.values[from:to]}
		if said.gradients != nil {
			own.gradients = said.gradients[from:to]
		}
		g.tell(own, d.probes, d.method, d.settings)
	}
}

// step moves the bounds of the active runs and reports whether any goes on.
func (d *descent) step() (active bool) {
	for _, g := range d.growers {
		if g.active() {
			g.step(d.method, d.settings)
			active = active || g.active()
		}
	}
	return active
}

// gradient asks a white box for values and gradients.
func (d *descent) gradient(ctx context.Context, said *answer) error {
	said.gradients = make([][]float64, len(said.points))
	for i := range said.gradients {
		said.gradients[i] = make([]float64, len(d.frame.space))
	}
	white, _ := objective.White(d.problem.Objective) // Problem.check made sure
	return white.Gradient(ctx, said.points, said.values, said.gradients)
}

// descents go in step.
type descents []*descent

func (all descents) run(ctx context.Context, settings Settings) error {
	steps := 0
	for ; steps < settings.Iterations; steps++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := all.evaluate(ctx); err != nil {
			return err
		}
		if err := all.record(settings, steps, false); err != nil {
			return err
		}
		active := false
		for _, d := range all {
			if d.step() {
				active = true
			}
		}
		if !active {
			break
		}
	}
	for _, d := range all {
		for _, g := range d.growers {
			g.finish(settings)
		}
	}
	return all.record(settings, steps, true)
}

// evaluate asks for f at the probes of every active run of every problem in one
// batch, and for ∇f where the method needs it.
func (all descents) evaluate(ctx context.Context) error {
	said := make([]answer, len(all))
	var requests []objective.Request
	for i, d := range all {
		points := d.ask()
		said[i] = answer{points: points, values: make([]float64, len(points))}
		switch {
		case len(points) == 0:
		case d.method.Needs().Gradient:
			if err := d.gradient(ctx, &said[i]); err != nil {
				return err
			}
		default:
			requests = append(requests, objective.Request{Objective: d.problem.Objective, Points: points, Values: said[i].values})
		}
	}
	if err := objective.EvaluateAll(ctx, requests); err != nil {
		return err
	}
	for i, d := range all {
		d.tell(said[i])
	}
	return nil
}

func (all descents) record(settings Settings, steps int, last bool) error {
	if settings.Recorder == nil {
		return nil
	}
	state := Iteration{Number: steps, Of: settings.Iterations, Last: last}
	for _, d := range all {
		state.Evaluations += d.evaluations
		for _, g := range d.growers {
			state.Bounds = append(state.Bounds, d.frame.bounds(g.a, g.b))
			state.Loss = append(state.Loss, g.loss)
			state.Active = append(state.Active, g.active())
		}
	}
	if err := settings.Recorder.Record(state); err != nil {
		return fmt.Errorf("recording iteration %d: %w", steps, err)
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
