package semmap

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Answered returns the number of points with an answer. Points that were not
// evaluated have none, such as the predictions of an adaptive map.
func (m *Map) Answered() int {
	n := 0
	for _, a := range m.Answers {
		if a.Known() {
			n++
		}
	}
	return n
}

// CheckAnswers returns an error that wraps objective.ErrNoAnswers if the map has none.
func (m *Map) CheckAnswers() error {
	if m.Answered() > 0 {
		return nil
	}
	of := "the map"
	if m.File != "" {
		of = "the map " + m.File
	}
	return fmt.Errorf("%s has no answers: %w: compute it again from its network, such as with semrob map", of, objective.ErrNoAnswers)
}

// Right returns the share of right answers among the points with an answer, 0…1; NaN
// if there are none.
func (m *Map) Right() float64 { return m.RightWithin(nil) }

// RightWithin is Right for the points that keep accepts; nil accepts all.
func (m *Map) RightWithin(keep func(point []float64) bool) float64 {
	n, right := 0, 0
	for i, a := range m.Answers {
		if !a.Known() || keep != nil && !keep(m.Point(i)) {
			continue
		}
		n++
		if a.Right() {
			right++
		}
	}
	return float64(right) / float64(n)
}

// Said is a class that a network answered on a map.
type Said struct {
	Class int
	Label string
	// Right reports whether the class is an accepted one.
	Right bool
	// Points is the number of points at which it was the first class, Share their share
	// of the points with an answer, 0…1.
	Points int
	Share  float64
}

// Said returns the classes that were first somewhere on the map, the most frequent
// one first and the lower index first among equals.
func (m *Map) Said() []Said {
	at := map[int32]int{}
	var said []Said
	n := 0
	for _, a := range m.Answers {
		if !a.Known() {
			continue
		}
		n++
		k, ok := at[a.Top[0]]
		if !ok {
			k = len(said)
			at[a.Top[0]] = k
			said = append(said, Said{Class: int(a.Top[0]), Label: m.ClassLabel(int(a.Top[0])), Right: a.Right()})
		}
		said[k].Points++
	}
	for k := range said {
		said[k].Share = float64(said[k].Points) / float64(n)
	}
	slices.SortFunc(said, func(a, b Said) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Class, b.Class))
	})
	return said
}

// Together returns what was said on several maps, such as those of the objects of a
// class: each share is the mean of the maps' shares, Points the sum of points. A class
// is right if it was on one of them. Maps without answers do not count.
func Together(maps ...*Map) []Said {
	at := map[int]int{}
	var all []Said
	n := 0
	for _, m := range maps {
		if m.Answered() == 0 {
			continue
		}
		n++
		for _, s := range m.Said() {
			k, ok := at[s.Class]
			if !ok {
				k = len(all)
				at[s.Class] = k
				all = append(all, Said{Class: s.Class, Label: s.Label})
			}
			all[k].Points += s.Points
			all[k].Share += s.Share
			all[k].Right = all[k].Right || s.Right
		}
	}
	for k := range all {
		all[k].Share /= float64(n)
	}
	slices.SortFunc(all, func(a, b Said) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Class, b.Class))
	})
	return all
}

// AnswerSummary returns a sentence such as "right in 57 % of the views; taken for table
// lamp 12 %, stethoscope 9 %, bucket 4 %, 23 others 18 %", or "" without answers.
func (m *Map) AnswerSummary() string {
	n := m.Answered()
	if n == 0 {
		return ""
	}
	views := "views"
	if n < len(m.Z) {
		views = fmt.Sprintf("%d evaluated views", n)
	}
	text := fmt.Sprintf("right in %s of the %s", share(m.Right()), views)
	const named = 3
	var wrong []string
	others, rest := 0, 0.0
	for _, s := range m.Said() {
		switch {
		case s.Right:
		case len(wrong) < named:
			wrong = append(wrong, s.Label+" "+share(s.Share))
		default:
			others, rest = others+1, rest+s.Share
		}
	}
	if others > 0 {
		word := "others"
		if others == 1 {
			word = "other"
		}
		wrong = append(wrong, fmt.Sprintf("%d %s %s", others, word, share(rest)))
	}
	if len(wrong) > 0 {
		text += "; taken for " + strings.Join(wrong, ", ")
	}
	return text
}

// share formats a share in per cent, small ones with a decimal.
func share(x float64) string {
	if percent := 100 * x; percent >= 0.95 || percent == 0 {
		return fmt.Sprintf("%.0f %%", percent)
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

// ClassLabel returns the label of a class, or "class 463" if the map has none for it.
func (m *Map) ClassLabel(class int) string {
	if label, ok := m.Labels[class]; ok {
		return label
	}
	return fmt.Sprintf("class %d", class)
}

// SetLabels keeps the labels of the classes in the map's answers.
func (m *Map) SetLabels(label func(class int) string) {
	if m.Answers == nil {
		return
	}
	m.Labels = map[int]string{}
	for _, a := range m.Answers {
		if !a.Known() {
			continue
		}
		for _, class := range a.Top {
			if _, known := m.Labels[int(class)]; class >= 0 && !known {
				m.Labels[int(class)] = label(int(class))
			}
		}
	}
}

// makeRoom prepares the map for the answers of an objective that has them.
func (m *Map) makeRoom(f objective.Objective) {
	if _, ok := f.(objective.Answering); ok && m.Answers == nil {
		m.Answers = make([]objective.Answer, len(m.Z))
	}
}

// asked evaluates points of the map, with answers if the objective has them.
func (m *Map) asked(ctx context.Context, f objective.Objective, points [][]float64, values []float64) ([]objective.Answer, error) {
	answering, ok := f.(objective.Answering)
	if !ok {
		return nil, f.Evaluate(ctx, points, values)
	}
	answers := make([]objective.Answer, len(points))
	return answers, answering.Answers(ctx, points, values, answers)
}

// The arrays of answers in files.
const (
	topArray     = "top"
	topPArray    = "top_p"
	rankArray    = "rank"
	entropyArray = "entropy"
	marginArray  = "margin"
)

// writeAnswers adds the arrays of answers, if there are any. A point without an answer
// has rank 0 and NaN.
func (m *Map) writeAnswers(f npz.File) {
	if m.Answered() == 0 {
		return
	}
	width, largest := 1, int32(0)
	for _, a := range m.Answers {
		if !a.Known() {
			continue
		}
		largest = max(largest, a.Rank)
		for k, class := range a.Top {
			if class >= 0 {
				width, largest = max(width, k+1), max(largest, class)
			}
		}
	}
	n := len(m.Answers)
	top, rank := make([]int32, 0, n*width), make([]int32, n)
	p, entropy, margin := make([]float32, 0, n*width), make([]float32, n), make([]float32, n)
	for i, a := range m.Answers {
		if !a.Known() {
			a = objective.Answer{Entropy: nan32, Margin: nan32, P: [objective.First]float32{nan32, nan32, nan32, nan32, nan32}}
		}
		for k := range width {
			top, p = append(top, max(a.Top[k], 0)), append(p, a.P[k])
		}
		rank[i], entropy[i], margin[i] = a.Rank, a.Entropy, a.Margin
	}
	shape := m.Shape()
	f[topArray] = npz.Array{Shape: append(slices.Clone(shape), width), Data: narrow(top, largest)}
	f[topPArray] = npz.Array{Shape: append(slices.Clone(shape), width), Data: p}
	f[rankArray] = npz.Array{Shape: shape, Data: narrow(rank, largest)}
	f[entropyArray] = npz.Array{Shape: shape, Data: entropy}
	f[marginArray] = npz.Array{Shape: shape, Data: margin}
}

var nan32 = float32(math.NaN())

// narrow returns numbers of at most largest as uint16, or uint32 if they need it.
func narrow(numbers []int32, largest int32) any {
	if largest > math.MaxUint16 {
		return converted[uint32](numbers)
	}
	return converted[uint16](numbers)
}

func converted[T uint16 | uint32](numbers []int32) []T {
	out := make([]T, len(numbers))
	for i, x := range numbers {
		out[i] = T(x)
	}
	return out
}

// readAnswers reads the arrays of answers. Files without the array top have none.
func (m *Map) readAnswers(f npz.File) error {
	if _, ok := f[topArray]; !ok {
		return nil
	}
	top, shape, err := f.Float64s(topArray)
	if err != nil {
		return err
	}
	n := len(m.Axes)
	if len(shape) != n+1 || !slices.Equal(shape[:n], m.Shape()) || shape[n] < 1 || shape[n] > objective.First {
		return fmt.Errorf("top has the shape %v: it must be that of z, %v, and 1…%d classes", shape, m.Shape(), objective.First)
	}
	parts := map[string][]float64{}
	for name, want := range map[string][]int{topPArray: shape, rankArray: m.Shape(), entropyArray: m.Shape(), marginArray: m.Shape()} {
		values, got, err := f.Float64s(name)
		if err != nil {
			return err
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s has the shape %v: its answers require %v", name, got, want)
		}
		parts[name] = values
	}
	width := shape[n]
	m.Answers = make([]objective.Answer, len(m.Z))
	for i := range m.Answers {
		rank := parts[rankArray][i]
		if rank == 0 {
			continue
		}
		a := objective.Answer{
			Top: [objective.First]int32{-1, -1, -1, -1, -1}, Rank: int32(rank),
			Entropy: float32(parts[entropyArray][i]), Margin: float32(parts[marginArray][i]),
		}
		for k := range width {
			class, p := top[i*width+k], parts[topPArray][i*width+k]
			if !whole(class) || !whole(rank) || !(p >= 0) || math.IsInf(p, 0) {
				return fmt.Errorf("answer %d is damaged: class %g of probability %g, rank %g", i, class, p, rank)
			}
			a.Top[k], a.P[k] = int32(class), float32(p)
		}
		m.Answers[i] = a
	}
	return m.readLabels()
}

func whole(x float64) bool { return x >= 0 && x <= math.MaxInt32 && x == math.Trunc(x) }

// answersMeta is the part "answers" of meta.
type answersMeta struct {
	// Labels are those of the classes in top.
	Labels map[int]string `json:"labels"`
}

func (m *Map) readLabels() error {
	if m.Meta == "" {
		return nil
	}
	var fields struct {
		Answers *answersMeta `json:"answers"`
	}
	if err := json.Unmarshal([]byte(m.Meta), &fields); err != nil {
		return fmt.Errorf("the labels of answers in meta: %w", err)
	}
	if fields.Answers != nil {
		m.Labels = fields.Answers.Labels
	}
	return nil
}

// nearest returns the index of the sample nearest to p, the lower of two.
func (m *Map) nearest(p []float64) int {
	at, stride := 0, 1
	for k, a := range m.Axes {
		lower, upper, weight := a.bracket(p[k])
		if weight > 0.5 {
			lower = upper
		}
		at += lower * stride
		stride *= len(a.Values)
	}
	return at
}

// answered is an interpolated map with answers: those of the nearest sample.
type answered struct{ *interpolated }

// Answers implements objective.Answering.
func (f *answered) Answers(ctx context.Context, points [][]float64, values []float64, answers []objective.Answer) error {
	if err := objective.CheckAnswers(f.Space(), points, values, answers); err != nil {
		return err
	}
	if err := f.Evaluate(ctx, points, values); err != nil {
		return err
	}
	for i, p := range points {
		answers[i] = f.m.Answers[f.m.nearest(p)]
	}
	return nil
}

// Top1 implements verify.Answerer.
func (f *answered) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	if len(right) != len(points) {
		return fmt.Errorf("%d elements for the answers at %d points: the lengths must be equal", len(right), len(points))
	}
	answers := make([]objective.Answer, len(points))
	if err := f.Answers(ctx, points, values, answers); err != nil {
		return err
	}
	for i, a := range answers {
		right[i] = a.Right()
	}
	return nil
}
