package worst

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// CMAES is the covariance matrix adaptation evolution strategy (N. Hansen, "The
// CMA Evolution Strategy: A Tutorial", arXiv:1604.00772, 2016, with its default
// numbers) with restarts: a cloud of points that moves, stretches and shrinks
// towards low values. It needs no gradient, and copes with rough functions.
//
// Every restart begins at the lowest of a few evenly spread points, with twice
// the previous population (IPOP; Auger & Hansen 2005). A whole population is
// evaluated at once.
type CMAES struct {
	// Population is that of the first start; 0 means 4 + 3 ln n for n axes.
	Population int `json:"population,omitempty" usage:"points of a generation (default 4 + 3 ln n for n axes)"`
	// Sigma is the initial standard deviation as a fraction of the search box; 0
	// means 0.3.
	Sigma float64 `json:"sigma,omitempty" usage:"initial standard deviation as a fraction of the box (default 0.3)"`
	// Probes is the number of evenly spread points from which each start is
	// chosen; 0 means 10 per axis.
	Probes int `json:"probes,omitempty" usage:"evenly spread points before each start (default 10 per axis)"`
}

// Name returns "cma-es".
func (CMAES) Name() string { return "cma-es" }

// Needs returns the zero value: values of f suffice.
func (CMAES) Needs() Needs { return Needs{} }

// CheckNumbers reports the first number that is out of range.
func (m CMAES) CheckNumbers() error {
	switch {
	case m.Population < 0 || m.Population == 1:
		return fmt.Errorf("a population of %d: at least 2 points are needed", m.Population)
	case m.Population > mostPopulation:
		return fmt.Errorf("a population of %d is %w: at most %d are supported", m.Population, objective.ErrTooLarge, mostPopulation)
	case m.Probes < 0:
		return fmt.Errorf("%d probes: the number must not be negative", m.Probes)
	case !(m.Sigma >= 0 && m.Sigma <= 1):
		return fmt.Errorf("an initial σ of %g: it must be between 0 and 1, a fraction of the search box", m.Sigma)
	}
	return nil
}

// mostPopulation bounds the points of a generation.
const mostPopulation = 1 << 20

// Run implements Method.
func (m CMAES) Run(ctx context.Context, s *Search) error {
	population := cmp.Or(m.Population, populationFor(s.Axes()))
	probes, sigma := cmp.Or(m.Probes, 10*s.Axes()), cmp.Or(m.Sigma, 0.3)
	for ; s.Left() > 0; population = min(2*population, s.settings.Evaluations) {
		from, err := s.spread(ctx, probes, 1, 0)
		if err != nil {
			return err
		}
		if len(from) == 0 {
			continue // none was finite: other points may be
		}
		running := []*cloud{newCloud(from[0].position, sigma, population, s)}
		for s.Left() > 0 && len(running) > 0 {
			if running, err = runRound(ctx, s, running); err != nil {
				return err
			}
		}
	}
	return nil
}

// populationFor returns λ of the tutorial, equation 48.
func populationFor(axes int) int { return 4 + int(3*math.Log(float64(axes))) }

// cloud is one run of CMA-ES. Symbols are the tutorial's: mean m, step size σ,
// covariance C = B D² Bᵀ, evolution paths p_σ and p_c. Its positions are not
// bounded; Search mirrors or wraps them, so that f has no edges for the cloud.
type cloud struct {
	random    *rand.Rand
	tolerance float64
	n         int

	weights                       []float64 // of the best half
	muEff, cSigma, dSigma, cC, c1 float64
	cMu, chi                      float64

	mean, pSigma, pC []float64
	sigma            float64
	c                *mat.SymDense
	b                *mat.Dense // eigenvectors of C as columns
	d                []float64  // square roots of its eigenvalues
	generation       int

	population [][]float64 // of the current generation
	steps      [][]float64 // (x − m)/σ of each
	over       bool

	flat int // generations in a row of equal values
}

func newCloud(start []float64, sigma float64, population int, s *Search) *cloud {
	n := len(start)
	l := &cloud{
		random: s.Rand, tolerance: s.settings.Tolerance, n: n,
		mean: slices.Clone(start), sigma: sigma,
		pSigma: make([]float64, n), pC: make([]float64, n),
		c: mat.NewSymDense(n, nil), b: mat.NewDense(n, n, nil), d: make([]float64, n),
	}
	for k := range n {
		l.c.SetSym(k, k, 1)
		l.b.Set(k, k, 1)
		l.d[k] = 1
	}
	l.strategy(population)
	for range population {
		l.population = append(l.population, make([]float64, n))
		l.steps = append(l.steps, make([]float64, n))
	}
	return l
}

// strategy sets the default numbers of the tutorial's table 1, with the
// weights of the best half only.
func (l *cloud) strategy(population int) {
	n := float64(l.n)
	mu := population / 2
	l.weights = make([]float64, mu)
	squares := 0.0
	for i := range l.weights {
		l.weights[i] = math.Log(float64(population+1)/2) - math.Log(float64(i+1))
	}
	floats.Scale(1/floats.Sum(l.weights), l.weights)
	for _, w := range l.weights {
		squares += w * w
	}
	l.muEff = 1 / squares
	l.cSigma = (l.muEff + 2) / (n + l.muEff + 5)
	l.dSigma = 1 + 2*max(0, math.Sqrt((l.muEff-1)/(n+1))-1) + l.cSigma
	l.cC = (4 + l.muEff/n) / (n + 4 + 2*l.muEff/n)
	l.c1 = 2 / ((n+1.3)*(n+1.3) + l.muEff)
	l.cMu = min(1-l.c1, 2*(l.muEff-2+1/l.muEff)/((n+2)*(n+2)+l.muEff))
	l.chi = math.Sqrt(n) * (1 - 1/(4*n) + 1/(21*n*n))
}

// ask samples a generation: x = m + σ B D z (equations 38 to 40).
func (l *cloud) ask() [][]float64 {
	if l.over {
		return nil
	}
	z := make([]float64, l.n)
	for i := range l.population {
		for k := range z {
			z[k] = l.d[k] * l.random.NormFloat64()
		}
		for k := range l.n {
			step := 0.0
			for j := range l.n {
				step += l.b.At(k, j) * z[j]
			}
			l.steps[i][k] = step
			l.population[i][k] = l.mean[k] + l.sigma*step
		}
	}
	return l.population
}

// tell moves the cloud (equations 41 to 47).
func (l *cloud) tell(values []float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	step := make([]float64, l.n) // of the mean, in units of σ
	for i, w := range l.weights {
		floats.AddScaled(step, w, l.steps[order[i]])
	}
	floats.AddScaled(l.mean, l.sigma, step)

	l.generation++
	floats.Scale(1-l.cSigma, l.pSigma)
	floats.AddScaled(l.pSigma, math.Sqrt(l.cSigma*(2-l.cSigma)*l.muEff), l.whiten(step))
	length := floats.Norm(l.pSigma, 2)
	expected := l.chi * math.Sqrt(1-math.Pow(1-l.cSigma, 2*float64(l.generation)))
	stalled := length/expected > 1.4+2/(float64(l.n)+1)

	floats.Scale(1-l.cC, l.pC)
	lost := l.cC * (2 - l.cC) // lost by C if the path stalls
	if !stalled {
		floats.AddScaled(l.pC, math.Sqrt(l.cC*(2-l.cC)*l.muEff), step)
		lost = 0
	}
	l.c.ScaleSym(1-l.c1-l.cMu+l.c1*lost, l.c)
	l.c.SymRankOne(l.c, l.c1, mat.NewVecDense(l.n, l.pC))
	for i, w := range l.weights {
		l.c.SymRankOne(l.c, l.cMu*w, mat.NewVecDense(l.n, l.steps[order[i]]))
	}
	l.sigma *= math.Exp(min(1, l.cSigma/l.dSigma*(length/l.chi-1)))
	l.decompose()
	l.judge(values[order[0]], values[order[len(order)-1]])
}

// whiten returns C^(−½) v.
func (l *cloud) whiten(v []float64) []float64 {
	out := make([]float64, l.n)
	for j := range l.n {
		along := 0.0
		for k := range l.n {
			along += l.b.At(k, j) * v[k]
		}
		for k := range l.n {
			out[k] += l.b.At(k, j) * along / l.d[j]
		}
	}
	return out
}

// decompose computes B and D of C.
func (l *cloud) decompose() {
	var eigen mat.EigenSym
	if !eigen.Factorize(l.c, true) {
		l.over = true
		return
	}
	eigen.VectorsTo(l.b)
	for k, v := range eigen.Values(nil) {
		if !(v > 1e-30) {
			l.over = true
			return
		}
		l.d[k] = math.Sqrt(v)
	}
}

// judge ends the run if the cloud is smaller than the tolerance, absurdly large,
// or stretched beyond the precision of float64, or if f is flat under it.
func (l *cloud) judge(best, worst float64) {
	least, greatest := floats.Min(l.d), floats.Max(l.d)
	if best == worst {
		l.flat++
	} else {
		l.flat = 0
	}
	l.over = l.over || l.sigma*greatest < l.tolerance || l.sigma*greatest > 10 ||
		greatest/least > 1e7 || l.flat >= 10
}
