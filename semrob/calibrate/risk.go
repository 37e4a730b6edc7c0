package calibrate

import (
	"cmp"
	"math"
	"slices"
)

// Risk is a point of a risk-coverage curve (El-Yaniv & Wiener, JMLR 2010).
type Risk struct {
	// Coverage is the share of the views that are answered, the surest first, 0…1.
	Coverage float64
	// Threshold is the confidence of the last of them.
	Threshold float64
	// Risk is the share of wrong answers among them.
	Risk float64
}

// curvePoints bounds the number of points of a risk-coverage curve.
const curvePoints = 200

// ranked is a view among all, the surest first.
type ranked struct {
	View
	object int
}

// risks returns the risk-coverage curve and the area under it.
func (s *sample) risks() ([]Risk, Estimate) {
	var all []ranked
	for i, object := range s.objects {
		for _, v := range object.Views {
			all = append(all, ranked{v, i})
		}
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Compare(b.Confidence, a.Confidence) })
	value := area(all, -1)
	var without []float64
	if len(s.objects) > 1 {
		for i := range s.objects {
			without = append(without, area(all, i))
		}
	}
	return curve(all), s.interval(value, without, 0, 1)
}

// area returns the mean risk over all coverages, without the views of an object. Views
// of equal confidence are answered together: their wrong answers are spread evenly.
func area(all []ranked, without int) float64 {
	sum, n, wrong := 0.0, 0.0, 0.0
	eachTie(all, without, func(count, bad float64) {
		for k := 1.0; k <= count; k++ {
			sum += (wrong + bad*k/count) / (n + k)
		}
		n, wrong = n+count, wrong+bad
	})
	return sum / n
}

// eachTie calls do for the views of each confidence, the surest first, with their
// number and that of the wrong ones.
func eachTie(all []ranked, without int, do func(count, wrong float64)) {
	for from := 0; from < len(all); {
		to, count, wrong := from, 0.0, 0.0
		for to < len(all) && all[to].Confidence == all[from].Confidence {
			if all[to].object != without {
				count++
				if !all[to].Right {
					wrong++
				}
			}
			to++
		}
		if count > 0 {
			do(count, wrong)
		}
		from = to
	}
}

// curve returns at most about curvePoints points, at the ends of ties.
func curve(all []ranked) []Risk {
	var risks []Risk
	n, wrong, last := 0.0, 0.0, -math.MaxFloat64
	step := float64(len(all)) / curvePoints
	eachTie(all, -1, func(count, bad float64) {
		n, wrong = n+count, wrong+bad
		if n-last >= step || int(n) == len(all) {
			risks = append(risks, Risk{n / float64(len(all)), all[int(n)-1].Confidence, wrong / n})
			last = n
		}
	})
	return risks
}
