package worst

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// DistributionVersion is part of the key of results kept on disk. It is raised
// whenever the same settings find another distribution.
const DistributionVersion = 1

// Ascent is how a search for a distribution estimates the direction of its steps.
type Ascent string

const (
	// ByEvolution uses values of f alone: natural evolution strategies (Wierstra et
	// al., JMLR 2014), as ViewFool does. It is the default also where f has a gradient:
	// on the published maps of ResNet50 (20 objects) its mean loss plus λ·entropy is
	// greater, 6.96 against 6.44 for the same budget and 6.72 for as many samples,
	// because the slope at a point of a rugged f says little of what lies around it.
	ByEvolution Ascent = "evolution"
	// ByGradient uses the gradient of f at samples (reparameterisation).
	ByGradient Ascent = "gradient"
)

// Ascents lists the values of Ascent.
var Ascents = enum.Of("search for a distribution", ByEvolution, ByGradient)

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Ascent) UnmarshalText(text []byte) error { return Ascents.Unmarshal(a, text) }

// MarshalText implements encoding.TextMarshaler.
func (a Ascent) MarshalText() ([]byte, error) { return []byte(a), nil }

// DistributionSettings controls FindDistribution. The zero value spends 5,100
// evaluations, as many as ViewFool's authors.
type DistributionSettings struct {
	// Components is the number of Gaussians in the mixture; 0 means 3.
	Components int `json:"components"`
	// Entropy is λ, what a nat of entropy is worth in nats of loss; 0 means 0.5. The
	// best of all distributions has a density proportional to f^(−1/λ).
	Entropy float64 `json:"entropy"`
	// Ascent is how steps are found; "" means ByEvolution.
	Ascent Ascent `json:"ascent"`
	// Evaluations is the whole budget without the fresh views; 0 means 5100.
	Evaluations int `json:"evaluations"`
	// Explore is the part of the budget that looks for the lowest single points first,
	// where the components start; 0 means 600, or a quarter of the budget if that is
	// less.
	Explore int `json:"explore"`
	// GradientCost is the cost of one gradient and its value, in evaluations; 0 means
	// that of an objective.Costed, otherwise 3.
	GradientCost int `json:"gradient_cost"`
	// Batch is the number of samples per step; 0 means 64.
	Batch int `json:"batch"`
	// Fresh is the number of fresh samples that show what the distribution is like, and
	// of uniform views beside them; 0 means 100.
	Fresh int `json:"fresh"`
	// Criterion decides which views are right; the zero value asks for top-1 answers if
	// the objective has them.
	Criterion verify.Criterion `json:"criterion"`
	// Confidence is that of each interval; 0 means 0.95.
	Confidence float64 `json:"confidence"`
	// Seed decides all random numbers.
	Seed uint64 `json:"seed"`
	// Recorder, if set, receives every batch.
	Recorder Recorder `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by its default, except for
// GradientCost, whose default depends on the objective.
func (s DistributionSettings) WithDefaults() DistributionSettings {
	s.Components = cmp.Or(s.Components, 3)
	s.Entropy = cmp.Or(s.Entropy, 0.5)
	s.Ascent = cmp.Or(s.Ascent, ByEvolution)
	s.Evaluations = cmp.Or(s.Evaluations, 5100)
	s.Explore = cmp.Or(s.Explore, min(600, s.Evaluations/4))
	s.Batch = cmp.Or(s.Batch, 64)
	s.Fresh = cmp.Or(s.Fresh, 100)
	s.Confidence = cmp.Or(s.Confidence, 0.95)
	return s
}

func (s DistributionSettings) check() error {
	switch {
	case s.Components < 1 || s.Components > 64:
		return fmt.Errorf("%d components: choose 1…64", s.Components)
	case !(s.Entropy > 0) || math.IsInf(s.Entropy, 0):
		return fmt.Errorf("an entropy worth %g: it must be a positive number", s.Entropy)
	case s.GradientCost < 1:
		return fmt.Errorf("a gradient counts as %d evaluations: it must count as at least one", s.GradientCost)
	case s.Batch < 4*s.Components:
		return fmt.Errorf("%d samples per step for %d components: use at least 4 for each", s.Batch, s.Components)
	case s.Explore < 1 || s.Evaluations < s.Explore+s.Batch:
		return fmt.Errorf("%d evaluations, %d of them to explore: leave enough for a step of %d samples, and for many to get anywhere", s.Evaluations, s.Explore, s.Batch)
	case s.Fresh < 1:
		return fmt.Errorf("%d fresh samples: use at least 1", s.Fresh)
	case !(s.Confidence > 0 && s.Confidence < 1):
		return fmt.Errorf("the confidence %g must be between 0 and 1, such as 0.95", s.Confidence)
	}
	if _, err := Ascents.Parse(string(s.Ascent)); err != nil {
		return err
	}
	return s.Criterion.Check()
}

// Component is a Gaussian of the mixture, independent along each axis, in a latent
// space: the whole line is squashed by (1 + tanh z)/2 into the side of the search box,
// or wound around a periodic axis that the box covers.
type Component struct {
	// Weight is the probability of the component.
	Weight float64 `json:"weight"`
	// Mean and Scale are mean and standard deviation in the latent space, [axis]; the
	// unit is a whole period on axes that are wound around. They are 0 on an axis along
	// which the box has no width.
	Mean  []float64 `json:"mean"`
	Scale []float64 `json:"scale"`
	// Centre is the median of each coordinate, and From…To holds its middle 80 %,
	// [axis], in the units of the axes. To may lie beyond the end of a periodic axis.
	Centre []float64 `json:"centre"`
	From   []float64 `json:"from"`
	To     []float64 `json:"to"`
}

// Views are fresh independent views and what the network made of them.
type Views struct {
	// Points are [view][axis], Values is f there, and Right marks right views; nil if
	// right is not known.
	Points [][]float64 `json:"points"`
	Values []float64   `json:"values"`
	Right  []bool      `json:"right,omitempty"`
	// Loss is the mean of −ln f with its interval (Student's).
	Loss      float64 `json:"loss"`
	LossLower float64 `json:"loss_lower"`
	LossUpper float64 `json:"loss_upper"`
	// Accuracy is the share of right views with its Clopper–Pearson interval; nil if
	// right is not known.
	Accuracy *Share `json:"accuracy,omitempty"`
}

// Point is a point with the value of f.
type Point struct {
	At    []float64 `json:"at"` // [axis]
	Value float64   `json:"value"`
}

// Share is a share of views with its interval.
type Share struct {
	Value float64 `json:"value"`
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// Distribution is the result of FindDistribution.
type Distribution struct {
	Space objective.Space `json:"axes"`
	// Within is the search box, in the units of the axes, inside the domain.
	Within     region.Bounds        `json:"within"`
	Settings   DistributionSettings `json:"settings"`
	Components []Component          `json:"components"`
	// Entropy is the differential entropy in nats relative to the uniform distribution
	// on the box, at most 0: exp(Entropy) is the share of the box that is as wide.
	Entropy float64 `json:"entropy"`
	// Fresh are samples of the distribution, and Uniform uniform views of the box; the
	// search has seen neither.
	Fresh   Views `json:"fresh"`
	Uniform Views `json:"uniform"`
	// Lowest is the result of the search for single points, with part of the budget, and
	// Single are up to five of its points of low value that are apart from each other,
	// the lowest first.
	Lowest *Result `json:"lowest"`
	Single []Point `json:"single"`
	// Trace has the mean loss of the samples of each step, and Entropies the entropy
	// that they show.
	Trace     []float64 `json:"trace"`
	Entropies []float64 `json:"entropies"`
	// Evaluations is the part of the budget that was spent, including
	// Settings.GradientCost for each of Gradients, and the fresh views.
	Evaluations int `json:"evaluations"`
	Gradients   int `json:"gradients"`
}

// Sample returns n independent points of the distribution, [n][axis], in the domain,
// and the number of the component that each comes from, counted from 1. Those of different seeds are independent, and
// so are those of Fresh.
func (d *Distribution) Sample(n int, seed uint64) (points [][]float64, component []int) {
	points, component = d.sample(n, streamOf(seed, ofSamples))
	for i := range component {
		component[i]++
	}
	return points, component
}

func (d *Distribution) sample(n int, source rand.Source) (points [][]float64, component []int) {
	f := newFrame(d.Space, d.Within)
	m, random := mixtureOf(f, d.Components), rand.New(source)
	points, component = make([][]float64, n), make([]int, n)
	for i := range points {
		component[i] = m.pick(random)
		points[i] = f.point(m.position(m.draw(component[i], m.noise(random))))
	}
	return points, component
}

// Streams of one seed.
const (
	ofSteps = iota
	ofFresh
	ofUniform
	ofSamples
)

// streamOf returns the random numbers of a seed for a purpose. Those of different
// purposes are unrelated.
func streamOf(seed uint64, purpose uint64) rand.Source {
	var key [32]byte
	copy(key[16:], "distribution")
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], purpose)
	return rand.NewChaCha8(key)
}
