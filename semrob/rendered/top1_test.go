package rendered_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

var (
	_ verify.Answerer     = (*rendered.Objective)(nil)
	_ objective.Answering = (*rendered.Objective)(nil)
)

// TestAnswersComeWithTheValues: class 1 has the probability azimuth/360 of two
// classes, so it is the answer beyond 180°, and class 0 also at 180°.
func TestAnswersComeWithTheValues(t *testing.T) {
	points := append(grid(70), []float64{180, 0})
	for class := range 2 {
		f, views, _ := newObjective(class, 16)
		values, right, want := make([]float64, len(points)), make([]bool, len(points)), make([]float64, len(points))
		if err := f.Top1(context.Background(), points, values, right); err != nil {
			t.Fatal(err)
		}
		if n := int(views.views.Load()); n != len(points) {
			t.Errorf("%d views were rendered for %d points", n, len(points))
		}
		if err := f.Evaluate(context.Background(), points, want); err != nil {
			t.Fatal(err)
		}
		for i, p := range points {
			if values[i] != want[i] || right[i] != (p[0] > 180 == (class == 1)) {
				t.Errorf("class %d at %v: f = %g, right %t; Evaluate says %g", class, p, values[i], right[i], want[i])
			}
		}
	}
	f, _, _ := newObjective(2, 0)
	if err := f.Top1(context.Background(), points[:1], make([]float64, 1), make([]bool, 1)); err == nil || !strings.Contains(err.Error(), "class 2") {
		t.Errorf("class 2 of 2: error %v", err)
	}
	if err := f.Top1(context.Background(), points[:1], make([]float64, 1), nil); err == nil || !strings.Contains(err.Error(), "0 elements") {
		t.Errorf("no room for answers: error %v", err)
	}
}

// three gives class 0 the fraction 0.4, and classes 1 and 2 shares of the rest that
// change with the azimuth.
type three struct{ seen int }

func (n *three) Probabilities(_ context.Context, images []float32, batch int) ([]float32, error) {
	n.seen += batch
	out := make([]float32, 3*batch)
	for i := range batch {
		p := 0.6 * images[3*i] / 360
		out[3*i], out[3*i+1], out[3*i+2] = 0.4, p, 0.6-p
	}
	return out, nil
}

// TestASetOfClasses: f is the sum over the set, right is a first answer in the set:
// class 1 beyond 240° and class 2 before 120°.
func TestASetOfClasses(t *testing.T) {
	network := &three{}
	f := &rendered.Objective{
		Renderer: &angles{}, Network: network, Class: 0, Classes: []int{1, 2}, Batch: 7,
		Base: render.DefaultScene(), Domain: objective.Viewpoints(),
	}
	points := grid(50)
	values, answers := make([]float64, len(points)), make([]objective.Answer, len(points))
	if err := f.Answers(t.Context(), points, values, answers); err != nil {
		t.Fatal(err)
	}
	if network.seen != len(points) {
		t.Errorf("%d views were classified for %d points", network.seen, len(points))
	}
	also, right := make([]float64, len(points)), make([]bool, len(points))
	if err := f.Top1(t.Context(), points, also, right); err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		want := p[0] < 120 || p[0] > 240
		if math.Abs(values[i]-0.6) > 1e-6 || values[i] != also[i] || answers[i].Right() != want || right[i] != want {
			t.Errorf("at %v: f = %g and %g, right %t and %t, want 0.6 and %t", p, values[i], also[i], answers[i].Right(), right[i], want)
		}
		if !want && (answers[i].Top[0] != 0 || answers[i].Rank != 2 || answers[i].Top[3] != -1) {
			t.Errorf("at %v: %+v, want class 0 first and rank 2", p, answers[i])
		}
	}
	if err := f.Answers(t.Context(), points, values, answers[1:]); err == nil {
		t.Error("too few answers are accepted")
	}
	f.Classes = []int{1, 3}
	if err := f.Evaluate(t.Context(), points, values); err == nil || !strings.Contains(err.Error(), "class 3") {
		t.Errorf("class 3 of 3: error %v", err)
	}
}

// TestAnswersOfSeveralObjects: objects of one network get their answers from shared
// batches.
func TestAnswersOfSeveralObjects(t *testing.T) {
	network := &halves{}
	var requests []objective.Request
	for n, class := range []int{1, 0, 1} {
		points := grid(5 + 4*n)
		f := &rendered.Objective{Renderer: &angles{}, Network: network, Class: class, Batch: 8, Base: render.DefaultScene(), Domain: objective.Viewpoints()}
		r := objective.Request{Objective: f, Points: points, Values: make([]float64, len(points))}
		if n != 1 { // answers of some only
			r.Answers = make([]objective.Answer, len(points))
		}
		requests = append(requests, r)
	}
	if err := objective.EvaluateAll(t.Context(), requests); err != nil {
		t.Fatal(err)
	}
	if network.calls != 4 || network.seen != 27 {
		t.Errorf("%d calls for %d views, want 4 for 27 in batches of 8", network.calls, network.seen)
	}
	for n, r := range requests {
		for i, a := range r.Answers {
			if a.Right() != (r.Points[i][0] > 180) || math.Abs(float64(a.P[0]+a.P[1])-1) > 1e-6 {
				t.Errorf("object %d at %v: %+v", n, r.Points[i], a)
			}
		}
	}
}
