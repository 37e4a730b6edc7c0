package sweep

import (
	"context"
	"time"

	"github.com/semrob/gonb-semrob/internal/goldenratio"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
)

// rate measures an objective over two seconds, after a first batch for what is
// done once.
func rate(ctx context.Context, f objective.Objective) (perSecond float64, err error) {
	const batch = 32
	space := f.Space()
	steps := goldenratio.Steps(len(space))
	points, values := make([][]float64, batch), make([]float64, batch)
	for i := range points {
		for k, axis := range space {
			x := float64(i+1) * steps[k]
			points[i] = append(points[i], axis.Min+axis.Width()*(x-float64(int(x))))
		}
	}
	if err := f.Evaluate(ctx, points, values); err != nil {
		return 0, err
	}
	start, n := time.Now(), 0
	for time.Since(start) < 2*time.Second {
		if err := f.Evaluate(ctx, points, values); err != nil {
			return 0, err
		}
		n += batch
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// MostEvaluations returns how many values of f an item asks for at most: a run
// that comes to rest early asks for fewer.
func MostEvaluations(item plan.Item) int {
	if item.Grow == nil {
		n := 1
		grid, err := plan.Grid(item.Space, item.Map)
		if err != nil {
			return 0 // a plan that was loaded has none such
		}
		for _, axis := range grid {
			n *= len(axis.Values)
		}
		return n
	}
	g, n := item.Grow, len(item.Space)
	needs, probes := g.Numbers.Needs(), 0
	switch {
	case g.Settings.Sampling == region.FacePoints && !needs.Corners:
		probes = 2 * n * g.Settings.PointsPerFace
	case n > 30 || 1<<n > g.Settings.MaxCorners:
		probes = g.Settings.MaxCorners
	default:
		probes = 1 << n
	}
	if needs.Alpha > 0 {
		probes *= 2
	}
	if needs.Gradient && item.Network.Analytic == "" {
		probes *= 1 + 2*n
	}
	return probes * g.Settings.Iterations * len(g.Starts)
}
