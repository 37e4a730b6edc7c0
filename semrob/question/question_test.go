package question_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/subject"
	"github.com/semrob/gonb-semrob/semrob/verify"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// questions returns a complete question of each kind in files.
func questions(t *testing.T) map[string]question.Question {
	t.Helper()
	axes, err := subject.ParseGrid("azimuth=0:360:90", "elevation=0:90:30")
	if err != nil {
		t.Fatal(err)
	}
	exact, adaptive := &question.Map{Axes: axes}, &question.Map{Axes: axes, Adaptive: &semmap.AdaptiveOptions{Seed: 1 << 60}}
	adaptive.Complete()
	regions := &question.Regions{Method: question.RegionMethod{Method: region.OIRW{Beta: 0.002}}, Starts: [][]float64{{130, 30}}}
	onMap := &question.Regions{Starts: [][]float64{{130, 30}}, OnMap: &question.OnMap{Map: exact, File: &subject.File{Path: "map.npz", Hash: "0"}}}
	for _, q := range []*question.Regions{regions, onMap} {
		if err := q.Complete(objective.Viewpoints()); err != nil {
			t.Fatal(err)
		}
	}
	search := &question.Worst{Within: &region.Bounds{A: []float64{0, 0}, B: []float64{90, 30}}, Method: question.WorstMethod{Method: worst.Gradient{Starts: 3}}}
	search.Complete()
	verified := &question.Verify{Options: verify.Options{Samples: 8}}
	verified.Complete(objective.Viewpoints())
	sensitivities := &question.Sensitivity{Settings: sensitivity.Settings{Gradients: 32, Groups: []sensitivity.Factor{{Name: "view", Axes: []string{"azimuth"}}}}}
	if err := sensitivities.Complete(objective.Viewpoints()); err != nil {
		t.Fatal(err)
	}
	slices := &question.Slices{Settings: slice.Settings{Criterion: verify.Criterion{Threshold: 0.3}}}
	if err := slices.Complete(); err != nil {
		t.Fatal(err)
	}
	distribution := &question.Distribution{Within: &region.Bounds{A: []float64{0, 0}, B: []float64{90, 30}}}
	distribution.Complete()
	return map[string]question.Question{
		"sensitivity": sensitivities, "slices": slices, "distribution": distribution,
		"map": exact, "adaptive map": adaptive, "regions": regions, "regions on a map": onMap, "worst": search, "verification": verified,
		"certificates": &question.Certify{Points: [][]float64{{40, 30}}, Options: verify.CertifyOptions{Sigma: []float64{5, 5}}},
	}
}

func TestRecordsSurviveJSON(t *testing.T) {
	d := subject.Description{Subject: subject.Subject{Mesh: "teapot", Network: "n", Preprocess: "standard"}, Space: objective.Viewpoints(), Gradients: &rendered.HalfADegree}
	for name, q := range questions(t) {
		t.Run(name, func(t *testing.T) {
			record := question.NewRecord(&d, q)
			record.Device = "cpu"
			if smoothed := record.Gradients != nil; smoothed != q.UsesGradient() {
				t.Errorf("the record has gradients: %t, the question uses them: %t", smoothed, q.UsesGradient())
			}
			text, err := record.JSON()
			if err != nil {
				t.Fatal(err)
			}
			again, err := question.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if reflect.TypeOf(again.Question) != reflect.TypeOf(q) || again.Device != "cpu" || again.Mesh != "teapot" {
				t.Errorf("%+v after reading, want %+v", again, record)
			}
			key, err := record.Key()
			if err != nil {
				t.Fatal(err)
			}
			if other, err := again.Key(); err != nil || other != key {
				t.Errorf("the key changed: error %v", err)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "no kind": "{}", "unknown kind": `{"kind": "poem", "question": {}}`, "no question": `{"kind": "map"}`,
		"views": `{"kind": "views", "question": {"points": []}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := question.Parse(text); !errors.Is(err, question.ErrNoRecord) {
				t.Errorf("error %v, want ErrNoRecord", err)
			}
		})
	}
}

func TestCompleteChecksRegions(t *testing.T) {
	for name, q := range map[string]question.Regions{
		"start off the domain":  {Starts: [][]float64{{0, 95}}},
		"start of one number":   {Starts: [][]float64{{0}}},
		"negative step":         {GradientStep: -0.01},
		"step beyond its limit": {GradientStep: 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			if err := q.Complete(objective.Viewpoints()); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestEachHasItsOwnSeed(t *testing.T) {
	box := region.Bounds{A: []float64{0, 0}, B: []float64{1, 1}}
	v := &question.Verify{Regions: []region.Bounds{box, box}, Options: verify.Options{Seed: 7}}
	c := &question.Certify{Points: [][]float64{{0, 0}, {1, 1}}, Options: verify.CertifyOptions{Seed: 7}}
	if a, b := v.Each(), c.Each(); len(a) != 2 || a[1].Options.Seed != 8 || len(b) != 2 || b[1].Options.Seed != 8 || b[1].Points[0][0] != 1 {
		t.Errorf("%+v, %+v", a[1], b[1])
	}
	if _, err := v.Answer(t.Context(), nil, nil); err == nil {
		t.Error("two regions were verified in one call")
	}
}
