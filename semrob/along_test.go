package semrob_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// counted counts the calls of a progress.
type counted struct{ starts, total, steps, ends int }

func (c *counted) Start(total int, _ string) { c.starts++; c.total += total }
func (c *counted) Add(n int)                 { c.steps += n }
func (c *counted) Done()                     { c.ends++ }

func TestAlong(t *testing.T) {
	ctx, lab, calls := t.Context(), newLab(t), 0
	s := teapot
	s.Set = map[string]float64{"azimuth": 40, "elevation": 25}
	s.Parameters = []rendered.UserParameter{brightness(&calls)}
	seen := &counted{}
	lab.Progress = seen
	maps, err := lab.Along(ctx, s, 4, "distance", "brightness")
	if err != nil {
		t.Fatal(err)
	}
	if len(maps) != 2 || !slices.Equal(maps[0].Axes[0].Values, []float64{1.5, 2.625, 3.75, 4.875}) || maps[1].Axes[0].Name != "brightness" {
		t.Fatalf("got %d maps, the first over %v", len(maps), maps[0].Axes[0].Values)
	}
	views, err := lab.Views(ctx, s, objective.Points{Space: space(t, "distance"), At: [][]float64{{2.625}}})
	if err != nil {
		t.Fatal(err)
	}
	if d := maps[0].Z[1] - views[0].Value; math.Abs(d) > 1e-5 {
		t.Errorf("f at the distance 2.625 is %g, its view has %g", maps[0].Z[1], views[0].Value)
	}
	lab.Progress = nil
	if *seen != (counted{starts: 1, total: 8, steps: 8, ends: 1}) {
		t.Errorf("the progress is %+v, want one piece of work of 8 steps", *seen)
	}
	if _, err := lab.Along(ctx, s, 4, "moon"); err == nil {
		t.Error("an unknown parameter is taken")
	}
	if _, err := lab.Along(ctx, s, 0); err == nil {
		t.Error("0 values are taken")
	}
}

func TestParametersAndPointOfASubject(t *testing.T) {
	calls := 0
	s := teapot
	s.Set = map[string]float64{"elevation": 25}
	s.Parameters = []rendered.UserParameter{brightness(&calls)}
	names := semrob.ParametersOf(s)
	if names[0] != "brightness" || !slices.Contains(names, "background-r") {
		t.Errorf("the parameters are %v", names)
	}
	on, err := s.ParseSpace("elevation", "brightness", "ambient")
	if err != nil {
		t.Fatal(err)
	}
	if point, err := semrob.PointOf(s, on); err != nil || !slices.Equal(point, []float64{25, 100, 0.5}) {
		t.Errorf("the subject stands at %v (error %v)", point, err)
	}
	s.Background = "street.png"
	if slices.Contains(semrob.ParametersOf(s), "background-r") {
		t.Error("the colour behind an image can move")
	}
	if _, err := semrob.PointOf(s, objective.Space{{Name: "moon", Max: 1}}); err == nil {
		t.Error("an unknown axis has a value")
	}
}

// The slopes of a parameter of the light are those of differences; tangents go through
// f.
func TestSlopes(t *testing.T) {
	ctx, lab, calls := t.Context(), newLab(t), 0
	s := teapot
	s.Set = map[string]float64{"azimuth": 40, "elevation": 25}
	points := objective.Points{Space: space(t, "ambient", "distance"), At: [][]float64{{0.4, 2.7}, {0.6, 2.7}}}
	got, err := lab.Slopes(ctx, s, points, 0.005, 0.0002)
	if err != nil {
		t.Fatal(err)
	}
	for i := range points.At {
		if a, b := got.Gradient[i][0], got.Differences[1][i][0]; math.Abs(a-b) > 0.05*math.Abs(b)+1e-3 {
			t.Errorf("point %d: the gradient along ambient is %g, differences give %g", i, a, b)
		}
	}
	bars, err := got.Bars(0, "ambient")
	if err != nil {
		t.Fatal(err)
	}
	if len(bars.Series) != 3 || len(bars.Series[0].Values) != 1 || bars.Series[0].Values[0] != 0.01*got.Gradient[0][0] {
		t.Errorf("the bars are %+v", bars.Series)
	}
	line, err := got.Tangents("ambient", 0.1)
	if err != nil {
		t.Fatal(err)
	}
	if rise := (line.Y[1] - line.Y[0]) / 0.2; math.Abs(rise-got.Gradient[0][0]) > 1e-9 || !math.IsNaN(line.Y[2]) || len(line.X) != 6 {
		t.Errorf("the tangents are %+v", line)
	}
	if _, err := got.Bars(0, "roll"); err == nil {
		t.Error("an axis of another space has bars")
	}
	if _, err := got.Tangents("roll", 1); err == nil {
		t.Error("an axis of another space has tangents")
	}

	s.Parameters = []rendered.UserParameter{brightness(&calls)}
	s.Parameters[0].Scene, s.Parameters[0].Picture = nil, func([]float32, int, float64) {}
	if _, err := lab.Slopes(ctx, s, points); !errors.Is(err, objective.ErrNoGradient) {
		t.Errorf("a parameter that changes the picture gives %v, want ErrNoGradient", err)
	}
}
