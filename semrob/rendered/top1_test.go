package rendered_test

import (
	"context"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

var _ verify.Answerer = (*rendered.Objective)(nil)

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
