package predict

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
)

// Score is the accuracy of a predictor on unseen objects.
type Score struct {
	// Name is the predictor's name.
	Name string
	// RMSE and MAE are the root mean squared and the mean absolute error, in
	// percentage points.
	RMSE, MAE float64
	// R2 is 1 − its squared error over that of the mean of the training objects: 1 is
	// perfect, 0 equals the mean, below 0 is worse than the mean; NaN if the mean has
	// no error because all regions are equal.
	R2 float64
	// Gain is the squared error of the mean minus its own, in points² per run, with a
	// 95 % interval over objects (see compare.Mean).
	Gain compare.Interval
}

// Report is the result of a cross-validation.
type Report struct {
	// Scores are those of the network, then of the means.
	Scores []Score
	// Predicted is the network's prediction for each run in percent, by the fold that
	// was not trained on its object.
	Predicted []float64
	// Learnt and Held are the training curves: the mean squared errors on training and
	// held-out objects, in units of the variance, before each step and after the last.
	Learnt, Held []float64
	// Folds, Objects and Runs are the numbers of folds, objects and runs.
	Folds, Objects, Runs int
}

// Names of the predictors.
const (
	networkName = "network (MLP)"
	meanName    = "mean"
	classMean   = "mean of the class"
	groupMean   = "mean of network and method"
	tableMean   = "mean of class, network and method"
)

// leastObjects is the smallest number of objects for a cross-validation.
const leastObjects = 4

// CrossValidate predicts the objects of each fold by training on all other folds.
// Equal data and options give equal reports on the same backend. show may be nil. Too
// few objects or folds are ErrTooFew.
func CrossValidate(ctx context.Context, d *Data, o Options, show progress.Progress) (*Report, error) {
	o = o.withDefaults()
	fold, objects := folds(d, o)
	o.Folds = min(o.Folds, objects)
	if objects < leastObjects || o.Folds < 2 {
		return nil, fmt.Errorf("predicting SRVR: %d objects in %d folds: %w", objects, o.Folds, ErrTooFew)
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, err
	}
	data, centre, scale := standardised(d, fold, o.Folds)
	out, learnt, held, err := fit(ctx, b.Compute, data, o, show)
	if err != nil {
		return nil, err
	}
	r := &Report{Predicted: make([]float64, len(d.Y)), Learnt: learnt, Held: held, Folds: o.Folds, Objects: objects, Runs: len(d.Y)}
	for i, f := range fold {
		p := centre[f] + scale[f]*float64(out[f*len(d.Y)+i])
		r.Predicted[i] = min(max(p, 0), 100)
	}
	mean := means(d, fold, o.Folds, func(int) string { return "" })
	r.Scores = []Score{
		score(networkName, d, r.Predicted, mean),
		score(meanName, d, mean, mean),
		score(classMean, d, means(d, fold, o.Folds, func(i int) string { return d.Class[i] }), mean),
		score(groupMean, d, means(d, fold, o.Folds, func(i int) string { return d.Network[i] + "\x00" + d.Method[i] }), mean),
		score(tableMean, d, means(d, fold, o.Folds, func(i int) string { return d.Class[i] + "\x00" + d.Network[i] + "\x00" + d.Method[i] }), mean),
	}
	return r, nil
}

// folds returns the fold of every run and the number of objects. All runs of an object
// are in one fold; objects of a class are spread over the folds.
func folds(d *Data, o Options) (fold []int, objects int) {
	classOf := map[string]string{}
	var list []string
	for i, object := range d.Object {
		if _, ok := classOf[object]; !ok {
			list = append(list, object)
		}
		classOf[object] = d.Class[i]
	}
	slices.Sort(list)
	random := rand.New(rand.NewPCG(o.Seed, 0xf01d))
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(classOf[a], classOf[b]) })
	n := min(o.Folds, len(list))
	of := map[string]int{}
	for i, object := range list {
		of[object] = i % n
	}
	for _, object := range d.Object {
		fold = append(fold, of[object])
	}
	return fold, len(list)
}

// standardised scales features and targets to mean 0 and variance 1 over the training
// examples of each fold. It returns the centres and scales of the targets, [fold].
func standardised(d *Data, fold []int, n int) (b batch, centre, scale []float64) {
	b = batch{folds: n, examples: len(d.Y), features: len(d.Features)}
	b.x = make([]float32, n*b.examples*b.features)
	b.y, b.learns = make([]float32, n*b.examples), make([]float32, n*b.examples)
	centre, scale = make([]float64, n), make([]float64, n)
	for f := range n {
		learns := func(i int) bool { return fold[i] != f }
		at := f * b.examples
		centre[f], scale[f] = moments(b.examples, learns, func(i int) float64 { return d.Y[i] })
		for i, y := range d.Y {
			b.y[at+i] = float32((y - centre[f]) / scale[f])
			if learns(i) {
				b.learns[at+i] = 1
			}
		}
		for k := range b.features {
			c, s := moments(b.examples, learns, func(i int) float64 { return d.X[i][k] })
			for i := range d.X {
				b.x[(at+i)*b.features+k] = float32((d.X[i][k] - c) / s)
			}
		}
	}
	return b, centre, scale
}

// moments returns the mean and the standard deviation of the values that count; a
// deviation of 0 is replaced by 1.
func moments(n int, counts func(int) bool, value func(int) float64) (mean, std float64) {
	sum, squares, count := 0.0, 0.0, 0.0
	for i := range n {
		if counts(i) {
			sum, count = sum+value(i), count+1
		}
	}
	mean = sum / count
	for i := range n {
		if counts(i) {
			squares += (value(i) - mean) * (value(i) - mean)
		}
	}
	if std = math.Sqrt(squares / count); std < 1e-9 {
		std = 1
	}
	return mean, std
}

// means predicts each run by the mean of its fold's training runs with the same key,
// or of all training runs if there are none.
func means(d *Data, fold []int, n int, key func(i int) string) []float64 {
	out := make([]float64, len(d.Y))
	for f := range n {
		sums, counts := map[string]float64{}, map[string]float64{}
		all, count := 0.0, 0.0
		for i, y := range d.Y {
			if fold[i] != f {
				sums[key(i)] += y
				counts[key(i)]++
				all, count = all+y, count+1
			}
		}
		for i := range d.Y {
			if fold[i] != f {
				continue
			}
			if out[i] = all / count; counts[key(i)] > 0 {
				out[i] = sums[key(i)] / counts[key(i)]
			}
		}
	}
	return out
}

func score(name string, d *Data, predicted, mean []float64) Score {
	s := Score{Name: name}
	squares, absolute, baseline := 0.0, 0.0, 0.0
	at := map[string]int{}
	var gains [][]float64
	for i, y := range d.Y {
		e, m := predicted[i]-y, mean[i]-y
		squares, absolute, baseline = squares+e*e, absolute+math.Abs(e), baseline+m*m
		if _, ok := at[d.Object[i]]; !ok {
			at[d.Object[i]] = len(gains)
			gains = append(gains, nil)
		}
		gains[at[d.Object[i]]] = append(gains[at[d.Object[i]]], m*m-e*e)
	}
	n := float64(len(d.Y))
	s.RMSE, s.MAE, s.R2 = math.Sqrt(squares/n), absolute/n, 1-squares/baseline
	if baseline/n < 1e-12 {
		s.R2 = math.NaN()
	}
	s.Gain = compare.Mean(gains, compare.DefaultResamples, 0)
	return s
}

// Table returns the scores as a table.
func (r *Report) Table() *figure.Table {
	t := &figure.Table{
		Caption: fmt.Sprintf("Predicting SRVR of unseen objects: %d runs on %d objects, %d-fold cross-validation by object; "+
			"gain is the squared error of the mean minus that of the predictor, with a 95 %% interval over objects.", r.Runs, r.Objects, r.Folds),
		Headers: []string{"predictor", "RMSE, points", "MAE, points", "R²", "gain, points²"},
	}
	for _, s := range r.Scores {
		t.Rows = append(t.Rows, []any{s.Name, figure.Quantity{Value: s.RMSE, Decimals: 2}, figure.Quantity{Value: s.MAE, Decimals: 2},
			figure.Quantity{Value: s.R2, Decimals: 3}, s.Gain.Quantity(1)})
	}
	return t
}

// Curve returns the training curves.
func (r *Report) Curve() *figure.Profile {
	epochs := make([]float64, len(r.Learnt))
	high := 0.0
	for i := range epochs {
		epochs[i] = float64(i)
		high = max(high, r.Learnt[i], r.Held[i])
	}
	return &figure.Profile{
		Title:    "Predicting SRVR",
		Subtitle: fmt.Sprintf("mean over %d folds of %d objects; 1 is the error of the mean", r.Folds, r.Objects),
		Label:    "squared error / variance",
		X:        figure.Axis{Name: "epoch", Max: float64(len(epochs) - 1)},
		Series:   []figure.Series{{Name: "objects trained on", X: epochs, Y: r.Learnt}, {Name: "objects held out", X: epochs, Y: r.Held}},
		High:     min(high, 2),
	}
}
