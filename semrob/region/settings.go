package region

import (
	"cmp"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Mode chooses between the correct and the published descent.
type Mode string

const (
	// Default is the correct descent. Every step is projected onto the domain,
	// periodic axes wrap, widths stay positive, and nothing becomes NaN. Its step is
	// scale-free: axes are scaled to their domains, and 2r/2ⁿ replaces 2v/r of the
	// published formulas, which is the same for two dimensions and r₁ = r₂. The
	// published step is proportional to Πr/r_i and moves only in two dimensions.
	Default Mode = "default"
	// Published reproduces the authors' runs: no projection, steps in the units of
	// the axes, every corner evaluated, all iterations done. It uses −∇f instead of
	// ∇f: the authors' gradient was that of a cross-entropy on the softmax output,
	// which has the opposite direction.
	Published Mode = "published"
)

// Modes lists the modes by name.
var Modes = enum.Of("mode", Default, Published)

// ParseMode returns the mode with this name; "" is Default.
func ParseMode(name string) (Mode, error) { return Modes.Parse(name) }

// UnmarshalText reads a name; "" is the default.
func (m *Mode) UnmarshalText(text []byte) error { return Modes.Unmarshal(m, text) }

// MarshalText returns the name.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m), nil }

// Settings controls the descent. The zero value is Default mode with the
// published numbers.
type Settings struct {
	Mode Mode `json:"mode"` // "" is Default
	// Iterations is the number of steps; 0 means the published 600.
	Iterations int `json:"iterations"`
	// LearningRate is η; 0 means the published 0.1.
	LearningRate float64 `json:"learning_rate"`
	// HalfWidth is half the width of the region that a run starts with, in the
	// units of the axes; 0 means the published 1e-5.
	HalfWidth float64 `json:"half_width"`
	// Resolution is the spacing, as a fraction of the domain, of a lattice through
	// the start. f is evaluated on the lattice only, once per point. 0 means 1e-4
	// (0.036° of azimuth, a fifth of a sample of a 448² rendering); a negative
	// number, or Published mode, switches the lattice off.
	Resolution float64 `json:"resolution"`
	// Forget evaluates f at every probe of every iteration, known or not, as
	// Published mode does. The result is the same.
	Forget bool `json:"forget"`
	// Sampling chooses the points of the means over faces; "" means Corners.
	Sampling Sampling `json:"sampling"`
	// MaxCorners is the number of corners above which a random subset of that size
	// is taken, a new one in every iteration; 0 means 256. Published mode takes all
	// corners.
	MaxCorners int `json:"max_corners"`
	// PointsPerFace is the number of points on each face for FacePoints; 0 means
	// 32.
	PointsPerFace int `json:"points_per_face"`
	// Seed of the random corners.
	Seed uint64 `json:"seed"`
	// FixedRate switches off the damping that stops bounds from oscillating about
	// an edge. Published mode has none.
	FixedRate bool `json:"fixed_rate"`
	// Tolerance is the range, as a fraction of the region's width, within which a
	// bound counts as stationary over 100 steps; a run ends when all its bounds are.
	// 0 means 1e-3; a negative number, or Published mode, switches it off.
	Tolerance float64 `json:"tolerance"`
	// TraceEvery is the number of steps between two entries of Run.Trace; 0 means
	// the published 10.
	TraceEvery int `json:"trace_every"`
	// Recorder, if set, receives every iteration.
	Recorder Recorder `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by its default, as
// they are stored with a result.
func (s Settings) WithDefaults() Settings {
	s.Mode = cmp.Or(s.Mode, Default)
	s.Iterations = cmp.Or(s.Iterations, 600)
	s.LearningRate = cmp.Or(s.LearningRate, 0.1)
	s.HalfWidth = cmp.Or(s.HalfWidth, 1e-5)
	s.Resolution = cmp.Or(s.Resolution, 1e-4)
	s.Tolerance = cmp.Or(s.Tolerance, 1e-3)
	s.Sampling = cmp.Or(s.Sampling, Corners)
	s.MaxCorners = cmp.Or(s.MaxCorners, 256)
	s.PointsPerFace = cmp.Or(s.PointsPerFace, 32)
	s.TraceEvery = cmp.Or(s.TraceEvery, 10)
	if s.Mode == Published {
		s.Resolution, s.Tolerance, s.FixedRate, s.Forget = -1, -1, true, true
	}
	return s
}

func (s Settings) check() error {
	if _, err := ParseMode(string(s.Mode)); err != nil {
		return err
	}
	if s.Iterations < 0 || s.TraceEvery < 0 {
		return fmt.Errorf("iterations (%d) and the interval of the trace (%d) must not be negative", s.Iterations, s.TraceEvery)
	}
	if _, err := Samplings.Parse(string(s.Sampling)); err != nil {
		return err
	}
	if s.Mode == Published && s.Sampling != Corners {
		return fmt.Errorf("published mode takes corners: omit the sampling, or choose mode %q", Default)
	}
	for _, n := range []struct {
		what        string
		value, most int
	}{{"iterations", s.Iterations, mostIterations}, {"corners", s.MaxCorners, mostCorners}, {"points on each face", s.PointsPerFace, mostCorners}} {
		if n.value > n.most {
			return fmt.Errorf("%d %s are %w: at most %d are supported", n.value, n.what, objective.ErrTooLarge, n.most)
		}
	}
	if s.MaxCorners < 4 || s.PointsPerFace < 1 {
		return fmt.Errorf("choose at least 4 corners (not %d) and 1 point on each face (not %d)", s.MaxCorners, s.PointsPerFace)
	}
	if !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0) {
		return fmt.Errorf("the learning rate %g must be a positive number", s.LearningRate)
	}
	if !(s.HalfWidth > 0) || math.IsInf(s.HalfWidth, 0) {
		return fmt.Errorf("the half width %g of the starting region must be a positive number", s.HalfWidth)
	}
	return nil
}

// Problem is the task of finding regions of high Objective around Starts.
type Problem struct {
	Objective objective.Objective
	// Starts are points of the domain, [start][axis].
	Starts [][]float64
}

// mostCorners bounds the corners of one region, and the points on a face;
// mostIterations the steps.
const (
	mostCorners    = 1 << 20
	mostIterations = 1_000_000
)

// CheckSize returns an error that wraps objective.ErrTooLarge if the probes or traces of
// runs of a method on this many axes would not fit into memory, or would take years.
func (s Settings) CheckSize(method Method, axes, starts int) error {
	settings := s.WithDefaults()
	probes := settings.Probes(method, axes)
	// For each probe an offset, a point, its key, value and gradient.
	if err := limit.Check("points of an iteration (starts × probes)", 32*axes+128, starts, probes); err != nil {
		return err
	}
	entries := settings.Iterations/max(settings.TraceEvery, 1) + 1
	if err := limit.Check("entries of traces (starts × entries)", 16*axes+64, starts, entries); err != nil {
		return err
	}
	return limit.CheckEvaluations("evaluations (starts × probes × iterations)", starts, probes, settings.Iterations)
}

// Probes returns the number of points that a method evaluates in an iteration of one
// run on n axes.
func (s Settings) Probes(method Method, n int) int {
	needs, count := method.Needs(), 0
	switch {
	case s.sampling(method) == FacePoints:
		count = 2 * n * s.PointsPerFace
	case s.samplesCorners(n):
		count = s.MaxCorners
	default:
		count = 1 << n
	}
	if needs.Alpha > 0 {
		count *= 2
	}
	return count
}

func (p Problem) check(method Method, settings Settings) error {
	if p.Objective == nil {
		return fmt.Errorf("the problem has no objective")
	}
	space := p.Objective.Space()
	if err := space.Check(); err != nil {
		return err
	}
	if n := len(space); settings.Mode == Published && (n > 30 || 1<<n > mostCorners) {
		return fmt.Errorf("%d axes make 2^%d corners, too many for published mode, which takes them all: fix some of the parameters, or choose mode %q", n, n, Default)
	}
	if _, ok := objective.White(p.Objective); method.Needs().Gradient && !ok {
		return fmt.Errorf("the method %s needs the gradient of f: %w: choose naive or oir-b, or take differences (--gradient-step, objective.Differences)", method.Name(), objective.ErrNoGradient)
	}
	if len(p.Starts) == 0 {
		return fmt.Errorf("no start point: give at least one point of %s", space)
	}
	for i, start := range p.Starts {
		if err := space.CheckPoint(start); err != nil {
			return fmt.Errorf("start %d: %w: choose a start inside it", i+1, err)
		}
	}
	return nil
}

// sampling returns the sampling that a method uses.
func (s Settings) sampling(method Method) Sampling {
	if method.Needs().Corners {
		return Corners
	}
	return s.Sampling
}

// samplesCorners reports whether only a subset of the corners of n axes is taken.
func (s Settings) samplesCorners(n int) bool {
	return s.Mode == Default && (n > 30 || 1<<n > s.MaxCorners)
}

// describeProbes describes the points of the means over the faces.
func (s Settings) describeProbes(method Method, n int) string {
	switch {
	case s.sampling(method) == FacePoints:
		return fmt.Sprintf("%d points on each of %d faces", s.PointsPerFace, 2*n)
	case s.samplesCorners(n):
		return fmt.Sprintf("%d of 2^%d corners at random, others in every iteration", s.MaxCorners/2*2, n)
	}
	return fmt.Sprintf("all %d corners", 1<<n)
}

// Iteration is the state before a step, or at the end.
type Iteration struct {
	// Number is the number of steps so far, 0…Of.
	Number, Of int
	// Bounds, Loss and Active are [start]. They are valid only during the call.
	Bounds []Bounds
	Loss   []float64
	Active []bool
	// Evaluations is the number of values of f so far, over all starts.
	Evaluations int
	// Last marks the call after the last step.
	Last bool
}

// Recorder receives the iterations, for live pictures, progress and traces.
type Recorder interface {
	// Record is called before every step and once after the last. An error
	// ends Find with that error.
	Record(Iteration) error
}

// RecorderFunc is a Recorder that calls a function.
type RecorderFunc func(Iteration) error

// Record calls the function.
func (f RecorderFunc) Record(it Iteration) error { return f(it) }
