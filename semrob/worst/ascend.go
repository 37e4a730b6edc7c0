package worst

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// FindDistribution looks for a distribution of views that the network gets wrong: the
// mixture of Gaussians, squashed into the search box, with the greatest mean loss
// −ln f plus Entropy times its entropy (ViewFool: Dong et al., NeurIPS 2022; a mixture
// as in GMVFool: Ruan et al., ICCV 2023). Single worst views may be accidents of a
// rugged f; a distribution shows what the network gets wrong robustly.
//
// It spends Explore evaluations on the lowest single points, starts the components
// there, and climbs by natural gradients: steps in the geometry of the distributions,
// so that their length does not depend on scale or squashing. What is reported comes
// from fresh samples. When ctx is done the error wraps ctx.Err().
func FindDistribution(ctx context.Context, problem Problem, settings DistributionSettings) (*Distribution, error) {
	d, err := findDistribution(ctx, problem, settings)
	if err != nil {
		return nil, fmt.Errorf("looking for a distribution of bad views: %w", err)
	}
	d.Settings.Recorder, d.Lowest.Settings.Recorder = nil, nil
	return d, nil
}

func findDistribution(ctx context.Context, problem Problem, s DistributionSettings) (*Distribution, error) {
	if f, ok := problem.Objective.(objective.Costed); ok {
		s.GradientCost = cmp.Or(s.GradientCost, f.GradientCost())
	}
	s = s.WithDefaults()
	s.GradientCost = cmp.Or(s.GradientCost, 3)
	if err := s.check(); err != nil {
		return nil, err
	}
	box, err := problem.box()
	if err != nil {
		return nil, err
	}
	a := &climb{f: problem.Objective, frame: newFrame(problem.Objective.Space(), box), random: rand.New(streamOf(s.Seed, ofSteps))}
	a.Distribution = &Distribution{Space: problem.Objective.Space(), Within: box, Settings: s}
	if s.Ascent == ByGradient {
		var ok bool
		if a.white, ok = objective.White(problem.Objective); !ok {
			return nil, fmt.Errorf("%w: choose %s", objective.ErrNoGradient, ByEvolution)
		}
	}
	if err := a.explore(ctx, problem); err != nil {
		return nil, err
	}
	if err := a.run(ctx); err != nil {
		return nil, err
	}
	return a.Distribution, a.look(ctx)
}

// climb is the state of FindDistribution.
type climb struct {
	*Distribution
	f       objective.Objective
	white   objective.Differentiable // nil: by evolution
	frame   frame
	mixture *mixture
	random  *rand.Rand
}

// floor is the least f that counts: a loss of 13.8. A loss without bound would make a
// single view outweigh all others.
const floor = 1e-6

func loss(f float64) float64 { return -math.Log(max(f, floor)) }

// Scales of the components, in the latent space: at the start, and their limits.
const (
	startScale, startTurn = 0.4, 0.08
	leastScale, mostScale = 0.02, 1.5
	leastTurn, mostTurn   = 0.005, 1.0
	leastWeight           = 0.02
)

// explore finds the lowest single points and starts the components there.
func (a *climb) explore(ctx context.Context, problem Problem) error {
	s := a.Settings
	settings := Settings{Evaluations: s.Explore, Seed: s.Seed}
	if s.Recorder != nil {
		settings.Recorder = RecorderFunc(func(it Iteration) error {
			it.Of, it.Last = s.Evaluations, false
			return s.Recorder.Record(it)
		})
	}
	found, err := Find(ctx, problem, Combined{}, settings)
	if err != nil {
		return err
	}
	a.Lowest, a.Evaluations = found, found.Evaluations
	for _, i := range found.Lowest(5, 0) {
		a.Single = append(a.Single, Point{found.Points[i], found.Values[i]})
	}
	a.mixture = &mixture{wraps: a.frame.wraps}
	starts := found.Lowest(s.Components, 0.2)
	for c := range s.Components {
		var mean, scale []float64
		point := found.Points[starts[c%len(starts)]]
		for j, k := range a.frame.free {
			// The place in the box; a box across the seam begins at its lower bound.
			t := point[k] - a.frame.from[k]
			if axis := a.frame.space[k]; axis.Periodic && t < 0 {
				t += axis.Width()
			}
			mean = append(mean, a.mixture.latent(j, min(t/a.frame.width[k], 1)))
			if a.frame.wraps[j] {
				scale = append(scale, startTurn)
			} else {
				scale = append(scale, startScale)
			}
		}
		a.mixture.weight = append(a.mixture.weight, 1/float64(s.Components))
		a.mixture.mean, a.mixture.scale = append(a.mixture.mean, mean), append(a.mixture.scale, scale)
	}
	return nil
}

// run climbs until the budget is spent. The mean over the last quarter of the steps is
// steadier than the last step.
func (a *climb) run(ctx context.Context) error {
	s, cost := a.Settings, 1
	if a.white != nil {
		cost = s.GradientCost
	}
	steps := (s.Evaluations - a.Evaluations) / (s.Batch * cost)
	if steps < 1 {
		return fmt.Errorf("%d evaluations do not pay for a step of %d gradients, which cost %d each", s.Evaluations, s.Batch, cost)
	}
	first := steps - (steps+3)/4
	mean := &average{}
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := a.draw(ctx)
		if err != nil {
			return err
		}
		a.Evaluations += cost * s.Batch
		a.step(b, 1-0.9*float64(step)/float64(steps))
		if step >= first {
			mean.add(a.mixture)
		}
		if s.Recorder != nil {
			if err := s.Recorder.Record(Iteration{Evaluations: a.Evaluations, Of: s.Evaluations, Point: a.Lowest.Point, Value: a.Lowest.Value, Last: step == steps-1}); err != nil {
				return fmt.Errorf("recording after %d evaluations: %w", a.Evaluations, err)
			}
		}
	}
	a.mixture = mean.mixture()
	a.describe()
	return nil
}

// batch has the samples of one step.
type batch struct {
	component []int
	noise     [][]float64
	latent    [][]float64
	loss      []float64
	slope     [][]float64 // ∂loss/∂t, [sample][axis of the cube]; nil by evolution
}

// draw samples the mixture and evaluates f, or its gradient. Components get their
// shares of the samples, in pairs of opposite noise.
func (a *climb) draw(ctx context.Context) (*batch, error) {
	b, n := &batch{}, a.Settings.Batch
	var points [][]float64
	// One random number for all shares: systematic sampling.
	u, k, sum := a.random.Float64(), 0, a.mixture.weight[0]
	var before []float64
	for i := range n {
		for k < len(a.mixture.weight)-1 && (float64(i)+u)/float64(n) > sum {
			k++
			sum += a.mixture.weight[k]
			before = nil
		}
		e := make([]float64, len(a.frame.free))
		if before != nil {
			for j := range e {
				e[j] = -before[j]
			}
			before = nil
		} else {
			e = a.mixture.noise(a.random)
			before = e
		}
		z := a.mixture.draw(k, e)
		b.component, b.noise, b.latent = append(b.component, k), append(b.noise, e), append(b.latent, z)
		points = append(points, a.frame.point(a.mixture.position(z)))
	}
	values := make([]float64, n)
	gradients := make([][]float64, n)
	var err error
	if a.white == nil {
		err = a.f.Evaluate(ctx, points, values)
	} else {
		for i := range gradients {
			gradients[i] = make([]float64, len(a.Space))
		}
		err = a.white.Gradient(ctx, points, values, gradients)
		a.Gradients += n
	}
	if err == nil {
		err = objective.CheckFinite(points, values)
	}
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		b.loss = append(b.loss, loss(v))
		if a.white == nil {
			continue
		}
		slope := make([]float64, len(a.frame.free))
		for j, k := range a.frame.free {
			if g := gradients[i][k]; v > floor && finite(g) {
				slope[j] = -g / v * a.frame.width[k]
			}
		}
		b.slope = append(b.slope, slope)
	}
	return b, nil
}

// Lengths of natural steps, for a loss of standard deviation 1.
const (
	stepOfMean   = 1.0
	stepOfScale  = 0.6
	stepOfWeight = 0.3
)

// step moves the mixture along the natural gradient of mean loss + λ·entropy. The
// reward of a sample is its loss minus λ times the logarithm of its density.
func (a *climb) step(b *batch, length float64) {
	m, n, lambda := a.mixture, float64(len(b.loss)), a.Settings.Entropy
	rewards, entropy := make([]float64, len(b.loss)), 0.0
	responsible, sides := make([][]float64, len(b.loss)), make([][][]side, len(b.loss))
	for i, z := range b.latent {
		var log float64
		log, responsible[i], sides[i] = m.density(z)
		rewards[i] = b.loss[i] - lambda*log
		entropy -= log / n
	}
	a.Trace, a.Entropies = append(a.Trace, stat.Mean(b.loss, nil)), append(a.Entropies, entropy)
	mean, deviation := stat.MeanStdDev(rewards, nil)
	if deviation < 1e-12 {
		return // flat
	}
	next := m.clone()
	for k, w := range m.weight {
		// The natural gradients of mean and logarithm of the scale, and the advantage of
		// the component.
		byMean, byScale := make([]float64, len(a.frame.free)), make([]float64, len(a.frame.free))
		advantage, drawn := 0.0, 0.0
		for i := range rewards {
			r := (rewards[i] - mean) / deviation
			advantage += r * responsible[i][k] / (w * n)
			if b.slope == nil {
				for j, s := range sides[i][k] {
					sigma := m.scale[k][j]
					byMean[j] += r * responsible[i][k] / (w * n) * s.mean * sigma * sigma
					byScale[j] += r * responsible[i][k] / (w * n) * s.scale / 2
				}
				continue
			}
			if b.component[i] != k {
				continue
			}
			drawn++
			for j := range byMean {
				sigma, along := m.scale[k][j], a.along(b, i, j, responsible[i], sides[i])/deviation
				byMean[j] += along * sigma * sigma
				byScale[j] += along * sigma * b.noise[i][j] / 2
			}
		}
		for j := range byMean {
			sigma := m.scale[k][j]
			if b.slope != nil {
				byMean[j] /= max(drawn, 1)
				byScale[j] /= max(drawn, 1)
			}
			limit := func(x, most float64) float64 { return min(max(x, -most), most) }
			next.mean[k][j] += limit(length*stepOfMean*byMean[j], sigma)
			next.scale[k][j] *= math.Exp(limit(length*stepOfScale*byScale[j], 0.3))
			low, high := leastScale, mostScale
			if m.wraps[j] {
				low, high = leastTurn, mostTurn
			} else {
				next.mean[k][j] = limit(next.mean[k][j], 3) // beyond, tanh is 1
			}
			next.scale[k][j] = min(max(next.scale[k][j], low), high)
		}
		next.weight[k] = w * math.Exp(min(max(length*stepOfWeight*advantage, -0.3), 0.3))
	}
	total := 0.0
	for k := range next.weight {
		next.weight[k] = max(next.weight[k], leastWeight)
		total += next.weight[k]
	}
	for k := range next.weight {
		next.weight[k] /= total
	}
	a.mixture = next
}

// along returns the derivative of a sample's reward with respect to latent coordinate
// j, with the mixture held fixed.
func (a *climb) along(b *batch, i, j int, responsible []float64, sides [][]side) float64 {
	slope, ofLog := a.mixture.slope(j, b.latent[i][j])
	ofDensity := -ofLog
	for k, r := range responsible {
		ofDensity += r * sides[k][j].place
	}
	return b.slope[i][j]*slope - a.Settings.Entropy*ofDensity
}

// average is the mean of mixtures: of weights, means and logarithms of scales.
type average struct {
	sum *mixture
	n   float64
}

func (v *average) add(m *mixture) {
	if v.n++; v.sum == nil {
		v.sum = m.clone()
		for k := range v.sum.scale {
			for j, x := range m.scale[k] {
				v.sum.scale[k][j] = math.Log(x)
			}
		}
		return
	}
	for k := range m.weight {
		v.sum.weight[k] += m.weight[k]
		for j := range m.mean[k] {
			v.sum.mean[k][j] += m.mean[k][j]
			v.sum.scale[k][j] += math.Log(m.scale[k][j])
		}
	}
}

func (v *average) mixture() *mixture {
	m := v.sum.clone()
	for k := range m.weight {
		m.weight[k] /= v.n
		for j := range m.mean[k] {
			m.mean[k][j] /= v.n
			m.scale[k][j] = math.Exp(m.scale[k][j] / v.n)
		}
	}
	return m
}

// describe fills in the components, in the units of the axes, the likeliest first.
func (a *climb) describe() {
	m := a.mixture
	for k, w := range m.weight {
		c := Component{Weight: w}
		at := 0
		for axis := range a.Space {
			mean, scale, centre, from, to := 0.0, 0.0, a.frame.space[axis].Wrap(a.frame.from[axis]), a.frame.from[axis], a.frame.to[axis]
			if at < len(a.frame.free) && a.frame.free[at] == axis {
				mean, scale = m.mean[k][at], m.scale[k][at]
				centre, from, to = a.spread(at, mean, scale)
				at++
			}
			c.Mean, c.Scale = append(c.Mean, mean), append(c.Scale, scale)
			c.Centre, c.From, c.To = append(c.Centre, centre), append(c.From, from), append(c.To, to)
		}
		i := len(a.Components)
		for i > 0 && a.Components[i-1].Weight < w {
			i--
		}
		a.Components = append(a.Components[:i], append([]Component{c}, a.Components[i:]...)...)
	}
	a.mixture = mixtureOf(a.frame, a.Components)
}

// eighty is the distance of the ends of a normal distribution's middle 80 %, in
// standard deviations.
const eighty = 1.2815515655446004

// spread returns median and middle 80 % of one coordinate, in the units of its axis.
func (a *climb) spread(j int, mean, scale float64) (centre, from, to float64) {
	k := a.frame.free[j]
	axis, width := a.frame.space[k], a.frame.width[k]
	if a.frame.wraps[j] {
		half := min(eighty*scale, 0.4) // 0.8 of a turn holds 80 % of anything wider
		centre = axis.Wrap(a.frame.from[k] + mean*width)
		from = axis.Wrap(centre - half*width)
		return centre, from, from + 2*half*width
	}
	at := func(z float64) float64 { return a.frame.from[k] + width*(1+math.Tanh(z))/2 }
	return axis.Wrap(at(mean)), at(mean - eighty*scale), at(mean + eighty*scale)
}

// look evaluates fresh samples and uniform views, and the entropy by many samples of
// the mixture alone.
func (a *climb) look(ctx context.Context) error {
	s := a.Settings
	random := rand.New(streamOf(s.Seed, ofUniform))
	points, _ := a.sample(s.Fresh, streamOf(s.Seed, ofFresh))
	for range s.Fresh {
		t := make([]float64, len(a.frame.free))
		for j := range t {
			t[j] = random.Float64()
		}
		points = append(points, a.frame.point(t))
	}
	values, right, err := s.Criterion.Ask(ctx, a.f, points, nil)
	if err != nil {
		return err
	}
	a.Evaluations += len(points)
	for i, views := range [2]*Views{&a.Fresh, &a.Uniform} {
		from, to := i*s.Fresh, (i+1)*s.Fresh
		views.Points, views.Values = points[from:to], values[from:to]
		if right != nil {
			views.Right = right[from:to]
		}
		views.summarise(s.Confidence)
	}
	const many = 20000
	for range many {
		k := a.mixture.pick(random)
		log, _, _ := a.mixture.density(a.mixture.draw(k, a.mixture.noise(random)))
		a.Entropy -= log / many
	}
	return nil
}

// summarise computes mean loss and accuracy.
func (v *Views) summarise(confidence float64) {
	losses, n := make([]float64, len(v.Values)), float64(len(v.Values))
	for i, f := range v.Values {
		losses[i] = loss(f)
	}
	v.Loss = stat.Mean(losses, nil)
	v.LossLower, v.LossUpper = v.Loss, v.Loss
	if len(losses) > 1 {
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1+confidence)/2) * stat.StdDev(losses, nil) / math.Sqrt(n)
		v.LossLower, v.LossUpper = v.Loss-half, v.Loss+half
	}
	if v.Right == nil {
		return
	}
	count := 0
	for _, ok := range v.Right {
		if ok {
			count++
		}
	}
	v.Accuracy = &Share{Value: float64(count) / n}
	v.Accuracy.Lower, v.Accuracy.Upper = verify.Interval(count, len(v.Right), confidence)
}
