package study

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// PublishedClasses returns the names of the ten classes of the published
// arrays, in their order there.
func PublishedClasses() []string {
	return []string{"aeroplane", "bathtub", "bench", "bottle", "chair", "cup", "piano", "rifle", "vase", "toilet"}
}

// Spread is a mean over objects with its interval.
type Spread struct {
	Mean float64
	// Lower and Upper are the ends of the 95 % interval of the mean, Student's t
	// over the objects; NaN where there are fewer than two.
	Lower, Upper float64
	// N is the number of objects; those without a finished value do not count.
	N int
}

// SpreadOf returns the mean of values and its interval; NaN are left out.
func SpreadOf(values []float64) Spread {
	var known []float64
	for _, v := range values {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	s := Spread{Mean: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), N: len(known)}
	if len(known) == 0 {
		return s
	}
	mean, deviation := stat.MeanStdDev(known, nil)
	s.Mean = mean
	if n := float64(len(known)); n > 1 {
		half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * deviation / math.Sqrt(n)
		s.Lower, s.Upper = mean-half, mean+half
	}
	return s
}

// SRVRByClass returns for every class the SRVR of one method's regions, in
// percent, over its objects, each the mean over its finished starts (Hamdi &
// Ghanem 2020, section 5); see PublishedRegions.SRVR for what counts.
func (p *PublishedRegions) SRVRByClass(method string) ([]Spread, error) {
	index := -1
	for i, name := range p.Methods {
		if name == method {
			index = i
		}
	}
	if index < 0 {
		return nil, fmt.Errorf("the file has no regions of the method %q: it has those of %v", method, p.Methods)
	}
	space := objective.Viewpoints()
	out := make([]Spread, p.Classes)
	for class := range out {
		objects := make([]float64, p.Objects)
		for object := range objects {
			sum, n := 0.0, 0
			for start := range p.Starts {
				if b := p.Bounds(class, object, index, start); !unfinished(b) {
					sum += 100 * b.ClippedFraction(space)
					n++
				}
			}
			objects[object] = sum / float64(n) // NaN where none is finished
		}
		out[class] = SpreadOf(objects)
	}
	return out, nil
}

// MeanByClass returns for every class the mean of its published maps over the
// objects: the network's average probability of the class from all sides.
func MeanByClass(maps *semmap.Published) ([]Spread, error) {
	out := make([]Spread, maps.Classes)
	for class := range out {
		objects := make([]float64, maps.Objects)
		for object := range objects {
			m, err := maps.Map(class, object)
			if err != nil {
				return nil, err
			}
			objects[object] = m.Stats().Mean
		}
		out[class] = SpreadOf(objects)
	}
	return out, nil
}
