package region_test

import (
	"context"
	"path/filepath"
	"sort"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// TestReplayOfPublishedRegions runs the published mode on the published maps
// and compares the final regions with the authors' by intersection over union.
// The medians are those of an independent plain implementation; 0.03 is the
// room for different rounding along 600 steps.
func TestReplayOfPublishedRegions(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "published")
	const iterations = 600
	cases := []struct {
		network  string
		method   region.Method
		index    int // in the published arrays: naive, OIR_B, OIR_W
		median   float64
		grown    int
		tolerate float64
	}{
		{"ResNet50", region.Naive{}, 0, 0.88, 112, 0.03},
		{"ResNet50", region.OIRB{}, 1, 0.84, 44, 0.03},
		{"ResNet50", region.OIRW{}, 2, 0.58, 38, 0.03},
		{"AlexNet", region.Naive{}, 0, 0.84, 31, 0.03},
	}
	for _, c := range cases {
		t.Run(c.network+"/"+c.method.Name(), func(t *testing.T) {
			maps, err := semmap.LoadPublished(filepath.Join(dir, "maps_"+c.network+".npz"))
			if err != nil {
				t.Fatal(err)
			}
			published := loadPublishedRegions(t, filepath.Join(dir, "regions_"+c.network+".npz"))
			var ious []float64
			stayed, stayedHere := 0, 0
			for class := range maps.Classes {
				for object := range maps.Objects {
					for start, run := range replay(t, maps, published, class, object, c.method, iterations) {
						if published.iterations[published.index(class, object, c.index, start)] != iterations || !run.comparable {
							continue
						}
						want := published.bounds(class, object, c.index, start)
						if !inside(want) {
							continue
						}
						switch area := want.Volume(); {
						case area > 36:
							ious = append(ious, want.IoU(run.bounds))
						case area < 1:
							stayed++
							if run.bounds.Volume() < 1 {
								stayedHere++
							}
						}
					}
				}
			}
			if len(ious) == 0 {
				t.Fatal("no comparable run has grown")
			}
			sort.Float64s(ious)
			median := (ious[(len(ious)-1)/2] + ious[len(ious)/2]) / 2
			t.Logf("%d runs grown, median IoU %.3f, lower quartile %.3f; %d of %d that stayed stay here",
				len(ious), median, ious[len(ious)/4], stayedHere, stayed)
			if median < c.median-c.tolerate {
				t.Errorf("median IoU %.3f, want %.2f within %.2f", median, c.median, c.tolerate)
			}
			if len(ious) != c.grown {
				t.Errorf("%d comparable runs have grown, want %d", len(ious), c.grown)
			}
		})
	}
}

// inside reports whether bounds are finite and within the elevations of the
// published maps.
func inside(b region.Bounds) bool {
	return b.Finite() && b.A[1] >= -10 && b.A[1] <= 89 && b.B[1] >= -10 && b.B[1] <= 89
}

type replayed struct {
	bounds     region.Bounds
	comparable bool
}

// replay returns one run per start, with whether every iterate was comparable.
func replay(t *testing.T, maps *semmap.Published, published *publishedRegions, class, object int, method region.Method, iterations int) []replayed {
	t.Helper()
	m, err := maps.Map(class, object)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Objective()
	if err != nil {
		t.Fatal(err)
	}
	runs := make([]replayed, len(published.starts))
	for i := range runs {
		runs[i].comparable = true
	}
	result, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: published.starts}, method,
		region.Settings{Mode: region.Published, Iterations: iterations, Recorder: region.RecorderFunc(func(it region.Iteration) error {
			for i, b := range it.Bounds {
				runs[i].comparable = runs[i].comparable && inside(b)
			}
			return nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	for i, run := range result.Runs {
		runs[i].bounds = run.Bounds
	}
	return runs
}

// publishedRegions are region [class, object, method, start, {a,b}, axis] and
// iterations [class, object, method, start].
type publishedRegions struct {
	region, iterations []float64
	shape              []int
	starts             [][]float64
}

func loadPublishedRegions(t *testing.T, path string) *publishedRegions {
	t.Helper()
	f, err := npz.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &publishedRegions{}
	if p.region, p.shape, err = f.Float64s("region"); err != nil {
		t.Fatal(err)
	}
	if p.iterations, _, err = f.Float64s("iterations"); err != nil {
		t.Fatal(err)
	}
	starts, shape, err := f.Float64s("initial_point")
	if err != nil {
		t.Fatal(err)
	}
	for i := range shape[0] {
		p.starts = append(p.starts, starts[i*shape[1]:(i+1)*shape[1]])
	}
	return p
}

func (p *publishedRegions) index(class, object, method, start int) int {
	return ((class*p.shape[1]+object)*p.shape[2]+method)*p.shape[3] + start
}

func (p *publishedRegions) bounds(class, object, method, start int) region.Bounds {
	at := p.index(class, object, method, start) * 4
	return region.Bounds{A: p.region[at : at+2], B: p.region[at+2 : at+4]}
}
