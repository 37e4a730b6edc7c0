package sweep

import (
	"context"
	"errors"
	"time"

	"github.com/semrob/gonb-semrob/internal/goldenratio"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
)

// Work is a number of evaluations of a network's f.
type Work struct {
	// Values are evaluations of f alone, Gradients of f with its gradient.
	Values, Gradients int
}

// Add returns the sum.
func (w Work) Add(other Work) Work {
	return Work{w.Values + other.Values, w.Gradients + other.Gradients}
}

// Total returns the number of evaluations, with gradient or without.
func (w Work) Total() int { return w.Values + w.Gradients }

// Seconds returns the duration of the work at a rate.
func (w Work) Seconds(at Rate) float64 {
	seconds := 0.0
	if w.Values > 0 {
		seconds += float64(w.Values) / at.Values
	}
	if w.Gradients > 0 {
		seconds += float64(w.Gradients) / at.Gradients
	}
	return seconds
}

// Rate is the speed of a worker, in evaluations per second; 0 if not measured.
type Rate struct {
	Values, Gradients float64
}

// MostWork returns the greatest possible number of evaluations of an item. Runs that
// converge early need fewer, those on a map none.
func MostWork(item plan.Item) Work {
	if item.Promise != nil {
		if item.Promise.OnMap != nil {
			return Work{}
		}
		return Work{Values: item.Promise.Settings.Budget * len(item.Promise.Starts)}
	}
	if item.Grow == nil {
		n := 1
		for _, axis := range item.Map.Axes {
			n *= len(axis.Values)
		}
		return Work{Values: n}
	}
	g, n := item.Grow, len(item.Of.Space)
	if g.OnMap != nil {
		return Work{}
	}
	points := g.Settings.Probes(g.Method.Method, n) * g.Settings.Iterations * len(g.Starts)
	switch {
	case g.UsesGradient():
		return Work{Gradients: points}
	case g.GradientStep != 0:
		points *= 1 + 2*n
	}
	return Work{Values: points}
}

// Measure measures the speed of this machine on a plan's network, without compilation,
// with the first object that can be read: of values and, if items of the plan need
// them, of gradients.
func (e *Engine) Measure(ctx context.Context, p *plan.Prepared, network int) (Rate, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var rate Rate
	wanting := errors.New("the plan has no items")
	for item := range p.Items() {
		if item.NetworkKey() != p.Networks[network].Key() {
			continue
		}
		gradients := MostWork(item).Gradients > 0
		if rate.Values > 0 && (!gradients || rate.Gradients > 0) {
			continue
		}
		wanting = e.measure(ctx, item, gradients, &rate)
		if ctx.Err() != nil {
			break
		}
	}
	return rate, wanting
}

func (e *Engine) measure(ctx context.Context, item plan.Item, gradients bool, rate *Rate) error {
	on, err := e.open(ctx, nil, item)
	if err != nil {
		return err
	}
	defer on.release()
	f := on.Objective
	if rate.Values == 0 {
		if rate.Values, err = perSecond(f.Space(), 32, func(points [][]float64, values []float64) error {
			return f.Evaluate(ctx, points, values)
		}); err != nil {
			return err
		}
	}
	slopes, ok := objective.White(f)
	if !gradients || !ok {
		return nil
	}
	rate.Gradients, err = perSecond(f.Space(), 8, func(points [][]float64, values []float64) error {
		all := make([][]float64, len(points))
		for i := range all {
			all[i] = make([]float64, len(f.Space()))
		}
		return slopes.Gradient(ctx, points, values, all)
	})
	return err
}

// perSecond measures batches of this size for two seconds, after one batch that
// compiles.
func perSecond(space objective.Space, batch int, ask func(points [][]float64, values []float64) error) (float64, error) {
	steps := goldenratio.Steps(len(space))
	points, values := make([][]float64, batch), make([]float64, batch)
	for i := range points {
		for k, axis := range space {
			x := float64(i+1) * steps[k]
			points[i] = append(points[i], axis.Min+axis.Width()*(x-float64(int(x))))
		}
	}
	if err := ask(points, values); err != nil {
		return 0, err
	}
	start, n := time.Now(), 0
	for time.Since(start) < 2*time.Second {
		if err := ask(points, values); err != nil {
			return 0, err
		}
		n += batch
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
