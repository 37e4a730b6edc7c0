package semrob_test

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/store"
	"github.com/semrob/gonb-semrob/semrob/verify"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// TestVerifiedCertifiedAndWorstAreKept asks twice, the second time a Lab that
// has the folder of results only, and compares with the views.
func TestVerifiedCertifiedAndWorstAreKept(t *testing.T) {
	ctx, lab := context.Background(), newLab(t)
	again := &semrob.Lab{Store: &store.Store{Dir: lab.Store.Dir}, Progress: refusing{t}, Warn: func(s string) { t.Error(s) }}
	box := region.Bounds{A: []float64{20, 10}, B: []float64{60, 40}}

	verifyOptions := semrob.VerifyOptions{Regions: []region.Bounds{box, box}, Options: verify.Options{Samples: 12, Points: 8}}
	twice(t, again, lab, func(l *semrob.Lab) ([]*verify.Report, error) { return l.Verify(ctx, teapot, verifyOptions) }, func(reports []*verify.Report) {
		if len(reports) != 2 || reports[0].Evaluations < 20 || reports[0].Top1 == nil {
			t.Fatalf("reports %+v", reports)
		}
		if reflect.DeepEqual(reports[0].Minimum, reports[1].Minimum) {
			t.Error("two regions were verified at the same points: their bounds are not independent")
		}
		checkValue(t, lab, reports[0].Minimum.Point, reports[0].Minimum.Value)
	})

	certifyOptions := semrob.CertifyOptions{Points: objective.At([]float64{40, 30}), CertifyOptions: verify.CertifyOptions{Selection: 4, Estimation: 12}}
	twice(t, again, lab, func(l *semrob.Lab) ([]*verify.Certificate, error) {
		return l.Certify(ctx, teapot, certifyOptions)
	}, func(all []*verify.Certificate) {
		c := all[0]
		if c.Evaluations != 16 || c.Count > 12 {
			t.Errorf("certificate %+v", c)
		}
	})

	worstOptions := semrob.WorstOptions{Within: &box, Settings: worst.Settings{Evaluations: 24}}
	twice(t, again, lab, func(l *semrob.Lab) (*worst.Result, error) { return l.Worst(ctx, teapot, worstOptions) }, func(r *worst.Result) {
		if len(r.Values) != 24 || len(r.Points) != 24 || !box.Contains(r.Space, r.Point) {
			t.Fatalf("worst %+v", r)
		}
		for _, v := range r.Values {
			if v < r.Value {
				t.Errorf("the worst value is %g, but %g was seen", r.Value, v)
			}
		}
		checkValue(t, lab, r.Point, r.Value)
	})
}

// twice computes with one Lab, and asks another that must not compute.
func twice[T any](t *testing.T, again, first *semrob.Lab, ask func(*semrob.Lab) (T, error), check func(T)) {
	t.Helper()
	computed, err := ask(first)
	if err != nil {
		t.Fatal(err)
	}
	check(computed)
	kept, err := ask(again)
	if err != nil {
		t.Fatal(err)
	}
	check(kept)
}

func checkValue(t *testing.T, lab *semrob.Lab, point []float64, value float64) {
	t.Helper()
	views, err := lab.Views(context.Background(), teapot, objective.At(point))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(views[0].Value-value) > 1e-6 {
		t.Errorf("f at %v is %g, the view has %g", point, value, views[0].Value)
	}
}

// refusing is the progress of a Lab that must not compute anything.
type refusing struct{ t *testing.T }

func (r refusing) Start(_ int, title string) { r.t.Errorf("%s was computed again", title) }
func (r refusing) Add(int)                   { r.t.Error("something was computed again") }
func (r refusing) Done()                     {}
