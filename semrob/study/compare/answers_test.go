package compare_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// until answers class 0, which is right, up to an azimuth, then class 1 up to 300°,
// then class 2.
type until float64

func (until) Space() objective.Space { return objective.Viewpoints() }

func (u until) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	return u.Answers(ctx, points, values, make([]objective.Answer, len(points)))
}

func (u until) Answers(_ context.Context, points [][]float64, values []float64, answers []objective.Answer) error {
	for i, at := range points {
		p := []float32{1, 0, 0}
		switch {
		case at[0] < float64(u):
		case at[0] < 300:
			p = []float32{0, 1, 0}
		default:
			p = []float32{0, 0, 1}
		}
		values[i] = float64(p[0])
		answers[i], _ = objective.AnswerOf(p, 0)
	}
	return nil
}

// TestConfusions reads the maps of two objects of a class, one of another, and one
// without answers.
func TestConfusions(t *testing.T) {
	dir := t.TempDir()
	var axes []semmap.Samples
	for k, text := range []string{"0:360:30", "0:90:30"} {
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
	table := &results.Table{Space: objective.Viewpoints()}
	add := func(class string, f objective.Objective) {
		m, err := semmap.Of(t.Context(), f, axes...)
		if err != nil {
			t.Fatal(err)
		}
		m.SetLabels(func(class int) string { return []string{"chair", "stool", "lamp"}[class] })
		name := fmt.Sprintf("map%d.npz", len(table.Rows))
		if err := m.Save(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		for start := range 2 {
			table.Rows = append(table.Rows, results.Row{
				Network: "n", Object: name, Group: class, Method: "naive", Start: start, MapFile: name, Fraction: 0.1,
			})
		}
	}
	add("chair", until(180))
	add("chair", until(60))
	add("sofa", until(360))
	add("sofa", &objective.Func{Domain: objective.Viewpoints(), F: func([]float64) float64 { return 0 }})
	c, err := compare.New(table, compare.Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Confusions(dir)
	if err != nil {
		t.Fatal(err)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
	chair, sofa := all[0], all[1]
	if !near(chair.Right, (180.+60)/720) || chair.Objects != 2 || len(chair.Wrong) != 2 ||
		chair.Wrong[0].Label != "stool" || !near(chair.Wrong[0].Share, (120.+240)/720) || !near(chair.Wrong[1].Share, 1./6) {
		t.Errorf("chair: %+v", chair)
	}
	if sofa.Right != 1 || sofa.Objects != 1 || sofa.Without != 1 || sofa.Wrong != nil {
		t.Errorf("sofa: %+v", sofa)
	}
	if tab, err := c.Answers(dir); err != nil || len(tab.Rows) != 2 || tab.Rows[0][3] != "stool 50.0" || tab.Rows[1][8] != 1 {
		t.Errorf("table %v, error %v", tab, err)
	}
	if tab, err := c.Calibration(dir, calibrate.Options{}); err != nil || len(tab.Rows) != 1 || tab.Rows[0][0] != "n" || tab.Rows[0][7] != 3 {
		t.Errorf("calibration %v, error %v", tab, err)
	}
	table.Rows = table.Rows[6:]
	if c, err = compare.New(table, compare.Options{Resamples: 100}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Confusions(dir); !errors.Is(err, objective.ErrNoAnswers) {
		t.Errorf("no map has answers: error %v", err)
	}
	for i := range table.Rows {
		table.Rows[i].MapFile = ""
	}
	if c, err = compare.New(table, compare.Options{Resamples: 100}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Confusions(dir); !errors.Is(err, compare.ErrNoMaps) {
		t.Errorf("no maps: error %v", err)
	}
}
