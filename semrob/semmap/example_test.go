package semmap_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// A map of azimuth and elevation in steps of 10°, and its mean along elevation.
func Example() {
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{300, 0}, B: []float64{420, 50}}
	azimuth, err := semmap.Sample(objective.Azimuth, semmap.Range{From: 0, To: 360, Step: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	elevation, err := semmap.Sample(objective.Elevation, semmap.Range{From: -10, To: 90, Step: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := semmap.New(azimuth, elevation)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.Compute(context.Background(), f, semmap.Options{}); err != nil {
		fmt.Println(err)
		return
	}
	s := m.Stats()
	fmt.Printf("%d points, mean %.2f, least %.2f, greatest %.2f\n", len(m.Z), s.Mean, s.Min, s.Max)
	line, err := m.Project("elevation", semmap.ProjectMean)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("at azimuth 0° the mean is %.2f, at 180° %.2f\n", line.Z[0], line.Z[18])
	// Output:
	// 360 points, mean 0.17, least 0.00, greatest 1.00
	// at azimuth 0° the mean is 0.50, at 180° 0.00
}
