// Package predict tries to tell the size of robust regions before they are
// grown (Hamdi & Ghanem 2020, supplement): a small network is trained on the
// start, the class, the method and the network of the runs of a study, and on
// the shape of the object where that is known.
//
//	data, err := predict.Examples(table, predict.Options{})
//	report, err := predict.CrossValidate(ctx, data, predict.Options{})
//	err = report.Table().WriteMarkdown(os.Stdout)
//
// Objects that are predicted were never trained on. The report stands beside
// means of the same training objects, for a network that does no better than
// these has learnt nothing.
package predict

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Options controls the prediction. The zero value is what the defaults say.
type Options struct {
	// Folds is the number of parts that the objects are split into; 0 means
	// DefaultFolds, or as many as there are objects where these are fewer.
	Folds int
	// Epochs is the number of steps of training, each on all examples; 0 means
	// DefaultEpochs. It is not chosen by the error on held-out objects.
	Epochs int
	// Hidden is the width of the two hidden layers; 0 means DefaultHidden.
	Hidden int
	// Rate is Adam's learning rate, Decay its weight decay; 0 means DefaultRate
	// and DefaultDecay.
	Rate, Decay float64
	// Seed decides the folds and the first weights.
	Seed uint64
	// InitialF adds f at the start, which costs one evaluation for a run.
	InitialF bool
	// Shapes are the features of the objects' meshes, by their hash in the table
	// (results.Row.MeshHash). Where there are any, every object needs them.
	Shapes map[string]mesh.ShapeFeatures
}

// Defaults of Options.
const (
	DefaultFolds  = 10
	DefaultEpochs = 400
	DefaultHidden = 32
	DefaultRate   = 0.01
	DefaultDecay  = 0.01
)

func (o Options) withDefaults() Options {
	o.Folds = cmp.Or(o.Folds, DefaultFolds)
	o.Epochs = cmp.Or(o.Epochs, DefaultEpochs)
	o.Hidden = cmp.Or(o.Hidden, DefaultHidden)
	o.Rate = cmp.Or(o.Rate, DefaultRate)
	o.Decay = cmp.Or(o.Decay, DefaultDecay)
	return o
}

// Data are the finished runs of a study as numbers.
type Data struct {
	// Features names the columns of X.
	Features []string
	// X is [run][feature], not standardised; Y the run's share of the domain in
	// percent.
	X [][]float64
	Y []float64
	// Object, Class, Network and Method say which run it was.
	Object, Class, Network, Method []string
	// LeftOut counts runs that are unfinished or lack a feature.
	LeftOut int
}

// Examples reads the finished runs of a table. A periodic axis of the start
// gives its sine and cosine, class, network and method one column for each of
// their names.
func Examples(t *results.Table, o Options) (*Data, error) {
	d := &Data{}
	classes, networks, methods := names(t, group), names(t, func(r results.Row) string { return r.Network }), names(t, func(r results.Row) string { return r.Method })
	for _, axis := range t.Space {
		if axis.Periodic {
			d.Features = append(d.Features, "sin "+axis.Name, "cos "+axis.Name)
			continue
		}
		d.Features = append(d.Features, axis.Name)
	}
	for _, list := range [][]string{classes, networks, methods} {
		d.Features = append(d.Features, list...)
	}
	if o.InitialF {
		d.Features = append(d.Features, "f at the start")
	}
	if len(o.Shapes) > 0 {
		d.Features = append(d.Features, mesh.ShapeFeatureNames()...)
	}
	for _, r := range t.Rows {
		var x []float64
		for k, axis := range t.Space {
			at := math.NaN()
			if k < len(r.StartPoint) {
				at = r.StartPoint[k]
			}
			if axis.Periodic {
				sin, cos := math.Sincos(2 * math.Pi * at / axis.Width())
				x = append(x, sin, cos)
				continue
			}
			x = append(x, at)
		}
		x = append(x, oneOf(classes, group(r))...)
		x = append(x, oneOf(networks, r.Network)...)
		x = append(x, oneOf(methods, r.Method)...)
		if o.InitialF {
			x = append(x, r.InitialF)
		}
		if len(o.Shapes) > 0 {
			shape, ok := o.Shapes[r.MeshHash]
			if !ok && r.Status != results.SetAside {
				return nil, fmt.Errorf("predicting SRVR: there is no mesh of the object %s (hash %.12s…) among those given: give the folder with the study's meshes, or none", r.Object, r.MeshHash)
			}
			x = append(x, shape.Vector()...)
		}
		if !finite(append(x, r.Fraction)) {
			d.LeftOut++
			continue
		}
		d.X, d.Y = append(d.X, x), append(d.Y, 100*r.Fraction)
		d.Object, d.Class = append(d.Object, r.Object), append(d.Class, group(r))
		d.Network, d.Method = append(d.Network, r.Network), append(d.Method, r.Method)
	}
	if len(d.X) == 0 {
		return nil, fmt.Errorf("predicting SRVR: no run of the table is finished and has all of %v", d.Features)
	}
	return d, nil
}

// group is what a row's class is called.
func group(r results.Row) string { return cmp.Or(r.Group, r.ClassName) }

func names(t *results.Table, of func(results.Row) string) []string {
	var list []string
	for _, r := range t.Rows {
		if name := of(r); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

func oneOf(list []string, name string) []float64 {
	x := make([]float64, len(list))
	x[slices.Index(list, name)] = 1
	return x
}

func finite(values []float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
