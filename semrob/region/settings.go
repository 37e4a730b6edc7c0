package region

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/internal/enum"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Mode chooses between the correct descent and the one that was published.
type Mode string

const (
	// Default is the correct descent. Every step is projected onto the domain,
	// periodic axes wrap, widths stay positive, nothing becomes NaN. It takes a
	// scale-free step: axes are scaled to their domains and 2v/r of the
	// published formulas is replaced by 2r/2ⁿ, the same in two dimensions where
	// r₁ = r₂. The published step is proportional to Πr/r_i and moves only in
	// two dimensions.
	Default Mode = "default"
	// Published reproduces the authors' runs: no projection, steps in the units
	// of the axes, every corner evaluated, all iterations done. In place of ∇f it
	// takes −∇f: the authors' gradient was that of a cross-entropy on the
	// softmax output, which points down where f goes up.
	Published Mode = "published"
)

// Modes are the modes by name.
var Modes = enum.Of("mode", Default, Published)

// ParseMode returns the mode with this name; "" is Default.
func ParseMode(name string) (Mode, error) { return Modes.Parse(name) }

// UnmarshalText reads the name of a value; "" is the default.
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
	// Resolution is the spacing, as a fraction of the domain, of the lattice
	// through the start on which f is looked at: what lies closer together is
	// one evaluation, and a point that was seen is not asked for again. 0 means
	// 1e-4 (0.036° of azimuth, a fifth of a sample of a 448² rendering); a
	// negative number switches it off, as Published mode does.
	Resolution float64 `json:"resolution"`
	// Forget asks for f at every probe of every iteration, known or not, as
	// Published mode does. What is found is the same.
	Forget bool `json:"forget"`
	// Sampling is where the method looks; "" means Corners.
	Sampling Sampling `json:"sampling"`
	// MaxCorners is the number of corners above which a random part of that
	// size is taken, another in every iteration; 0 means 256. Published mode
	// takes all corners.
	MaxCorners int `json:"max_corners"`
	// PointsPerFace is the number of points on each face for FacePoints; 0 means
	// 32.
	PointsPerFace int `json:"points_per_face"`
	// Seed of the random corners.
	Seed uint64 `json:"seed"`
	// FixedRate switches the damping off that brings bounds to rest on an edge
	// instead of oscillating about it. Published mode has none.
	FixedRate bool `json:"fixed_rate"`
	// Tolerance is how far a bound may wander, as a fraction of the region's
	// width, over 100 steps and still count as stationary; a run whose bounds all
	// are ends. 0 means 1e-3; a negative number switches it off, as Published
	// mode does.
	Tolerance float64 `json:"tolerance"`
	// TraceEvery is the number of steps between two entries of Run.Trace; 0
	// means the published 10.
	TraceEvery int `json:"trace_every"`
	// Recorder, where it is set, sees every iteration.
	Recorder Recorder `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by what it means, so
// that what is written beside a result can be read without this page.
func (s Settings) WithDefaults() Settings {
	if s.Mode == "" {
		s.Mode = Default
	}
	if s.Iterations == 0 {
		s.Iterations = 600
	}
	if s.LearningRate == 0 {
		s.LearningRate = 0.1
	}
	if s.HalfWidth == 0 {
		s.HalfWidth = 1e-5
	}
	if s.Resolution == 0 {
		s.Resolution = 1e-4
	}
	if s.Tolerance == 0 {
		s.Tolerance = 1e-3
	}
	if s.Sampling == "" {
		s.Sampling = Corners
	}
	if s.MaxCorners == 0 {
		s.MaxCorners = 256
	}
	if s.PointsPerFace == 0 {
		s.PointsPerFace = 32
	}
	if s.Mode == Published {
		s.Resolution, s.Tolerance, s.FixedRate, s.Forget = -1, -1, true, true
	}
	if s.TraceEvery == 0 {
		s.TraceEvery = 10
	}
	return s
}

func (s Settings) check() error {
	if s.Mode != Default && s.Mode != Published {
		_, err := ParseMode(string(s.Mode))
		return err
	}
	if s.Iterations < 0 || s.TraceEvery < 0 {
		return fmt.Errorf("iterations (%d) and the trace's interval (%d) must not be negative", s.Iterations, s.TraceEvery)
	}
	if _, err := Samplings.Parse(string(s.Sampling)); err != nil {
		return err
	}
	if s.Mode == Published && s.Sampling != Corners {
		return fmt.Errorf("published mode takes corners: leave the sampling out, or take mode %q", Default)
	}
	if s.MaxCorners < 4 || s.PointsPerFace < 1 {
		return fmt.Errorf("at least 4 corners (not %d) and 1 point on each face (not %d) are needed", s.MaxCorners, s.PointsPerFace)
	}
	if !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0) {
		return fmt.Errorf("the learning rate %g must be a positive number", s.LearningRate)
	}
	if !(s.HalfWidth > 0) || math.IsInf(s.HalfWidth, 0) {
		return fmt.Errorf("the half width %g of the starting region must be a positive number", s.HalfWidth)
	}
	return nil
}

// Problem says what is looked for: the regions around Starts where Objective
// is high.
type Problem struct {
	Objective objective.Objective
	// Starts are points of the domain, [start][axis].
	Starts [][]float64
}

// mostCorners bounds the corners of one region that Published mode takes.
const mostCorners = 1 << 20

func (p Problem) check(method Method, settings Settings) error {
	if p.Objective == nil {
		return fmt.Errorf("the problem has no objective")
	}
	space := p.Objective.Space()
	if err := space.Check(); err != nil {
		return err
	}
	if n := len(space); settings.Mode == Published && (n > 30 || 1<<n > mostCorners) {
		return fmt.Errorf("%d axes make 2^%d corners, too many for published mode, which takes them all: fix some of the parameters, or take mode %q", n, n, Default)
	}
	if _, ok := objective.White(p.Objective); method.Needs().Gradient && !ok {
		return fmt.Errorf("the method %s needs the gradient of f, and the objective is a black box: take naive or oir-b, or wrap it in objective.Differences (--gradient-step)", method.Name())
	}
	if len(p.Starts) == 0 {
		return fmt.Errorf("there is no start point: give at least one point of %s", space)
	}
	for i, start := range p.Starts {
		if err := space.CheckPoint(start); err != nil {
			return fmt.Errorf("start %d: %w: choose a start inside it", i+1, err)
		}
	}
	return nil
}

// sampling returns where a method looks.
func (s Settings) sampling(method Method) Sampling {
	if method.Needs().Corners {
		return Corners
	}
	return s.Sampling
}

// samplesCorners reports whether a part of the corners of n axes is taken.
func (s Settings) samplesCorners(n int) bool {
	return s.Mode == Default && (n > 30 || 1<<n > s.MaxCorners)
}

// describeProbes says where the means over the faces come from.
func (s Settings) describeProbes(method Method, n int) string {
	switch {
	case s.sampling(method) == FacePoints:
		return fmt.Sprintf("%d points on each of %d faces", s.PointsPerFace, 2*n)
	case s.samplesCorners(n):
		return fmt.Sprintf("%d of 2^%d corners at random, others in every iteration", s.MaxCorners/2*2, n)
	}
	return fmt.Sprintf("all %d corners", 1<<n)
}

// Iteration is what a Recorder sees: the state before a step, or at the end.
type Iteration struct {
	// Number counts the steps taken so far, 0…Of.
	Number, Of int
	// Bounds, Loss and Active are indexed by start. They are valid only during
	// the call.
	Bounds []Bounds
	Loss   []float64
	Active []bool
	// Evaluations counts the values of f so far, over all starts.
	Evaluations int
	// Last marks the call after the last step.
	Last bool
}

// Recorder watches the iterations: for live pictures, progress and traces.
type Recorder interface {
	// Record is called before every step and once after the last. An error
	// ends Find with that error.
	Record(Iteration) error
}

// RecorderFunc makes a Recorder of a function.
type RecorderFunc func(Iteration) error

// Record calls the function.
func (f RecorderFunc) Record(it Iteration) error { return f(it) }
