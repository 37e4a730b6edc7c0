package semmap

import (
	"math"
	"slices"
)

// The numbers of the prediction were chosen on the published maps of both networks
// and on maps of EfficientNet-Lite0; doubling or halving any of them changes the
// mean error by a few per cent.
const (
	// neighbours is the number of evaluated points that a prediction uses.
	neighbours = 12
	// roughness is the variance that neighbours do not share, relative to that of
	// the field: real maps jump from point to point.
	roughness = 0.03
	// reach is the initial correlation length, in steps of the grid; reachMin and
	// reachMax bound its fit.
	reach, reachMin, reachMax = 2, 0.7, 64
	// prior is the weight of the roughness of the whole map against that around a
	// point, in neighbours one step away; calm is its factor, below 1 because
	// refining prefers rough areas.
	prior, calm = 0.5, 0.3
)

// predictor predicts the values of a grid from scattered evaluated points by
// ordinary kriging in the nearest of them: the linear combination, with weights
// that sum to 1, of least expected squared error for a field with the covariance
// (1+d)·exp(−d) (Matérn 3/2; Rasmussen & Williams, "Gaussian Processes for Machine
// Learning", 2006, equation 4.17). d is the distance in steps of the grid divided
// by a reach for each axis. A periodic axis is bent to a circle, and distances are
// its chords, because along the arc the function is not a covariance. The reaches
// minimise the error of known points predicted without themselves, so a map that
// changes along one axis only has a long reach along the other.
//
// The variance of the field varies: maps are flat if the network is certain. The
// expected error is the kriging error times the local roughness: the neighbours'
// errors, each predicted without itself, over their kriging errors.
type predictor struct {
	steps []bent    // [axis] positions of the samples, in steps of the grid
	reach []float64 // [axis] in steps
	at    []float64 // [point·width] coordinates over reach
	width int       // coordinates of a point: one for each axis, two if it is periodic

	z         []float64 // [point], if evaluated
	evaluated []bool
	set       []int // the evaluated points in the order they came
	low, high float64
	fitted    int // number of points to which the reaches were fitted

	near  [][]neighbour // [point], the nearest first, without the point itself
	stale []bool        // whether near changed since value and spread were computed
	mean  []float64     // [point] the prediction, also of evaluated points: without themselves
	// spread is the kriging error for a field of variance 1, error the expected
	// absolute error.
	spread, error []float64
	work          kriging
	changed       []int // by the last join
}

type neighbour struct {
	point    int
	distance float64
}

func newPredictor(axes []Samples) *predictor {
	n := 1
	p := &predictor{low: math.Inf(1), high: math.Inf(-1)}
	for _, a := range axes {
		b := bend(a)
		p.steps, p.reach, p.width = append(p.steps, b), append(p.reach, reach), p.width+len(b[0])
		n *= len(b)
	}
	p.z, p.evaluated, p.stale = make([]float64, n), make([]bool, n), make([]bool, n)
	p.mean, p.spread, p.error = make([]float64, n), make([]float64, n), make([]float64, n)
	p.near = make([][]neighbour, n)
	store := make([]neighbour, n*neighbours)
	for i := range p.near {
		p.near[i] = store[i*neighbours : i*neighbours : (i+1)*neighbours]
	}
	p.place()
	return p
}

// medianStep returns the median distance of the samples of an axis.
func medianStep(a Samples) float64 {
	if len(a.Values) < 2 {
		return a.Width()
	}
	gaps := make([]float64, len(a.Values)-1)
	for i := range gaps {
		gaps[i] = a.Values[i+1] - a.Values[i]
	}
	slices.Sort(gaps)
	n := len(gaps)
	return (gaps[(n-1)/2] + gaps[n/2]) / 2
}

// bent are the coordinates of the samples of an axis: one each, or two on a circle
// if the axis is periodic.
type bent [][]float64

// bend returns the coordinates in steps of the grid.
func bend(a Samples) bent {
	step := medianStep(a)
	b := make(bent, len(a.Values))
	for i, v := range a.Values {
		along := (v - a.Values[0]) / step
		if b[i] = []float64{along}; a.Periodic {
			radius := a.Width() / step / (2 * math.Pi)
			sin, cos := math.Sincos(along / radius)
			b[i] = []float64{radius * cos, radius * sin}
		}
	}
	return b
}

// place computes the coordinates of all points at the current reaches.
func (p *predictor) place() {
	p.at = p.at[:0]
	for i := range p.z {
		for k, along := range p.steps {
			for _, x := range along[i%len(along)] {
				p.at = append(p.at, x/p.reach[k])
			}
			i /= len(along)
		}
	}
}

// distance returns the distance of two points in reaches.
func (p *predictor) distance(i, j int) float64 {
	a, b := p.at[i*p.width:(i+1)*p.width], p.at[j*p.width:(j+1)*p.width]
	sum := 0.0
	for k := range a {
		d := a[k] - b[k]
		sum += d * d
	}
	return math.Sqrt(sum)
}

// learn adds the value of a point to those used in predictions.
func (p *predictor) learn(i int, z float64) {
	if !p.evaluated[i] {
		p.join(i)
	}
	p.z[i] = z
	p.low, p.high = min(p.low, z), max(p.high, z)
}

// join makes a point a neighbour of the points around it, and returns these.
func (p *predictor) join(i int) []int {
	p.evaluated[i] = true
	p.set = append(p.set, i)
	p.changed = p.changed[:0]
	for j := range p.near {
		if j != i && p.offer(j, i) {
			p.stale[j] = true
			p.changed = append(p.changed, j)
		}
	}
	return p.changed
}

// offer makes i a neighbour of j if it is nearer than the farthest, and reports
// whether it did.
func (p *predictor) offer(j, i int) bool {
	list, d := p.near[j], p.distance(i, j)
	at := len(list)
	for at > 0 && list[at-1].distance > d {
		at--
	}
	if at == neighbours {
		return false
	}
	if len(list) < neighbours {
		list = list[:len(list)+1]
	}
	copy(list[at+1:], list[at:])
	list[at] = neighbour{i, d}
	p.near[j] = list
	return true
}

// solve predicts a point from its neighbours, without itself.
func (p *predictor) solve(i int) {
	p.mean[i], p.spread[i] = p.work.predict(p, i)
	p.mean[i] = min(max(p.mean[i], p.low), p.high)
	p.stale[i] = false
}

// value returns the value of a point: known or predicted.
func (p *predictor) value(i int) float64 {
	if p.evaluated[i] {
		return p.z[i]
	}
	return p.mean[i]
}

// settle predicts the points whose neighbours changed.
func (p *predictor) settle() {
	for i := range p.z {
		if p.stale[i] {
			p.solve(i)
		}
	}
}

// refresh fits the reaches if enough points were added since the last fit,
// predicts every point, and computes the expected errors.
func (p *predictor) refresh() {
	if 2*len(p.set) >= 3*p.fitted {
		p.fit()
		p.fitted = len(p.set)
	}
	p.settle()
	whole := p.rough()
	found, expected := 0.0, 0.0
	for i := range p.z {
		p.error[i] = p.spread[i] * p.roughnessAt(i, whole)
		if p.evaluated[i] {
			found += p.residual(i)
			expected += p.error[i]
		}
	}
	if expected > 0 {
		for i := range p.error {
			p.error[i] *= found / expected
		}
	}
}

// residual returns the error of the prediction of an evaluated point without
// itself.
func (p *predictor) residual(i int) float64 { return math.Abs(p.z[i] - p.mean[i]) }

// rough returns the mean error over the mean kriging error of all evaluated
// points.
func (p *predictor) rough() float64 {
	found, expected := 0.0, 0.0
	for _, i := range p.set {
		found += p.residual(i)
		expected += p.spread[i]
	}
	if expected == 0 {
		return 0
	}
	return found / expected
}

// roughnessAt returns the roughness around a point; nearer neighbours weigh more.
func (p *predictor) roughnessAt(i int, whole float64) float64 {
	sum, weights := prior*calm*whole, prior
	for _, n := range p.near[i] {
		w := 1 / math.Max(n.distance*reach, 1e-9)
		sum += w * p.residual(n.point) / p.spread[n.point]
		weights += w
	}
	return sum / weights
}

// expected returns the mean expected error over the grid.
func (p *predictor) expected() float64 {
	sum := 0.0
	for i, e := range p.error {
		if !p.evaluated[i] {
			sum += e
		}
	}
	return sum / float64(len(p.error))
}
