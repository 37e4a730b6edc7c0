package calibrate_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }

// TestByHand: two objects of four views, in bins of a quarter.
func TestByHand(t *testing.T) {
	a := calibrate.Object{Views: []calibrate.View{{0.9, true}, {0.8, false}, {0.4, true}, {1, true}}}
	b := calibrate.Object{Views: []calibrate.View{{0.3, false}, {0.95, true}, {0.6, false}, {0.6, true}}}
	r, err := calibrate.Of(calibrate.Options{Bins: 4}, a, b)
	if err != nil {
		t.Fatal(err)
	}
	// Bins: 0.25…0.5: 0.4 right, 0.3 wrong; 0.5…0.75: 0.6 wrong, 0.6 right; 0.75…1: 0.9,
	// 1 and 0.95 right, 0.8 wrong.
	if got := []int{r.Bins[0].Views, r.Bins[1].Views, r.Bins[2].Views, r.Bins[3].Views}; !slices.Equal(got, []int{0, 2, 2, 4}) {
		t.Fatalf("bins of %v views", got)
	}
	if !near(r.Bins[1].Sure, 0.35) || !near(r.Bins[1].Right.Value, 0.5) || r.Bins[2].Objects != 1 || !near(r.Bins[3].Right.Value, 0.75) {
		t.Errorf("bins %+v", r.Bins)
	}
	if want := (0.3 + 0.2 + 0.65) / 8; !near(r.ECE.Value, want) {
		t.Errorf("ECE %g, want %g", r.ECE.Value, want)
	}
	if !near(r.Sure.Value, 5.55/8) || !near(r.Right.Value, 5./8) || !near(r.Over.Value, 0.55/8) {
		t.Errorf("confidence %g, right %g, over %g", r.Sure.Value, r.Right.Value, r.Over.Value)
	}
	if want := (0.01 + 0.64 + 0.36 + 0 + 0.09 + 0.0025 + 0.36 + 0.16) / 8; !near(r.Brier.Value, want) {
		t.Errorf("Brier %g, want %g", r.Brier.Value, want)
	}
	// Surest first: right, right, right, wrong, then a tie of half wrong, right, wrong.
	if want := (0 + 0 + 0 + 1./4 + 1.5/5 + 2./6 + 2./7 + 3./8) / 8; !near(r.AURC.Value, want) {
		t.Errorf("AURC %g, want %g", r.AURC.Value, want)
	}
	last := r.Risk[len(r.Risk)-1]
	if !near(last.Coverage, 1) || !near(last.Risk, 3./8) || !near(last.Threshold, 0.3) || !near(r.Risk[0].Risk, 0) {
		t.Errorf("risk %+v", r.Risk)
	}
}

// TestIntervalOfAMean: with equal numbers of views the jackknife's interval is
// Student's of the objects' means.
func TestIntervalOfAMean(t *testing.T) {
	draw := rand.New(rand.NewPCG(5, 6))
	var objects []calibrate.Object
	var means []float64
	for range 7 {
		o, right := calibrate.Object{}, 0.0
		for range 50 {
			v := calibrate.View{Confidence: draw.Float64(), Right: draw.Float64() < 0.3}
			if o.Views = append(o.Views, v); v.Right {
				right++
			}
		}
		objects, means = append(objects, o), append(means, right/50)
	}
	r, err := calibrate.Of(calibrate.Options{Confidence: 0.9}, objects...)
	if err != nil {
		t.Fatal(err)
	}
	mean, sd := stat.MeanStdDev(means, nil)
	half := distuv.StudentsT{Sigma: 1, Nu: 6}.Quantile(0.95) * sd / math.Sqrt(7)
	if !near(r.Right.Value, mean) || !near(r.Right.Lower, mean-half) || !near(r.Right.Upper, mean+half) {
		t.Errorf("right %s, want %g ± %g", r.Right, mean, half)
	}
}

// TestOneObjectHasNoInterval, and neither has nothing.
func TestOneObjectHasNoInterval(t *testing.T) {
	one := calibrate.Object{Views: []calibrate.View{{0.9, true}, {0.7, false}}}
	r, err := calibrate.Of(calibrate.Options{}, one, calibrate.Object{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Objects != 1 || !math.IsNaN(r.ECE.Lower) || !math.IsNaN(r.Right.Upper) || r.Right.Value != 0.5 || !near(r.ECE.Value, (0.1+0.7)/2) {
		t.Errorf("report %+v", r)
	}
	if strings.Contains(r.ECE.String(), "[") {
		t.Errorf("an interval of one object: %s", r.ECE)
	}
	for _, f := range []figure.Figure{r.Reliability(), r.RiskCurve()} {
		if _, _, err := figure.Size(f); err != nil {
			t.Error(err)
		}
	}
	if _, err := calibrate.Of(calibrate.Options{}); !errors.Is(err, calibrate.ErrNoViews) {
		t.Errorf("no objects: error %v", err)
	}
	for says, o := range map[string]calibrate.Options{"bins": {Bins: -1}, "confidence 1 ": {Confidence: 1}} {
		if _, err := calibrate.Of(o, one); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: error %v", o, err)
		}
	}
	one.Views[0].Confidence = math.NaN()
	if _, err := calibrate.Of(calibrate.Options{}, one); err == nil || !strings.Contains(err.Error(), "a probability is in 0…1") {
		t.Errorf("NaN: error %v", err)
	}
}

// TestAlong: the closed form of an object without a term of its own is exact in each
// band of the azimuth.
func TestAlong(t *testing.T) {
	m, err := semmap.Of(t.Context(), thing{over: 0.1}, thingGrid(40, 1000)...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := calibrate.Along(calibrate.Options{}, "azimuth", []float64{0, 180, 360}, m, m)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{0.5625, 0.6875} {
		band := b.Bands[k]
		if band.Views != 40000 || math.Abs(band.Sure.Value-want) > 1e-4 || math.Abs(band.Over.Value-0.1) > 1e-3 || band.Objects != 2 {
			t.Errorf("band %+v, want a confidence of %g", band, want)
		}
		// Every wrong view has a confidence above a half.
		if math.Abs(band.SureWrong.Value-(1-band.Right.Value)) > 1e-9 || band.SureWrong.Lower != band.SureWrong.Upper {
			t.Errorf("sure and wrong %s, right %s", band.SureWrong, band.Right)
		}
	}
	if len(b.Table().Rows) != 2 {
		t.Error("the table has other rows than bands")
	}
	if b, err = calibrate.Along(calibrate.Options{}, "elevation", nil, m); err != nil || len(b.Bands) != 3 || b.Bands[2].Right.Value != 0 {
		t.Errorf("the upper third is wrong everywhere: %+v, error %v", b, err)
	}
	for _, edges := range [][]float64{{1}, {2, 1}} {
		if _, err := calibrate.Along(calibrate.Options{}, "azimuth", edges, m); err == nil {
			t.Errorf("edges %v are accepted", edges)
		}
	}
	if _, err := calibrate.Along(calibrate.Options{}, "distance", nil, m); err == nil || !strings.Contains(err.Error(), "no such axis") {
		t.Errorf("distance: error %v", err)
	}
}

// TestMapOfOverconfidence: confidence where the view is wrong, confidence − 1 where it
// is right, mean over maps.
func TestMapOfOverconfidence(t *testing.T) {
	grid := thingGrid(8, 6)
	right, err := semmap.Of(t.Context(), thing{over: -0.5}, grid...) // right everywhere
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := semmap.Of(t.Context(), thing{over: 2}, grid...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := calibrate.Map(right, wrong)
	if err != nil {
		t.Fatal(err)
	}
	for j, azimuth := range f.XS {
		if c := 0.5 + 0.25*azimuth/360; math.Abs(f.Z[0][j]-(2*c-1)/2) > 1e-6 {
			t.Errorf("at %g°: %g, want %g", azimuth, f.Z[0][j], (2*c-1)/2)
		}
	}
	plain := *right
	plain.Answers = nil
	if _, err := calibrate.Map(&plain); !errors.Is(err, objective.ErrNoAnswers) {
		t.Errorf("a map without answers: error %v", err)
	}
	if _, err := calibrate.OfMaps(calibrate.Options{}); !errors.Is(err, calibrate.ErrNoViews) {
		t.Errorf("no map: error %v", err)
	}
}
