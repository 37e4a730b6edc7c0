package study

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// PublishedClasses returns the names of the ten classes of the published arrays, in
// their order.
func PublishedClasses() []string {
	return []string{"aeroplane", "bathtub", "bench", "bottle", "chair", "cup", "piano", "rifle", "vase", "toilet"}
}

// ClassNames returns names for the classes of arrays with n classes: those of
// PublishedClasses if there are ten, otherwise "class 0", "class 1" ….
func ClassNames(n int) []string {
	names := PublishedClasses()
	if len(names) == n {
		return names
	}
	names = make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("class %d", i)
	}
	return names
}

// Spread is a mean over objects with its interval.
type Spread struct {
	Mean float64
	// Lower and Upper are the ends of the 95 % interval of the mean (Student's t over
	// objects); NaN for fewer than two objects.
	Lower, Upper float64
	// N is the number of objects with a finished value.
	N int
}

// SpreadOf returns the mean of values and its interval; it ignores NaN.
func SpreadOf(values []float64) Spread {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	s := Spread{Mean: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), N: len(known)}
	if len(known) == 0 {
		return s
	}
	mean, std := stat.MeanStdDev(known, nil)
	s.Mean = mean
	if n := float64(len(known)); n > 1 {
		half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * std / math.Sqrt(n)
		s.Lower, s.Upper = mean-half, mean+half
	}
	return s
}

// SRVRByClass returns the SRVR of a method's regions by class, in percent (Hamdi &
// Ghanem 2020, section 5): the mean over objects of the mean over their finished
// starts. PublishedRegions.SRVR explains which regions count. A method that is not
// in the file is an error.
func (p *PublishedRegions) SRVRByClass(method string) ([]Spread, error) {
	index, err := p.method(method)
	if err != nil {
		return nil, err
	}
	return byClass(p.Classes, p.Objects, func(class, object int) (float64, error) {
		sum, n := 0.0, 0
		for start := range p.Starts {
			if x := p.Fraction(class, object, index, start); !math.IsNaN(x) {
				sum += 100 * x
				n++
			}
		}
		return sum / float64(n), nil // NaN if none is finished
	})
}

// MeanByClass returns the mean of the published maps by class: the network's mean
// probability of the class over all viewpoints.
func MeanByClass(maps *semmap.Published) ([]Spread, error) {
	return byClass(maps.Classes, maps.Objects, func(class, object int) (float64, error) {
		m, err := maps.Map(class, object)
		if err != nil {
			return 0, err
		}
		return m.Stats().Mean, nil
	})
}

// byClass returns the spread of a value over the objects of each class.
func byClass(classes, objects int, value func(class, object int) (float64, error)) ([]Spread, error) {
	out := make([]Spread, classes)
	for class := range out {
		values := make([]float64, objects)
		for object := range values {
			var err error
			if values[object], err = value(class, object); err != nil {
				return nil, err
			}
		}
		out[class] = SpreadOf(values)
	}
	return out, nil
}
