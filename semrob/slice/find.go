package slice

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/samplemv"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// Find looks for failure slices. An objective without top-1 answers needs a threshold:
// the error wraps verify.ErrNoTop1. A value that is not finite is an
// *objective.NotFiniteError. When ctx is done the error wraps ctx.Err().
func Find(ctx context.Context, f objective.Objective, settings Settings) (*Result, error) {
	r, err := find(ctx, f, settings.WithDefaults())
	if err != nil {
		return nil, fmt.Errorf("looking for failure slices: %w", err)
	}
	r.Settings.Progress = nil
	return r, nil
}

func find(ctx context.Context, f objective.Objective, s Settings) (*Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	space := f.Space()
	if err := space.Check(); err != nil {
		return nil, err
	}
	s.Progress.Start(s.Points+s.Slices*s.Fresh, "failure slices")
	defer s.Progress.Done()
	half, whole := s.Points/2, region.Whole(space)
	points := append(even(space, half, s.Seed), uniform(space, whole, half, s.Seed, ofSecondHalf)...)
	// One call for both halves, so that they share full batches.
	_, right, err := s.Criterion.Ask(ctx, f, points, s.Progress)
	if err != nil {
		return nil, err
	}
	if right == nil {
		return nil, verify.ErrNoTop1
	}
	r := &Result{Space: space, Settings: s, Evaluations: len(points)}
	for _, box := range newSearch(space, points[:half], right[:half], s).slices() {
		one := Slice{Bounds: box, Rule: rule(space, box), Volume: box.Volume() / space.Volume()}
		for i, p := range points[:half] {
			if inside(space, box, p) {
				if one.FoundOf++; right[i] {
					one.FoundRight++
				}
			}
		}
		one.Views = uniform(space, box, s.Fresh, s.Seed, ofSlices+len(r.Slices))
		r.Slices = append(r.Slices, one)
	}
	if err := r.look(ctx, f); err != nil {
		return nil, err
	}
	r.weigh(points[half:], right[half:])
	return r, nil
}

// look asks for the answers at the fresh views of all slices, together.
func (r *Result) look(ctx context.Context, f objective.Objective) error {
	var fresh [][]float64
	for _, s := range r.Slices {
		fresh = append(fresh, s.Views...)
	}
	_, right, err := r.Settings.Criterion.Ask(ctx, f, fresh, r.Settings.Progress)
	if err != nil {
		return err
	}
	r.Evaluations += len(fresh)
	for i := range r.Slices {
		s, n := &r.Slices[i], r.Settings.Fresh
		count := 0
		for _, ok := range right[i*n : (i+1)*n] {
			if s.Wrong = append(s.Wrong, !ok); ok {
				count++
			}
		}
		s.Right = newCount(count, n, r.Settings.Confidence)
		s.TogetherLower, s.TogetherUpper = verify.Interval(count, n, 1-(1-r.Settings.Confidence)/float64(len(r.Slices)))
	}
	return nil
}

// weigh counts right views and failures at independent points that the search has not
// seen.
func (r *Result) weigh(points [][]float64, right []bool) {
	confidence := r.Settings.Confidence
	ok := 0
	for _, is := range right {
		if is {
			ok++
		}
	}
	r.Right = newCount(ok, len(right), confidence)
	failures, inAny, failuresInAny := len(right)-ok, 0, 0
	in := make([]int, len(r.Slices))
	for i := range r.Slices {
		s := &r.Slices[i]
		s.Confirmed = s.TogetherUpper < r.Right.Lower
	}
	for i, p := range points {
		held := false
		for j, s := range r.Slices {
			if !inside(r.Space, s.Bounds, p) {
				continue
			}
			held = held || s.Confirmed
			if !right[i] {
				in[j]++
			}
		}
		if !held {
			continue
		}
		if inAny++; !right[i] {
			failuresInAny++
		}
	}
	for j := range r.Slices {
		r.Slices[j].Failures = newCount(in[j], failures, confidence)
	}
	r.Failures = newCount(failuresInAny, failures, confidence)
	r.Volume = float64(inAny) / float64(len(points))
}

// inside reports whether a point of the domain lies in a box.
func inside(space objective.Space, b region.Bounds, p []float64) bool {
	for k, axis := range space {
		x := p[k]
		if axis.Periodic && x < b.A[k] {
			x += axis.Width()
		}
		if x < b.A[k] || x > b.B[k] {
			return false
		}
	}
	return true
}

// Streams of one seed.
const (
	ofFirstHalf = iota
	ofSecondHalf
	ofSearch
	ofSlices // that of the first slice
)

// source returns the random numbers of a seed and a stream. Those of different streams
// are unrelated.
func source(seed uint64, stream int) rand.Source {
	var key [32]byte
	copy(key[16:], "failure slices")
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(stream))
	return rand.NewChaCha8(key)
}

// uniform returns n independent uniform points of a box, [n][axis], wrapped into the
// domain.
func uniform(space objective.Space, box region.Bounds, n int, seed uint64, stream int) [][]float64 {
	random := rand.New(source(seed, stream))
	points := make([][]float64, n)
	for i := range points {
		p := make([]float64, len(space))
		for k, axis := range space {
			low, high := box.A[k], box.B[k]
			// Rounding may move the sum beyond the end.
			p[k] = axis.Wrap(min(low+random.Float64()*(high-low), high))
		}
		points[i] = p
	}
	return points
}

// domain maps the unit cube to a space; it is a distmv.Quantiler.
type domain objective.Space

func (d domain) Quantile(p, t []float64) []float64 {
	for k, axis := range d {
		p[k] = axis.Wrap(min(axis.Min+t[k]*axis.Width(), axis.Max))
	}
	return p
}

// even returns n low-discrepancy points of the domain, [n][axis]: a scrambled Halton
// sequence.
func even(space objective.Space, n int, seed uint64) [][]float64 {
	batch := mat.NewDense(n, len(space), nil)
	samplemv.Halton{Kind: samplemv.Owen, Q: domain(space), Src: source(seed, ofFirstHalf)}.Sample(batch)
	points := make([][]float64, n)
	for i := range points {
		points[i] = batch.RawRowView(i)
	}
	return points
}
