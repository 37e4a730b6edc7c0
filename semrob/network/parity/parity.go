// Package parity compares an architecture with its PyTorch implementation: logits
// and input gradient for the generated weights and images of golden files.
//
// Among the tens of millions of activations of two images, a few are within
// float32 rounding of a kink of ReLU or ReLU6, or of a tie in a max pool. There
// the order of a sum decides which derivative is used, and each such decision
// changes the gradient by up to a few hundredths of its largest value. PyTorch
// itself differs by up to 0.01 between numbers of threads, and between float32 and
// float64. So two correct float32 programs can be far apart, each with its own
// activations on the wrong side.
//
// Therefore logits are compared in float32, as the network runs, and a gradient
// that differs in float32 is compared in float64, where rounding decides nothing.
// The only differences left come from the reference's activations on the wrong
// side: a few among thousands of candidates within Rounding. The graph gives the
// exact effect of moving each across its kink. A search finds the fewest and
// smallest moves that explain all samples, and the gradient is computed again with
// them. Correct moves make it agree to the last digits of the golden file,
// including its norm, which the search does not use. A gradient that is wrong for
// another reason would need too many moves, or be explained poorly:
// Kinks.Refused lists the criteria.
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

// The largest relative errors that Result.Err accepts.
const (
	LimitLogits   = 1e-4
	LimitGradient = 1e-3
	LimitNorm     = 1e-3
)

// Result has the differences between an architecture and its reference.
type Result struct {
	// Architecture is this module's name of it.
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
	// relative error of the gradient's norm. They are float32's if within the
	// limits, otherwise float64's, with activations moved if that is accepted.
	Gradient, Norm float64
	// Plain are both in float32.
	Plain Errors
	// Kinks is the comparison in float64; nil if float32 agrees.
	Kinks *Kinks
}

// Errors are relative errors of the gradient's samples and of its norm.
type Errors struct{ Gradient, Norm float64 }

// Kinks is the result of a comparison in float64.
type Kinks struct {
	// Exact are the errors in float64, Moved those after the moves that explain the
	// samples best.
	Exact, Moved Errors
	// Near is the number of activations within Rounding of a kink, Moves the number
	// that were moved, Samples the number of samples of the gradient, and Furthest
	// the largest distance of a move, relative to the root mean square of its
	// layer's activations.
	Near, Moves, Samples int
	Furthest             float64
	// Cost is the improbability of these moves, and Gain their improvement of the
	// samples, both in nats (natural logarithms of probabilities).
	Cost, Gain float64
}

// leftover is the limit for the gradient's error after moves, a tenth of that
// without: correct moves leave less than 1e-5.
const leftover = LimitGradient / 10

// Refused returns why the moves are not accepted as an explanation, "" if they
// are. Enough moves would explain anything. So they must be few, improve the
// samples by much more than their cost, leave hardly any error, and not worsen the
// norm, which the search does not use.
func (k Kinks) Refused() string {
	switch {
	case k.Moves > k.Samples/2:
		return fmt.Sprintf("%d moves for %d samples are more than half", k.Moves, k.Samples)
	case k.Moves > 0 && 2*k.Cost > k.Gain:
		return fmt.Sprintf("the moves explain too little: %.0f nats for a cost of %.0f, at least twice the cost is needed", k.Gain, k.Cost)
	case k.Moves > 0 && k.Moved.Gradient > leftover:
		return fmt.Sprintf("the moves leave an error of %.2g in the gradient, but rounding is at most %.0e", k.Moved.Gradient, leftover)
	case k.Moved.Norm > max(k.Exact.Norm, finest):
		return fmt.Sprintf("the moves worsen the norm: its error is %.2g with them and %.2g without", k.Moved.Norm, k.Exact.Norm)
	}
	return ""
}

// Err reports the first error above LimitLogits, LimitGradient or LimitNorm.
func (r Result) Err() error {
	for _, c := range []struct {
		what         string
		error, limit float64
	}{
		{"the logits", r.Logits, LimitLogits},
		{"the gradient", r.Gradient, LimitGradient},
		{"the gradient's norm", r.Norm, LimitNorm},
	} {
		if !(c.error <= c.limit) { // true for NaN
			return fmt.Errorf("%s differs from its reference: the relative error of %s is %.2g, the limit is %.0e", r.Architecture, c.what, c.error, c.limit)
		}
	}
	return nil
}

// Check builds the architecture of a golden file with the same generated weights
// and images, and compares logits and gradient. The architecture's parameters must
// have the file's names and shapes. Differences are not an error of Check: the
// result's Err reports them.
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
	if len(f.Config) > 0 {
		return checkTower(ctx, backend, f)
	}
	a, err := architecture.Lookup(f.Architecture)
	if err != nil {
		return r, err
	}
	// Prepare compares the parameters.
	set := reference.Weights(f.Params)
	a.FitClasses(set)
	if len(f.Logits[0]) != a.Classes {
		return r, fmt.Errorf("the file has %d logits per image, but parameters for %d classes", len(f.Logits[0]), a.Classes)
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

// plain compares logits and gradient in float32, as the network runs.
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
	r.compare(f, all)
	return nil
}

// compare compares the results of a program, logits and gradient, with the file's.
func (r *Result) compare(f reference.File, all [][]float32) {
	var logits deviation
	for i, row := range f.Logits {
		for k, want := range row {
			logits.add(float64(all[0][i*len(row)+k]), want)
		}
	}
	r.Logits, r.Plain = logits.relative(), errorsOf(f, all[1])
}

// kinks compares the gradient in float64, and finds activations whose move across
// a kink explains the differences.
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

// deviation has the largest error and the largest magnitude of values.
type deviation struct{ error, value float64 }

func (d *deviation) add(got, want float64) {
	off := math.Abs(got - want)
	if math.IsNaN(off) {
		off = math.Inf(1)
	}
	d.error, d.value = max(d.error, off), max(d.value, math.Abs(want))
}

func (d *deviation) relative() float64 { return d.error / d.value }
