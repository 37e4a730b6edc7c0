package sensitivity

import (
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// Analyse estimates the Sobol indices of f and of being right, and the share of right
// views that stay right when a factor moves, from Points·(factors + 2) evaluations in
// full batches. If Settings.Gradients is not 0 and f is a black box, the error wraps
// objective.ErrNoGradient. A value that is not finite is an
// *objective.NotFiniteError. When ctx is done the error wraps ctx.Err().
func Analyse(ctx context.Context, f objective.Objective, settings Settings) (*Result, error) {
	a, err := newAnalysis(f, settings.WithDefaults())
	if err == nil {
		err = a.run(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("analysing sensitivities: %w", err)
	}
	a.result.Settings.Progress = nil
	return a.result, nil
}

// analysis is the state of Analyse.
type analysis struct {
	f      objective.Objective
	white  objective.Differentiable // nil without gradients
	moves  [][]int                  // the axes of each factor
	design design
	result *Result
}

func newAnalysis(f objective.Objective, s Settings) (*analysis, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	space := f.Space()
	if err := space.Check(); err != nil {
		return nil, err
	}
	within := region.Whole(space)
	if s.Within != nil {
		var err error
		if within, err = s.Within.Clip(space); err != nil {
			return nil, fmt.Errorf("the box to look at: %w", err)
		}
	}
	a := &analysis{f: f, result: &Result{Space: space, Within: within, Settings: s}}
	if s.Gradients > 0 {
		var ok bool
		if a.white, ok = objective.White(f); !ok {
			return nil, fmt.Errorf("bounds from gradients: %w", objective.ErrNoGradient)
		}
	}
	factors, err := Factors(space, s.Groups...)
	if err != nil {
		return nil, err
	}
	for _, factor := range factors {
		var axes []int
		for _, name := range factor.Axes {
			if k := space.Index(name); within.B[k] > within.A[k] {
				axes = append(axes, k)
			}
		}
		if len(axes) > 0 { // a side without width cannot move
			a.result.Factors, a.moves = append(a.result.Factors, factor), append(a.moves, axes)
		}
	}
	if len(a.moves) == 0 {
		return nil, fmt.Errorf("the box to look at is a single point: give it a width on one axis at least")
	}
	a.design = newDesign(space, within, a.moves, s)
	return a, nil
}

func (a *analysis) run(ctx context.Context) error {
	s, r := a.result.Settings, a.result
	points := a.design.points()
	s.Progress.Start(len(points)+s.Gradients, "sensitivities")
	defer s.Progress.Done()
	values, right, err := s.Criterion.Ask(ctx, a.f, points, s.Progress)
	if err != nil {
		return err
	}
	squares, err := a.squares(ctx)
	if err != nil {
		return err
	}
	r.Evaluations, r.Gradients = len(points), s.Gradients
	r.F = a.split(values, squares)
	if right == nil {
		return nil
	}
	ones := make([]float64, len(right))
	for i, ok := range right {
		if ok {
			ones[i] = 1
		}
	}
	split := a.split(ones, nil)
	r.Right, r.Conserved = &split, a.conserved(right)
	return nil
}

// squares returns (∂f/∂u)² at the first points of each replicate of a, [point][axis];
// nil without gradients.
func (a *analysis) squares(ctx context.Context) ([][]float64, error) {
	s := a.result.Settings
	if a.white == nil {
		return nil, nil
	}
	var points [][]float64
	each, of := s.Gradients/s.Replicates, s.Points/s.Replicates
	for r := range s.Replicates {
		points = append(points, a.design.a[r*of:r*of+each]...)
	}
	const chunk = 64
	gradients := make([][]float64, len(points))
	for from := 0; from < len(points); from += chunk {
		to := min(from+chunk, len(points))
		for i := from; i < to; i++ {
			gradients[i] = make([]float64, len(points[i]))
		}
		values := make([]float64, to-from)
		if err := a.white.Gradient(ctx, points[from:to], values, gradients[from:to]); err != nil {
			return nil, err
		}
		for i := from; i < to; i++ {
			for k, g := range gradients[i] {
				if math.IsNaN(g) || math.IsInf(g, 0) {
					return nil, fmt.Errorf("∂f/∂%s is %g at %v: a bound needs finite gradients", a.result.Space[k].Name, g, points[i])
				}
				gradients[i][k] = g * g
			}
		}
		s.Progress.Add(to - from)
	}
	return gradients, nil
}

// Terms of moments, per replicate: the mean of y and of y² over a and b, then for each
// factor the mean of (y(b) − y(ab))²/2 and of (y(a) − y(ab))²/2, then for each factor
// Σ C·ν over its axes.
const (
	ofMean = iota
	ofSquare
	ofFactors
)

// split estimates the indices of the quantity y at the points of the design.
func (a *analysis) split(y []float64, squares [][]float64) Variance {
	s, n, factors := a.result.Settings, len(a.design.a), len(a.moves)
	of := n / s.Replicates
	m := make(moments, s.Replicates)
	for r := range m {
		m[r] = make([]float64, ofFactors+3*factors)
		for j := r * of; j < (r+1)*of; j++ {
			ya, yb := y[j], y[n+j]
			m[r][ofMean] += (ya + yb) / 2
			m[r][ofSquare] += (ya*ya + yb*yb) / 2
			for i := range factors {
				moved := y[(2+i)*n+j]
				m[r][ofFactors+i] += (yb - moved) * (yb - moved) / 2
				m[r][ofFactors+factors+i] += (ya - moved) * (ya - moved) / 2
			}
		}
		for t := range m[r] {
			m[r][t] /= float64(of)
		}
		if squares != nil {
			each := len(squares) / s.Replicates
			for _, g := range squares[r*each : (r+1)*each] {
				for i, axes := range a.moves {
					for _, k := range axes {
						m[r][ofFactors+2*factors+i] += a.poincare(k) * g[k] / float64(each)
					}
				}
			}
		}
	}
	total := m.sum(all(len(m)))
	v := Variance{Mean: total[ofMean] / float64(len(m))}
	v.Variance = total[ofSquare]/float64(len(m)) - v.Mean*v.Mean
	if constant(y[:2*n]) {
		v.Variance = 0
		return v
	}
	for i := range factors {
		ratio := func(term int) statistic {
			return func(mean []float64) float64 { return mean[term] / (mean[ofSquare] - mean[ofMean]*mean[ofMean]) }
		}
		unexplained := ratio(ofFactors + i)
		index := Indices{
			First: m.interval(func(mean []float64) float64 { return 1 - unexplained(mean) }, s).share(),
			Total: m.interval(ratio(ofFactors+factors+i), s).share(),
		}
		if squares != nil {
			bound := m.interval(ratio(ofFactors+2*factors+i), s)
			if bound.Lower = max(bound.Lower, 0); !math.IsInf(bound.Upper, 0) {
				index.Bound = &bound
			}
		}
		v.Indices = append(v.Indices, index)
	}
	return v
}

// poincare returns the constant C of axis k: Var(g) ≤ C·E[g′²] for every smooth g of a
// uniform point of the box.
func (a *analysis) poincare(k int) float64 {
	axis, w := a.result.Space[k], a.result.Within.B[k]-a.result.Within.A[k]
	if axis.Periodic && w >= axis.Width()*(1-1e-12) {
		return w * w / (4 * math.Pi * math.Pi)
	}
	return w * w / (math.Pi * math.Pi)
}

// conserved counts the right views of a that stay right in ab.
func (a *analysis) conserved(right []bool) []Conserved {
	n := len(a.design.a)
	var all []Conserved
	for i := range a.moves {
		var c Conserved
		for j, before := range right[:n] {
			if !before {
				continue
			}
			c.Right++
			if right[(2+i)*n+j] {
				c.Kept++
			}
		}
		if c.Right == 0 {
			return nil
		}
		c.Share.Value = float64(c.Kept) / float64(c.Right)
		c.Share.Lower, c.Share.Upper = verify.Interval(c.Kept, c.Right, a.result.Settings.Confidence)
		all = append(all, c)
	}
	return all
}

func all(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func constant(y []float64) bool {
	for _, v := range y {
		if v != y[0] {
			return false
		}
	}
	return true
}
