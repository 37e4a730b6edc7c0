package rendered_test

import (
	"testing"

	"github.com/semrob/gonb-semrob/internal/cputime"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// BenchmarkSmoothing reports the CPU time of gradients of f of EfficientNet-Lite0
// for the teapot, at the point and smoothed as by default, and of values of f.
func BenchmarkSmoothing(b *testing.B) {
	points := [][]float64{{3, 20}, {140.5, 37}}
	values, gradients := make([]float64, len(points)), [][]float64{{0, 0}, {0, 0}}
	f := classifies(b, mesh.Teapot(0), "teapot", 2)
	report := func(name string, do func() error) {
		b.Run(name, func(b *testing.B) {
			if err := do(); err != nil { // what is done once
				b.Fatal(err)
			}
			total, err := cputime.Of(func() error {
				for b.Loop() {
					if err := do(); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(total.Seconds()*1e3/float64(b.N*len(points)), "cpu-ms/point")
		})
	}
	report("value", func() error { return f.Evaluate(b.Context(), points, values) })
	report("at-the-point", func() error { return f.Gradient(b.Context(), points, values, gradients) })
	s := rendered.HalfADegree.WithDefaults()
	fine := classifies(b, mesh.Teapot(0), "teapot", s.Supersample)
	f.Derivatives, f.Finer, f.Mean = fine.Derivatives, fine.Renderer, s.Mean(f.Domain)
	report("smoothed", func() error { return f.Gradient(b.Context(), points, values, gradients) })
}

// BenchmarkAnswers reports the CPU time of values of f of EfficientNet-Lite0 for the
// teapot, without and with the network's answers, alternately in one run.
func BenchmarkAnswers(b *testing.B) {
	f := classifies(b, mesh.Teapot(0), "teapot", 2)
	points := grid(64)
	values, answers := make([]float64, len(points)), make([]objective.Answer, len(points))
	kinds := []struct {
		name string
		do   func() error
	}{
		{"values", func() error { return f.Evaluate(b.Context(), points, values) }},
		{"answers", func() error { return f.Answers(b.Context(), points, values, answers) }},
	}
	var total [2]float64
	for n := 0; b.Loop(); n++ {
		for i := range kinds {
			if n%2 == 1 { // whatever came before
				i = 1 - i
			}
			spent, err := cputime.Of(kinds[i].do)
			if err != nil {
				b.Fatal(err)
			}
			total[i] += spent.Seconds()
		}
	}
	for i, k := range kinds {
		b.ReportMetric(total[i]*1e3/float64(b.N*len(points)), "cpu-ms/view-"+k.name)
	}
	b.ReportMetric(100*(total[1]/total[0]-1), "%-more")
}
