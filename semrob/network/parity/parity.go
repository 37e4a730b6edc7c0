// Package parity compares an architecture with its PyTorch implementation: its
// logits and input gradient with generated weights on generated images, which
// golden files hold.
//
// Among the tens of millions of activations of two images a few lie within
// float32's rounding of a kink of ReLU or between two candidates of a max pool.
// There the order of a sum decides which derivative is taken, and each changes
// the gradient by up to some hundredths of its largest value: PyTorch differs
// from itself so, between memory layouts and between float32 and float64. Where
// the gradient is off, Check therefore looks for the activations within Rounding
// of a kink that the reference had on the other side, moves them there, and
// reports how many. A gradient that is wrong elsewhere stays wrong.
package parity

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"

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
	// Logits is the largest error of a logit, relative to the largest |logit|.
	Logits float64
	// Gradient is the largest error of a sample of the gradient of logit 7 with
	// respect to the images, relative to the largest |sample|.
	Gradient float64
	// Norm is the relative error of the gradient's norm.
	Norm float64
	// Near is the number of activations within Rounding of a kink, 0 where the
	// gradient agrees without looking for them; Moved is how many of them were
	// moved to the reference's side, and Unmoved the gradient's error before.
	Near, Moved int
	Unmoved     float64
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
	if len(f.Logits[0]) != a.Classes {
		return r, fmt.Errorf("the file has %d classes, the architecture %d", len(f.Logits[0]), a.Classes)
	}
	// Prepare compares the parameters of both sides.
	constants, err := a.Prepare(reference.Weights(f.Params))
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
	p, err := compile(backend, a, constants, f.InputSize)
	if err != nil {
		return r, err
	}
	defer p.finalize()
	images := reference.Input(f.InputSize)
	at, err := p.evaluate(images, nil)
	if err != nil {
		return r, err
	}
	r.compare(f, at)
	r.Unmoved = r.Gradient
	if r.Logits > LimitLogits || r.Gradient <= LimitGradient && r.Norm <= LimitNorm {
		return r, nil
	}
	s := settling{program: p, file: f, images: images}
	if at, err = s.settle(ctx, at); err != nil {
		return r, err
	}
	r.Near, r.Moved = len(s.near), len(s.moved)
	r.compare(f, at)
	return r, nil
}

// compare fills in the errors of what was evaluated.
func (r *Result) compare(f reference.File, at evaluation) {
	var logits deviation
	for i, row := range f.Logits {
		for k, want := range row {
			logits.add(float64(at.logits[i*len(row)+k]), want)
		}
	}
	var gradient deviation
	for i, got := range samples(f, at.gradient) {
		gradient.add(got, f.GradValue[i])
	}
	norm := 0.0
	for _, v := range at.gradient {
		norm += float64(v) * float64(v)
	}
	r.Logits, r.Gradient = logits.relative(), gradient.relative()
	r.Norm = math.Abs(math.Sqrt(norm)-f.GradL2) / f.GradL2
}

// samples returns the values of a gradient [2, S, S, 3] that the file has.
func samples(f reference.File, gradient []float32) []float64 {
	values := make([]float64, len(f.GradIndex))
	for i, at := range f.GradIndex {
		values[i] = float64(gradient[reference.NHWC(at, f.InputSize)])
	}
	return values
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
