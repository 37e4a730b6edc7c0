// Package predict predicts the size of robust regions before they are grown (Hamdi &
// Ghanem 2020, supplement): it trains a small network on the start, class, method
// and network of a study's runs and, optionally, on the shapes of the objects.
//
//	data, err := predict.Examples(table, predict.Options{})
//	report, err := predict.CrossValidate(ctx, data, predict.Options{})
//	err = report.Table().WriteMarkdown(os.Stdout)
//
// Predicted objects are never in the training set. The report compares the network
// with means over the same training objects: a network that is not better than these
// has learnt nothing.
package predict

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Errors of tables that cannot be used for prediction.
var (
	// ErrNoExamples: no run is finished and has all features.
	ErrNoExamples = errors.New("no run is finished and has all features")
	// ErrTooFew: there are too few objects or folds.
	ErrTooFew = fmt.Errorf("cross-validation needs at least %d objects and 2 folds", leastObjects)
)

// MissingMeshError reports an object without a mesh in Options.Shapes.
type MissingMeshError struct {
	// Object is the object's name, Hash the hash of its mesh.
	Object, Hash string
}

// Error names the object and a remedy.
func (e *MissingMeshError) Error() string {
	return fmt.Sprintf("the mesh of the object %s (hash %.12s…) is missing: give the folder with the study's meshes, or no shapes", e.Object, e.Hash)
}

// Options controls the prediction. The zero value means the defaults.
type Options struct {
	// Folds is the number of parts that the objects are split into, at most one per
	// object; 0 means DefaultFolds.
	Folds int
	// Epochs is the number of training steps, each on all examples; 0 means
	// DefaultEpochs. It is not chosen by the error on held-out objects.
	Epochs int
	// Hidden is the width of the two hidden layers; 0 means DefaultHidden.
	Hidden int
	// Rate is Adam's learning rate, Decay its weight decay; 0 means DefaultRate and
	// DefaultDecay.
	Rate, Decay float64
	// Seed is the seed of folds and initial weights.
	Seed uint64
	// InitialF adds f at the start as a feature, which costs one evaluation per run.
	InitialF bool
	// Shapes are the shape features of the objects' meshes by results.Row.MeshHash. If
	// it is not empty, every object must have an entry.
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

// Data are the finished runs of a study as training examples.
type Data struct {
	// Features names the columns of X.
	Features []string
	// X is [run][feature], not standardised; Y is the fraction of the domain in
	// percent.
	X [][]float64
	Y []float64
	// Object, Class, Network and Method identify the runs.
	Object, Class, Network, Method []string
	// LeftOut counts runs that are unfinished or lack a feature.
	LeftOut int
}

// Examples returns the finished runs of a table. A periodic coordinate of the start
// is its sine and cosine; class, network and method are one-hot encoded. Errors are a
// *MissingMeshError or ErrNoExamples.
func Examples(t *results.Table, o Options) (*Data, error) {
	d := &Data{}
	network, method := func(r results.Row) string { return r.Network }, func(r results.Row) string { return r.Method }
	classes, networks, methods := names(t, group), names(t, network), names(t, method)
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
		x = append(x, oneHot(classes, group(r))...)
		x = append(x, oneHot(networks, r.Network)...)
		x = append(x, oneHot(methods, r.Method)...)
		if o.InitialF {
			x = append(x, r.InitialF)
		}
		if len(o.Shapes) > 0 {
			shape, ok := o.Shapes[r.MeshHash]
			if !ok && r.Status != results.SetAside {
				return nil, fmt.Errorf("predicting SRVR: %w", &MissingMeshError{r.Object, r.MeshHash})
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
		return nil, fmt.Errorf("predicting SRVR: %w: %v", ErrNoExamples, d.Features)
	}
	return d, nil
}

// group returns the name of a row's class.
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

func oneHot(list []string, name string) []float64 {
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
