package region

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Find grows a region around every start of the problem; a nil method means
// OIRB{}. All probes of all active runs of an iteration are evaluated in one
// batch.
//
// When ctx is done it returns the regions as they are, with an error that wraps
// ctx.Err(). A run whose f is not finite stops with that status; the others
// continue. If the method needs ∇f and the objective is a black box, the error
// wraps objective.ErrNoGradient.
func Find(ctx context.Context, problem Problem, method Method, settings Settings) (*Result, error) {
	results, err := FindAll(ctx, []Problem{problem}, method, settings)
	if len(results) == 0 {
		return nil, err
	}
	return results[0], err
}

// FindAll is Find for many problems at once. Their iterations run in lockstep,
// so that objectives that share a network (objective.Sharing) fill its batches
// together. The results are in the order of the problems. Settings.Recorder
// receives the runs of all problems, one problem after another.
func FindAll(ctx context.Context, problems []Problem, method Method, settings Settings) ([]*Result, error) {
	if method == nil {
		method = OIRB{}
	}
	settings = settings.WithDefaults()
	if err := checkAll(problems, method, settings); err != nil {
		return nil, fmt.Errorf("finding robust regions: %w", err)
	}
	all := make(descents, len(problems))
	for i, problem := range problems {
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

func checkAll(problems []Problem, method Method, settings Settings) error {
	if err := settings.check(); err != nil {
		return err
	}
	if err := checkNumbers(method); err != nil {
		return fmt.Errorf("the numbers of %s: %w", method.Name(), err)
	}
	if len(problems) == 0 {
		return fmt.Errorf("there is no problem to solve")
	}
	starts, axes := 0, 1
	for _, problem := range problems {
		if err := problem.check(method, settings); err != nil {
			return err
		}
		starts, axes = starts+len(problem.Starts), max(axes, len(problem.Objective.Space()))
	}
	return settings.CheckSize(method, axes, starts)
}

// descent is the state of all runs of one problem.
type descent struct {
	problem     Problem
	method      Method
	settings    Settings
	frame       frame
	probes      *probes
	rng         *rand.Rand // nil unless corners are sampled
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

// ask returns the points at which the active runs need f and do not know it.
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

// tell passes the answer to the runs that asked.
func (d *descent) tell(all answer) {
	at := 0
	for _, g := range d.growers {
		if !g.active() {
			continue
		}
		from, to := at, at+g.memory.asked
		at = to
		own := answer{points: all.points[from:to], values: all.values[from:to]}
		if all.gradients != nil {
			own.gradients = all.gradients[from:to]
		}
		g.tell(own, d.probes, d.method, d.settings)
	}
}

// step moves the bounds of the active runs and reports whether any is still
// active.
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
func (d *descent) gradient(ctx context.Context, a *answer) error {
	a.gradients = make([][]float64, len(a.points))
	for i := range a.gradients {
		a.gradients[i] = make([]float64, len(d.frame.space))
	}
	white, _ := objective.White(d.problem.Objective) // Problem.check made sure
	return white.Gradient(ctx, a.points, a.values, a.gradients)
}

// descents run in lockstep.
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

// evaluate computes f at the probes of every active run of every problem in one
// batch, or f and ∇f for each problem if the method needs the gradient.
func (all descents) evaluate(ctx context.Context) error {
	answers := make([]answer, len(all))
	var requests []objective.Request
	for i, d := range all {
		points := d.ask()
		answers[i] = answer{points: points, values: make([]float64, len(points))}
		switch {
		case len(points) == 0:
		case d.method.Needs().Gradient:
			if err := d.gradient(ctx, &answers[i]); err != nil {
				return err
			}
		default:
			requests = append(requests, objective.Request{Objective: d.problem.Objective, Points: points, Values: answers[i].values})
		}
	}
	if err := objective.EvaluateAll(ctx, requests); err != nil {
		return err
	}
	for i, d := range all {
		d.tell(answers[i])
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
