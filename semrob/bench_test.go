package semrob_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// BenchmarkMap computes the published grid of 4,080 views for the teapot, from
// rendering to probabilities, nothing cached but the compiled network.
func BenchmarkMap(b *testing.B) {
	ctx := context.Background()
	lab := semrob.Lab{NoCache: true}
	subject := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	compile := semrob.MapOptions{Axes: grid(b, "azimuth=0:360:3", "elevation=0:6:3")}
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

// BenchmarkRegions finds OIR-B regions from the four published starts on three
// real meshes, as a user would, and compares with the same code evaluating one
// point at a time, every probe of all 600 iterations: x-faster is the ratio of the
// times, least-IoU the worst agreement of the final regions.
//
// The slow side takes minutes. Its points are evaluated in batches, and one at
// a time in every tenth iteration, whose time is scaled. Run it once:
//
//	go test -run '^$' -bench Regions -benchtime 1x -timeout 1h ./semrob
func BenchmarkRegions(b *testing.B) {
	dir := testdata.Dir(b)
	for _, object := range []struct{ mesh, class string }{
		{"toilet_ae9e1ff1.obj", "861"}, {"chair_341fcdd8.obj", "559"}, {"bathtub_bdf94fe1.obj", "435"},
	} {
		b.Run(object.mesh, func(b *testing.B) {
			ctx := context.Background()
			lab := semrob.Lab{NoCache: true}
			subject := semrob.Subject{Mesh: filepath.Join(dir, "meshes", object.mesh), Class: object.class, Camera: render.Paper}
			opened, err := lab.Objective(ctx, subject, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer opened.Release()
			f := opened.Objective
			problem := region.Problem{Objective: f, Starts: semrob.DefaultStarts()}
			compiled := make([]float64, 4)
			if err := f.Evaluate(ctx, problem.Starts, compiled); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				start := time.Now()
				fast, err := region.Find(ctx, problem, region.OIRB{}, region.Settings{})
				if err != nil {
					b.Fatal(err)
				}
				took := time.Since(start)
				slow := &onePointAtATime{Objective: f}
				problem := region.Problem{Objective: slow, Starts: problem.Starts}
				exhaustive, err := region.Find(ctx, problem, region.OIRB{}, region.Settings{Forget: true, Tolerance: -1})
				if err != nil {
					b.Fatal(err)
				}
				least := 1.0
				for i, run := range fast.Runs {
					least = min(least, run.Bounds.IoUIn(fast.Space, exhaustive.Runs[i].Bounds))
					b.Logf("start %v: %v after %d iterations, exhaustive %v", run.Start, run.Bounds, run.Iterations, exhaustive.Runs[i].Bounds)
				}
				b.ReportMetric(10*slow.took.Seconds()/took.Seconds(), "x-faster")
				b.ReportMetric(least, "least-IoU")
				b.ReportMetric(float64(exhaustive.Evaluations)/float64(fast.Evaluations), "x-fewer-evaluations")
			}
		})
	}
}

// onePointAtATime evaluates every tenth batch once more, one point at a time,
// and takes the time.
type onePointAtATime struct {
	objective.Objective
	calls int
	took  time.Duration
}

func (o *onePointAtATime) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if o.calls++; o.calls%10 == 1 {
		start := time.Now()
		for i := range points {
			if err := o.Objective.Evaluate(ctx, points[i:i+1], values[i:i+1]); err != nil {
				return err
			}
		}
		o.took += time.Since(start)
	}
	return o.Objective.Evaluate(ctx, points, values)
}
