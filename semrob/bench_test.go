package semrob_test

import (
	"context"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
)

// BenchmarkMap computes the published grid of 4,080 views for the teapot, from
// rendering to probabilities, nothing cached but the compiled network.
func BenchmarkMap(b *testing.B) {
	ctx := context.Background()
	lab := semrob.Lab{NoCache: true}
	subject := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	compile := semrob.MapOptions{Axes: []string{"azimuth=0:360:3", "elevation=0:6:3"}}
	if _, err := lab.Map(ctx, subject, compile); err != nil {
		b.Fatal(err)
	}
	views := 0
	for b.Loop() {
		m, err := lab.Map(ctx, subject, semrob.MapOptions{})
		if err != nil {
			b.Fatal(err)
		}
		views += len(m.Z)
	}
	b.ReportMetric(float64(views)/b.Elapsed().Seconds(), "views/s")
}
