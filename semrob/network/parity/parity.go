// Package parity compares an architecture with its PyTorch implementation: its
// logits and input gradient with generated weights on generated images, which
// golden files hold.
//
// Among the tens of millions of activations of two images a few lie within
// float32's rounding of a kink of ReLU or ReLU6, or between two candidates of a
// max pool. There the order of a sum decides which derivative is taken, and each
// changes the gradient by up to some hundredths of its largest value: PyTorch
// differs from itself so, between numbers of threads and between float32 and
// float64, by up to 0.01. Two float32 programs that are both right may therefore
// be far apart, each with its own activations on the wrong side.
//
// So logits are compared in float32, as the network runs, and where the gradient
// is off in float32 it is compared in float64, where rounding decides nothing:
// what is left then are the reference's activations on the wrong side alone, a
// few among some thousands of candidates within Rounding. What moving each does
// to the samples follows exactly from the graph, and the fewest and nearest
// moves that explain all samples are looked for; the gradient is then computed
// anew with them. Where they are the right ones it agrees to the last digits of
// the golden file, in its norm too, which the search does not see. A gradient
// that is wrong otherwise would need too many moves, or would be explained too
// badly by them: Kinks.Refused says when they are not accepted.
package parity

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// What Result.Err allows.
const (
	LimitLogits   = 1e-4
	LimitGradient = 1e-3
	LimitNorm     = 1e-3
)

// Result says how far an architecture is from its reference.
type Result struct {
	// Architecture is its name here.
	Architecture string
	// InputSize is the height and width of the images.
	InputSize int
	// Parameters is the number of values in its state dictionary.
	Parameters int
	// Logits is the largest error of a logit, relative to the largest |logit|,
	// in float32.
	Logits float64
	// Gradient is the largest error of a sample of the gradient of logit 7 with
	// respect to the images, relative to the largest |sample|, and Norm the
	// relative error of the gradient's norm. They are float32's where that is
	// within the limits, else float64's, with activations moved where that is
	// accepted.
	Gradient, Norm float64
	// Plain are both in float32.
	Plain Errors
	// Kinks says what was found in float64, nil where float32 agrees.
	Kinks *Kinks
}

// Errors are relative errors of the gradient's samples and of its norm.
type Errors struct{ Gradient, Norm float64 }

// Kinks says what a comparison in float64 found.
type Kinks struct {
	// Exact are the errors in float64, Moved those with the activations moved
	// that explain the samples best.
	Exact, Moved Errors
	// Near is the number of activations within Rounding of a kink, Moves how many
	// of them were moved, Samples the number of the gradient's samples, and
	// Furthest the largest distance that one was moved, relative to the root mean
	// square of its layer's.
	Near, Moves, Samples int
	Furthest             float64
	// Cost is how unlikely so many and so far moves are, and Gain how much better
	// the samples are known with them, both in nats: natural logarithms of
	// probability.
	Cost, Gain float64
}

// leftover is the gradient's error that the right moves may leave, a tenth of
// what is allowed without any: they leave less than 1e-5.
const leftover = LimitGradient / 10

// Refused says why the moves are not taken for an explanation, and nothing where
// they are. Enough of them would explain anything: so there must be few, the
// samples must tell much more than choosing the moves does, hardly anything may
// be left, and the norm, which the choice does not see, must not suffer.
func (k Kinks) Refused() string {
	switch {
	case k.Moves > k.Samples/2:
		return fmt.Sprintf("%d moves for %d samples are more than half", k.Moves, k.Samples)
	case k.Moves > 0 && 2*k.Cost > k.Gain:
		return fmt.Sprintf("the moves explain too little: %.0f nats for %.0f that choosing them takes, at least twice as many are needed", k.Gain, k.Cost)
	case k.Moves > 0 && k.Moved.Gradient > leftover:
		return fmt.Sprintf("the moves leave an error of %.2g in the gradient, at most %.0e is rounding", k.Moved.Gradient, leftover)
	case k.Moved.Norm > max(k.Exact.Norm, finest):
		return fmt.Sprintf("the moves make the norm worse: its error is %.2g with them and %.2g without", k.Moved.Norm, k.Exact.Norm)
	}
	return ""
}

// Err reports what is above LimitLogits, LimitGradient or LimitNorm, nil if
// nothing is.
func (r Result) Err() error {
	for _, c := range []struct {
		what         string
		error, limit float64
	}{
		{"the logits", r.Logits, LimitLogits},
		{"the gradient", r.Gradient, LimitGradient},
		{"the gradient's norm", r.Norm, LimitNorm},
	} {
		if !(c.error <= c.limit) { // NaN is not
			return fmt.Errorf("%s differs from its reference: the relative error of %s is %.2g, at most %.0e is allowed", r.Architecture, c.what, c.error, c.limit)
		}
	}
	return nil
}

// Check builds the architecture that a golden file names, with the weights and
// images that the file was made with, and compares logits and gradient. The
// architecture's parameters must be the file's, in name and shape. The error is
// nil where both could be computed: the result's Err tells whether they agree.
func Check(ctx context.Context, backend compute.Backend, path string) (Result, error) {
	f, err := reference.Read(path)
	if err != nil {
		return Result{}, err
	}
	result, err := check(ctx, backend, f)
	if err != nil {
		return Result{}, fmt.Errorf("comparing %s with the golden file %s: %w", f.Architecture, path, err)
	}
	return result, nil
}

func check(ctx context.Context, backend compute.Backend, f reference.File) (r Result, err error) {
	a, err := architecture.Lookup(f.Architecture)
	if err != nil {
		return r, err
	}
	// Prepare compares the parameters of both sides.
	set := reference.Weights(f.Params)
	a.FitClasses(set)
	if len(f.Logits[0]) != a.Classes {
		return r, fmt.Errorf("the file has %d logits for each image, its parameters are for %d classes", len(f.Logits[0]), a.Classes)
	}
	constants, err := a.Prepare(set)
	if err != nil {
		return r, err
	}
	r.Architecture, r.InputSize = a.Name, f.InputSize
	for _, p := range f.Params {
		r.Parameters += weights.Size(p.Shape)
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	images := reference.Input(f.InputSize)
	if err := r.plain(backend, a, constants, f, images); err != nil {
		return r, err
	}
	r.Gradient, r.Norm = r.Plain.Gradient, r.Plain.Norm
	if r.Logits > LimitLogits || r.Plain.within() {
		return r, nil
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	x, err := newExact(backend, a, set, f.InputSize)
	if err != nil {
		return r, err
	}
	defer x.finalize()
	k, err := kinks(ctx, x, f, images)
	if err != nil {
		return r, err
	}
	r.Kinks = &k
	r.Gradient, r.Norm = k.Exact.Gradient, k.Exact.Norm
	if k.Refused() == "" {
		r.Gradient, r.Norm = k.Moved.Gradient, k.Moved.Norm
	}
	return r, nil
}

// plain compares logits and gradient as the network runs, in float32.
func (r *Result) plain(backend compute.Backend, a *architecture.Architecture, constants []architecture.Constant, f reference.File, images []float32) error {
	tensors := make([]placed[float32], len(constants))
	for i, c := range constants {
		tensors[i] = placed[float32]{c.Name, c.Shape, c.Data}
	}
	p, err := newProgram(backend, tensors, f.InputSize)
	if err != nil {
		return err
	}
	defer p.finalize()
	exec, err := p.compile(func(nodes map[string]*graph.Node, images *graph.Node) []*graph.Node {
		logits := a.Logits(nodes, images)
		return []*graph.Node{logits, graph.Gradient(summedLogit(logits), images)[0]}
	})
	if err != nil {
		return err
	}
	all, err := p.run(exec, images, nil)
	if err != nil {
		return err
	}
	var logits deviation
	for i, row := range f.Logits {
		for k, want := range row {
			logits.add(float64(all[0][i*len(row)+k]), want)
		}
	}
	r.Logits, r.Plain = logits.relative(), errorsOf(f, all[1])
	return nil
}

// kinks compares the gradient in float64, and looks for activations whose move
// across a kink explains what is left.
func kinks(ctx context.Context, x *exact, f reference.File, images []float32) (k Kinks, err error) {
	wide := make([]float64, len(images))
	for i, v := range images {
		wide[i] = float64(v)
	}
	at, err := x.evaluate(wide, nil)
	if err != nil {
		return k, err
	}
	k.Samples, k.Exact = len(f.GradIndex), errorsOf(f, at.gradient)
	k.Moved = k.Exact
	if k.Exact.within() {
		return k, nil
	}
	e := newExplanation(x, f, wide)
	before := e.residual(at.gradient)
	if at, err = e.find(ctx, at); err != nil {
		return k, err
	}
	k.Moved = errorsOf(f, at.gradient)
	k.Near, k.Cost, k.Gain = len(e.near), e.cost(), e.gain(before, e.residual(at.gradient))
	for _, c := range e.near {
		if c.moved {
			k.Moves++
			k.Furthest = max(k.Furthest, c.distance)
		}
	}
	return k, nil
}

func (e Errors) within() bool { return e.Gradient <= LimitGradient && e.Norm <= LimitNorm }

// errorsOf returns the errors of a gradient [2, S, S, 3].
func errorsOf[F real](f reference.File, gradient []F) Errors {
	var samples deviation
	for i, at := range f.GradIndex {
		samples.add(float64(gradient[reference.NHWC(at, f.InputSize)]), f.GradValue[i])
	}
	norm := 0.0
	for _, v := range gradient {
		norm += float64(v) * float64(v)
	}
	return Errors{samples.relative(), math.Abs(math.Sqrt(norm)-f.GradL2) / f.GradL2}
}

// deviation is the largest error of values, and the largest of them.
type deviation struct{ error, value float64 }

func (d *deviation) add(got, want float64) {
	off := math.Abs(got - want)
	if math.IsNaN(off) {
		off = math.Inf(1)
	}
	d.error, d.value = max(d.error, off), max(d.value, math.Abs(want))
}

func (d *deviation) relative() float64 { return d.error / d.value }
