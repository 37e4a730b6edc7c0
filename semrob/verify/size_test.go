package verify

import (
	"errors"
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

func TestSamplesBeyondMemory(t *testing.T) {
	f := &objective.Func{Domain: objective.Viewpoints(), F: func([]float64) float64 { return 1 }}
	for _, o := range []Options{{Samples: 1e18}, {Points: 1e18}, {Samples: math.MaxInt, Points: math.MaxInt}, {Samples: 1e7, Points: 1e7}} {
		if _, err := Verify(t.Context(), f, region.Whole(f.Domain), o); !errors.Is(err, objective.ErrTooLarge) {
			t.Errorf("%d samples and %d points: %v", o.Samples, o.Points, err)
		}
	}
	for _, o := range []CertifyOptions{{Selection: 1e18}, {Estimation: math.MaxInt}} {
		if _, err := Certify(t.Context(), f, []float64{0, 0}, o); !errors.Is(err, objective.ErrTooLarge) {
			t.Errorf("%d and %d views: %v", o.Selection, o.Estimation, err)
		}
	}
}
