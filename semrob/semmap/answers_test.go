package semmap_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// pie is a classifier in closed form: the azimuth is divided into as many equal parts
// as there are classes, and the class of the part has the probability 0.6, or 0.4 from
// 50° of elevation on; the others share the rest.
type pie struct {
	classes, accepted int
	evaluations       int
	stopAfter         int // evaluations; 0 means never
}

func (f *pie) Space() objective.Space { return objective.Viewpoints() }

func (f *pie) first(u []float64) int { return int(u[0] / 360 * float64(f.classes)) }

func (f *pie) probabilities(u []float64) []float32 {
	p := make([]float32, f.classes)
	of := float32(0.6)
	if u[1] >= 50 {
		of = 0.4
	}
	for i := range p {
		p[i] = (1 - of) / float32(f.classes-1)
	}
	p[f.first(u)] = of
	return p
}

func (f *pie) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	return f.Answers(ctx, points, values, make([]objective.Answer, len(points)))
}

var errStop = errors.New("stopped")

func (f *pie) Answers(_ context.Context, points [][]float64, values []float64, answers []objective.Answer) error {
	if err := objective.CheckAnswers(f.Space(), points, values, answers); err != nil {
		return err
	}
	for i, u := range points {
		if f.stopAfter > 0 && f.evaluations == f.stopAfter {
			return errStop
		}
		f.evaluations++
		p := f.probabilities(u)
		var err error
		if answers[i], err = objective.AnswerOf(p, f.accepted); err != nil {
			return err
		}
		values[i] = float64(p[f.accepted])
	}
	return nil
}

func answersGrid(t *testing.T, azimuth, elevation string) []semmap.Samples {
	t.Helper()
	var axes []semmap.Samples
	for k, text := range []string{azimuth, elevation} {
		r, err := semmap.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := semmap.Sample(objective.Viewpoints()[k], r)
		if err != nil {
			t.Fatal(err)
		}
		axes = append(axes, s)
	}
	return axes
}

// TestMapsKeepAnswers: for no more evaluations than points, also through a file, with
// few and with very many classes.
func TestMapsKeepAnswers(t *testing.T) {
	for _, classes := range []int{3, 4, 6, 70_000} {
		f := &pie{classes: classes, accepted: classes - 1}
		m, err := semmap.Of(t.Context(), f, answersGrid(t, "0:360:30", "0:90:30")...)
		if err != nil {
			t.Fatal(err)
		}
		if f.evaluations != len(m.Z) || m.Answered() != len(m.Z) {
			t.Errorf("%d classes: %d evaluations and %d answers for %d points", classes, f.evaluations, m.Answered(), len(m.Z))
		}
		m.SetLabels(func(class int) string { return string(rune('A' + class%26)) })
		path := filepath.Join(t.TempDir(), "map.npz")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		again, err := semmap.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.Answers, again.Answers) || !reflect.DeepEqual(m.Labels, again.Labels) {
			t.Errorf("%d classes: the file has other answers", classes)
		}
		for i, a := range again.Answers {
			if u := m.Point(i); int(a.Top[0]) != f.first(u) || a.Right() != (f.first(u) == f.accepted) {
				t.Errorf("%d classes at %v: %+v", classes, u, a)
			}
		}
		archive, err := npz.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := append(m.Shape(), min(classes, 5)); !slices.Equal(archive["top"].Shape, want) || !slices.Equal(archive["top_p"].Shape, want) {
			t.Errorf("%d classes: top has the shape %v, want %v", classes, archive["top"].Shape, want)
		}
		_, small := archive["top"].Data.([]uint16)
		_, large := archive["top"].Data.([]uint32)
		if small == (classes > math.MaxUint16) || large != (classes > math.MaxUint16) {
			t.Errorf("%d classes: top is %T", classes, archive["top"].Data)
		}
	}
}

// TestInterruptedMapsKeepAnswers: what an interrupted computation left is continued
// from its file without asking again.
func TestInterruptedMapsKeepAnswers(t *testing.T) {
	axes := answersGrid(t, "0:360:20", "-10:90:20")
	whole, err := semmap.Of(t.Context(), &pie{classes: 7, accepted: 3}, axes...)
	if err != nil {
		t.Fatal(err)
	}
	f := &pie{classes: 7, accepted: 3, stopAfter: 33}
	m, err := semmap.New(axes...)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Compute(t.Context(), f, semmap.Options{Chunk: 10}); !errors.Is(err, errStop) {
		t.Fatalf("error %v", err)
	}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	if m, err = semmap.Read(file.Bytes()); err != nil || m.Answered() != 33 {
		t.Fatalf("%d answers after an interruption, error %v", m.Answered(), err)
	}
	f.stopAfter = 0
	if err := m.Compute(t.Context(), f, semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	if f.evaluations != len(m.Z) || !slices.Equal(m.Answers, whole.Answers) || !slices.Equal(m.Z, whole.Z) {
		t.Errorf("%d evaluations for %d points, or other answers", f.evaluations, len(m.Z))
	}
}

// TestAdaptiveMapsHaveAnswersWhereTheyAsked: predictions have none, and the map is
// no objective with answers.
func TestAdaptiveMapsHaveAnswersWhereTheyAsked(t *testing.T) {
	f := &pie{classes: 3, accepted: 0}
	m, err := semmap.New(answersGrid(t, "0:360:6", "-10:90:6")...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Adapt(t.Context(), f, semmap.AdaptiveOptions{MaxEvaluations: 200}); err != nil {
		t.Fatal(err)
	}
	for i, a := range m.Answers {
		if a.Known() != m.Evaluated[i] {
			t.Fatalf("point %d: answer known %t, evaluated %t", i, a.Known(), m.Evaluated[i])
		}
	}
	on, err := m.Objective()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := on.(verify.Answerer); ok || f.evaluations != m.Answered() {
		t.Errorf("an adaptive map tells answers between its points: %t; %d evaluations, %d answers", ok, f.evaluations, m.Answered())
	}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	if again, err := semmap.Read(file.Bytes()); err != nil || !slices.Equal(again.Answers, m.Answers) {
		t.Errorf("the file has other answers; error %v", err)
	}
}

func TestSummaryOfAnswers(t *testing.T) {
	m, err := semmap.Of(t.Context(), &pie{classes: 3, accepted: 1}, answersGrid(t, "0:360:10", "0:90:45")...)
	if err != nil {
		t.Fatal(err)
	}
	m.SetLabels(func(class int) string { return []string{"lamp", "pot", "vase"}[class] })
	if r := m.Right(); math.Abs(r-1./3) > 1e-12 {
		t.Errorf("right in %g of the views, want a third", r)
	}
	if r := m.RightWithin(func(u []float64) bool { return u[0] < 180 }); math.Abs(r-6./18) > 1e-12 {
		t.Errorf("right in %g of the first half, want 6 of 18 azimuths", r)
	}
	said := m.Said()
	if len(said) != 3 || said[0].Label != "lamp" || said[0].Right || !said[1].Right || said[2].Points != 24 || said[2].Share != 1./3 {
		t.Errorf("said %+v", said)
	}
	if m.ClassLabel(99) != "class 99" {
		t.Errorf("an unknown class is called %q", m.ClassLabel(99))
	}
}

// TestSlicesAndProjectionsKeepAnswers follows the answers through a map of three axes.
func TestSlicesAndProjectionsKeepAnswers(t *testing.T) {
	axes := answersGrid(t, "0:360:45", "0:90:30")
	m, err := semmap.Of(t.Context(), &pie{classes: 4, accepted: 2}, axes...)
	if err != nil {
		t.Fatal(err)
	}
	at60, err := m.Slice("elevation", 60)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range at60.Answers {
		if want := m.Answers[2*8+i]; a != want {
			t.Errorf("slice at %v: %+v, want %+v", at60.Point(i), a, want)
		}
	}
	worst, err := m.Project("elevation", semmap.ProjectMin)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range worst.Answers {
		row := 0 // where another class is first, f is least where that class is most probable
		if m.Answers[i].Right() {
			row = 2
		}
		if want := m.Answers[row*8+i]; a != want {
			t.Errorf("least at %v: %+v, want %+v", worst.Point(i), a, want)
		}
	}
	mean, err := m.Project("elevation", semmap.ProjectMean)
	if err != nil || mean.Answers != nil {
		t.Errorf("a mean over views has %d answers, error %v", len(mean.Answers), err)
	}
	thin, err := m.Every(2)
	if err != nil || thin.Answered() != len(thin.Z) || thin.Answers[1] != m.Answers[2] {
		t.Errorf("every second point: %d answers for %d points, error %v", thin.Answered(), len(thin.Z), err)
	}
}

// TestInterpolatedMapsAnswer: at the answer of the nearest sample, around the period.
func TestInterpolatedMapsAnswer(t *testing.T) {
	f := &pie{classes: 4, accepted: 0}
	m, err := semmap.Of(t.Context(), f, answersGrid(t, "0:360:10", "0:90:30")...)
	if err != nil {
		t.Fatal(err)
	}
	on, err := m.Objective()
	if err != nil {
		t.Fatal(err)
	}
	points := [][]float64{{3, 10}, {84, 29}, {86, 29}, {356, 80}, {354, 0}}
	values, right := make([]float64, len(points)), make([]bool, len(points))
	if err := on.(verify.Answerer).Top1(t.Context(), points, values, right); err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, true, false, true, false}; !slices.Equal(right, want) {
		t.Errorf("right %v at %v, want %v", right, points, want)
	}
}

// TestOlderFilesHaveNoAnswers: files without the arrays open, and say so when asked.
func TestOlderFilesHaveNoAnswers(t *testing.T) {
	m, err := semmap.Of(t.Context(), &objective.Func{Domain: objective.Viewpoints(), F: func([]float64) float64 { return 0.5 }},
		answersGrid(t, "0:360:90", "0:90:45")...)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	again, err := semmap.Read(file.Bytes())
	if err != nil || again.Answers != nil {
		t.Fatalf("%d answers of a formula, error %v", len(again.Answers), err)
	}
	if err := again.CheckAnswers(); !errors.Is(err, objective.ErrNoAnswers) {
		t.Errorf("error %v, want ErrNoAnswers", err)
	}
	if !math.IsNaN(again.Right()) || again.Said() != nil {
		t.Error("a map without answers has shares of answers")
	}
}

// TestDamagedAnswers: arrays that do not fit are errors, not wrong answers.
func TestDamagedAnswers(t *testing.T) {
	m, err := semmap.Of(t.Context(), &pie{classes: 3, accepted: 0}, answersGrid(t, "0:360:90", "0:90:45")...)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(npz.File){
		"no ranks":      func(f npz.File) { delete(f, "rank") },
		"short entropy": func(f npz.File) { f["entropy"] = npz.Array{Shape: []int{1}, Data: []float32{0}} },
		"flat top":      func(f npz.File) { f["top"] = npz.Array{Shape: []int{}, Data: []uint16{1}} },
		"probability":   func(f npz.File) { f["top_p"].Data.([]float32)[0] = nan32() },
		"many classes":  func(f npz.File) { f["top"] = npz.Array{Shape: append(m.Shape(), 6), Data: make([]uint16, 6*len(m.Z))} },
	} {
		var file, damaged bytes.Buffer
		if err := m.Write(&file); err != nil {
			t.Fatal(err)
		}
		f, err := npz.Read(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		damage(f)
		if err := f.Write(&damaged); err != nil {
			t.Fatal(err)
		}
		if _, err := semmap.Read(damaged.Bytes()); !errors.Is(err, semmap.ErrNotMap) {
			t.Errorf("%s: error %v, want ErrNotMap", name, err)
		}
	}
}

func nan32() float32 { return float32(math.NaN()) }
