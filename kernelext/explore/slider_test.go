package explore

import (
	"encoding/json"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// changed is the teapot with user-defined parameters of the scene, the shape and the
// picture.
func changed() semrob.Subject {
	s := teapot
	s.Set = map[string]float64{"elevation": 20, "fog": 10}
	s.Parameters = []rendered.UserParameter{
		{Axis: objective.Axis{Name: "hour", Unit: "h", Min: 6, Max: 18}, Default: 12, Revision: "1", Scene: func(scene *render.Scene, value float64) {
			scene.Directional = 0.7 - math.Abs(value-12)/10
		}},
		{Axis: objective.Axis{Name: "stretch", Min: 0.5, Max: 2}, Default: 1, Revision: "1", Shape: func(vertices [][3]float32, value float64) {
			for i := range vertices {
				vertices[i][1] *= float32(value)
			}
		}},
		{Axis: objective.Axis{Name: "fog", Unit: "%", Max: 100}, Revision: "1", Picture: func(pixels []float32, _ int, percent float64) {
			for i, v := range pixels {
				pixels[i] = v + float32(percent/100)*(0.7-v)
			}
		}},
	}
	return s
}

// User-defined parameters have sliders over their domains, and the widget's answers are
// the views of the Lab.
func TestUserParametersHaveSliders(t *testing.T) {
	ctx, lab, subject := t.Context(), newLab(t), changed()
	w, err := newWidget(ctx, lab, subject, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []slider{
		{"hour", "h", "", 6, 18, 0.1, 12}, {"stretch", "", "", 0.5, 2, 0.01, 1}, {"fog", "%", "", 0, 100, 1, 10},
	}
	if n := len(want) + len(render.Parameters()); len(w.sliders) != n {
		t.Fatalf("%d sliders, want %d: the user-defined ones and the renderer's", len(w.sliders), n)
	}
	for i, s := range want {
		got := w.sliders[i]
		if got.Description == "" || math.Abs(got.Step-s.Step) > 1e-12 {
			t.Errorf("the slider %+v has no description, or another step than %g", got, s.Step)
		}
		if got.Description, got.Step = "", s.Step; got != s {
			t.Errorf("slider %+v, want %+v", got, s)
		}
	}
	if w.lens, err = newLens(ctx, lab, subject, w.space); err != nil {
		t.Fatal(err)
	}
	page, err := w.html()
	if err != nil || !strings.Contains(page, `{"name":"hour","unit":"h"`) {
		t.Errorf("the page has no slider for the hour (error %v)", err)
	}
	ask := func(values string) answer {
		t.Helper()
		q, err := readQuestion(`{"settled": true, "values": ` + values + `}`)
		if err != nil {
			t.Fatal(err)
		}
		text, err := w.answer(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	space, err := subject.ParseSpace("azimuth", "hour", "stretch", "fog")
	if err != nil {
		t.Fatal(err)
	}
	points := [][]float64{{40, 12, 1, 10}, {40, 7, 1, 10}, {40, 12, 1.5, 10}, {40, 12, 1, 60}}
	views, err := lab.Views(ctx, subject, objective.Points{Space: space, At: points})
	if err != nil {
		t.Fatal(err)
	}
	for i, values := range []string{`{"azimuth": 40}`, `{"azimuth": 40, "hour": 7}`, `{"azimuth": 40, "stretch": 1.5}`, `{"azimuth": 40, "fog": 60}`} {
		got := ask(values)
		if got.Error != "" || math.Abs(got.F-views[i].Value) > 1e-5 || got.Top[0].Label != views[i].Top[0].Label {
			t.Errorf("%s is answered with f = %g, %v %s; the Lab has %g", values, got.F, got.Top, got.Error, views[i].Value)
		}
		if i > 0 && math.Abs(views[i].Value-views[0].Value) < 1e-4 {
			t.Errorf("%s changes nothing, so the test proves nothing", values)
		}
	}
	if caption := w.visited[3].Caption; caption != "fog 60%, azimuth 40°" {
		t.Errorf("the caption is %q", caption)
	}
	if a := ask(`{"hour": 19}`); !strings.Contains(a.Error, "hour") {
		t.Errorf("an hour outside its domain is answered with %+v", a)
	}
}

func TestStepsAreFine(t *testing.T) {
	for width, want := range map[float64]float64{1: 0.01, 12: 0.1, 100: 1, 240: 1, 0.5: 0.001, 1e4: 100} {
		if got := stepOf(width); math.Abs(got-want) > 1e-9*want {
			t.Errorf("a range of %g has steps of %g, want %g", width, got, want)
		}
	}
}

// An image covers the colour of the background, so that has no sliders.
func TestNoSlidersBehindAnImage(t *testing.T) {
	subject := teapot
	subject.Background = filepath.Join(t.TempDir(), "street.png")
	file, err := os.Create(subject.Background)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	lab := newLab(t)
	w, err := newWidget(t.Context(), lab, subject, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w.space.Index("background-r") >= 0 || len(w.sliders) != len(render.Parameters())-3 {
		t.Errorf("the sliders are %+v", w.sliders)
	}
	if _, err := newLens(t.Context(), lab, subject, w.space); err != nil {
		t.Error(err)
	}
}
