package rendered_test

import (
	"context"
	"errors"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// thirds answers class 1 with a third of azimuth/360, unlike halves.
type thirds struct {
	seen int
	fail error
}

func (d *thirds) Probabilities(ctx context.Context, scenes []render.Scene) ([]float32, error) {
	d.seen += len(scenes)
	var all []float32
	for _, s := range scenes {
		p := float32(s.Azimuth / 360 / 3)
		all = append(all, 1-p, p)
	}
	return all, d.fail
}

func TestDirectAnswersTakeThePlaceOfPictures(t *testing.T) {
	space := objective.Space{{Name: "azimuth", Min: 0, Max: 360, Periodic: true}}
	network, quick := &halves{}, &thirds{}
	plain := &rendered.Objective{Renderer: &angles{}, Network: network, Class: 1, Base: render.DefaultScene(), Domain: space}
	direct := &rendered.Objective{Renderer: &angles{}, Network: network, Class: 1, Base: render.DefaultScene(), Domain: space, Direct: quick}
	points := [][]float64{{90}, {180}}
	first, second := make([]float64, 2), make([]float64, 2)
	err := plain.EvaluateShared(t.Context(), []objective.Request{
		{Objective: direct, Points: points, Values: second},
		{Objective: plain, Points: points, Values: first},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		want := p[0] / 360
		if first[i] != float64(float32(want)) || second[i] != float64(float32(want/3)) {
			t.Errorf("azimuth %g: %g by pictures, %g directly, want %g and %g", p[0], first[i], second[i], want, want/3)
		}
	}
	if network.seen != 2 || quick.seen != 2 {
		t.Errorf("the network saw %d pictures, %d views were answered directly, want 2 each", network.seen, quick.seen)
	}
	all, err := direct.Probabilities(t.Context(), points)
	if err != nil || len(all) != 2 || len(all[0]) != 2 || all[1][1] != float32(1)/6 {
		t.Errorf("the probabilities of all classes: %v, %v", all, err)
	}
	quick.fail = errors.New("no device")
	if err := direct.Evaluate(t.Context(), points, second); !errors.Is(err, quick.fail) {
		t.Errorf("a failure: %v", err)
	}
}
