// Package semmap computes semantic maps: the values of an objective over a grid
// of semantic points (Hamdi & Ghanem 2020, section 3.1). Computations can be
// resumed, and numpy opens the files.
package semmap

import (
	"context"
	"fmt"
	"math"
	"sort"

	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Map holds the values of an objective on a grid of one or more axes.
//
// Z is row-major with the first axis fastest: for the axes azimuth, elevation
// it is [elevation, azimuth], one row for each elevation, as the published
// maps are.
type Map struct {
	Axes []Samples
	// Z are the values, NaN for points not evaluated yet.
	Z []float64
	// Evaluated marks the evaluated points of a map of Adapt; its other points are
	// predictions. nil means that all values except NaN were evaluated.
	Evaluated []bool
	// Adaptive is the report of Adapt; nil in other maps and after an interruption.
	Adaptive *AdaptiveReport
	// Answers are the network's answers, in the order of Z, where points were evaluated
	// by an objective.Answering; nil if there are none.
	Answers []objective.Answer
	// Labels are the labels of the classes in Answers, by index; see SetLabels.
	Labels map[int]string
	// Meta is everything needed to compute the map again, as JSON, or "".
	Meta string
	// File is the path of the file that Load read; "" for other maps.
	File string
}

// New returns a map of these axes without values.
func New(axes ...Samples) (*Map, error) {
	m := &Map{Axes: axes}
	if len(axes) == 0 {
		return nil, fmt.Errorf("a semantic map needs at least one axis, such as azimuth")
	}
	if err := CheckSize(axes); err != nil {
		return nil, err
	}
	n := 1
	for _, a := range axes {
		if len(a.Values) == 0 {
			return nil, fmt.Errorf("axis %s of the map has no values", a.Name)
		}
		n *= len(a.Values)
	}
	m.Z = make([]float64, n)
	for i := range m.Z {
		m.Z[i] = math.NaN()
	}
	return m, nil
}

// bytesEach is the memory of a map for each point: its value, as float64 here and as
// float32 in files, and whether it was evaluated.
const bytesEach = 16

// CheckSize returns an error that wraps objective.ErrTooLarge for axes of a map that
// has too many points.
func CheckSize(axes []Samples) error {
	return limit.Check("points of a map", bytesEach, lengths(axes)...)
}

func lengths(axes []Samples) []int {
	n := make([]int, len(axes))
	for k, a := range axes {
		n[k] = len(a.Values)
	}
	return n
}

// Space returns the axes with their whole domains.
func (m *Map) Space() objective.Space {
	s := make(objective.Space, len(m.Axes))
	for k, a := range m.Axes {
		s[k] = a.Axis
	}
	return s
}

// Shape returns the dimensions of Z in the order of numpy: the last axis
// first.
func (m *Map) Shape() []int {
	shape := make([]int, len(m.Axes))
	for k, a := range m.Axes {
		shape[len(shape)-1-k] = len(a.Values)
	}
	return shape
}

// Point returns the semantic point [axis] of Z[i].
func (m *Map) Point(i int) []float64 {
	p := make([]float64, len(m.Axes))
	for k, a := range m.Axes {
		p[k] = a.Values[i%len(a.Values)]
		i /= len(a.Values)
	}
	return p
}

// Rows returns Z as [row][column] for a map of two axes: rows along the second
// axis (elevation), columns along the first (azimuth). The rows share Z.
func (m *Map) Rows() ([][]float64, error) {
	if len(m.Axes) != 2 {
		return nil, fmt.Errorf("a map of %d axes has no rows and columns: take a slice of two axes", len(m.Axes))
	}
	w := len(m.Axes[0].Values)
	rows := make([][]float64, len(m.Axes[1].Values))
	for j := range rows {
		rows[j] = m.Z[j*w : (j+1)*w]
	}
	return rows, nil
}

// known reports whether Z[i] was evaluated.
func (m *Map) known(i int) bool {
	return !math.IsNaN(m.Z[i]) && (m.Evaluated == nil || m.Evaluated[i])
}

// Evaluations returns the number of evaluated values; predictions do not count.
func (m *Map) Evaluations() int {
	n := 0
	for i := range m.Z {
		if m.known(i) {
			n++
		}
	}
	return n
}

// Missing returns the number of points without a value, evaluated or predicted.
func (m *Map) Missing() int {
	n := 0
	for _, z := range m.Z {
		if math.IsNaN(z) {
			n++
		}
	}
	return n
}

// Lowest returns up to n points of low value, the lowest first: those that a
// network gets most wrong. keep, if not nil, selects the points that count. The
// points are apart: no two are within a tenth of the domain of each other on every
// axis.
func (m *Map) Lowest(n int, keep func(point []float64) bool) objective.Points {
	order := make([]int, 0, len(m.Z))
	for i, z := range m.Z {
		if !math.IsNaN(z) && (keep == nil || keep(m.Point(i))) {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return m.Z[order[a]] < m.Z[order[b]] })
	var lowest [][]float64
	for _, i := range order {
		if len(lowest) == n {
			break
		}
		if p := m.Point(i); !m.near(p, lowest) {
			lowest = append(lowest, p)
		}
	}
	return m.Points(lowest...)
}

// Points returns points together with the map's space.
func (m *Map) Points(points ...[]float64) objective.Points {
	return objective.Points{Space: m.Space(), At: points}
}

// near reports whether p is within a tenth of the domain of one of the points
// on every axis.
func (m *Map) near(p []float64, points [][]float64) bool {
	for _, q := range points {
		within := true
		for k, a := range m.Axes {
			d := math.Abs(p[k] - q[k])
			if a.Periodic {
				d = min(d, a.Width()-d)
			}
			within = within && d <= a.Width()/10
		}
		if within {
			return true
		}
	}
	return false
}

// Options controls Compute. The zero value works.
type Options struct {
	// Chunk is the number of points passed to the objective at once; 0 means 128.
	// Objectives split it into their own batches.
	Chunk int
	// OnUpdate, if set, is called after every chunk with the number of points known
	// so far, and of all points, for progress, live pictures and checkpoints. An
	// error ends Compute with that error.
	OnUpdate func(done, of int) error
}

// Compute evaluates every point of the map that was not evaluated yet. An
// interrupted map is continued; an adaptive map becomes exact.
//
// When ctx is done it returns an error that wraps ctx.Err(); evaluated points
// stay in the map. A value that is not finite is an *objective.NotFiniteError.
func (m *Map) Compute(ctx context.Context, f objective.Objective, opts Options) error {
	if err := m.matches(f.Space()); err != nil {
		return fmt.Errorf("computing a semantic map: %w", err)
	}
	chunk := opts.Chunk
	if chunk <= 0 {
		chunk = 128
	}
	var todo []int
	for i := range m.Z {
		if !m.known(i) {
			todo = append(todo, i)
		}
	}
	if len(todo) > 0 {
		m.Adaptive = nil // its predictions are replaced now
		m.makeRoom(f)
	}
	values := make([]float64, chunk)
	for len(todo) > 0 {
		part := todo[:min(chunk, len(todo))]
		if err := m.evaluate(ctx, f, part, values[:len(part)]); err != nil {
			return fmt.Errorf("computing a semantic map: %w", err)
		}
		todo = todo[len(part):]
		if opts.OnUpdate != nil {
			if err := opts.OnUpdate(len(m.Z)-len(todo), len(m.Z)); err != nil {
				return fmt.Errorf("computing a semantic map: %w", err)
			}
		}
	}
	m.Evaluated = nil
	return nil
}

// evaluate fills Z at the indices of part, also with the finished part of an
// interrupted evaluation.
func (m *Map) evaluate(ctx context.Context, f objective.Objective, part []int, values []float64) error {
	points := make([][]float64, len(part))
	for i, at := range part {
		points[i], values[i] = m.Point(at), math.NaN()
	}
	answers, failed := m.asked(ctx, f, points, values)
	if failed == nil {
		failed = objective.CheckFinite(points, values)
	}
	for i, at := range part {
		if math.IsInf(values[i], 0) {
			values[i] = math.NaN()
		}
		m.Z[at] = float64(float32(values[i])) // as in files
		if answers != nil && !math.IsNaN(values[i]) {
			m.Answers[at] = answers[i]
		}
		if m.Evaluated != nil {
			m.Evaluated[at] = !math.IsNaN(values[i])
		}
	}
	return failed
}

func (m *Map) matches(space objective.Space) error {
	own := m.Space()
	if len(own) != len(space) {
		return fmt.Errorf("the map has %d axes, the objective %d (%s)", len(own), len(space), space)
	}
	for k := range own {
		if own[k].Name != space[k].Name {
			return fmt.Errorf("axis %d of the map is %s, of the objective %s", k+1, own[k].Name, space[k].Name)
		}
	}
	return nil
}
