package figure

import (
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

var update = flag.Bool("update", false, "write the golden pictures anew: look at them before they are committed")

// goldens are every kind of figure of the paper, small.
func goldens(t *testing.T) map[string]Figure {
	const width = 420
	all := gallery()
	regions := *all["map"].(*Map)
	regions.Views, regions.Width = nil, width
	heat := *sampleMap()
	heat.Width = width
	contour := heat
	contour.Levels = []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}

	r := &region.Result{Method: "oir-b", Space: objective.Viewpoints(), Settings: region.Settings{TraceEvery: 10}}
	run := region.Run{Start: []float64{130, 30}}
	for i := range 30 {
		d := 55 * float64(i*i) / 841
		run.Trace = append(run.Trace, region.Bounds{A: []float64{130 - d, 30 - d/2}, B: []float64{130 + d, 30 + d/2}})
		run.Loss = append(run.Loss, -d*d)
	}
	run.Bounds = run.Trace[len(run.Trace)-1]
	r.Runs = []region.Run{run}
	growth := heat
	growth.Regions = RegionsOf(r)
	if err := growth.AddGrowth(r, 6); err != nil {
		t.Fatal(err)
	}
	trace, err := TraceOf(r)
	if err != nil {
		t.Fatal(err)
	}
	trace.Width = width
	profile := *all["profile"].(*Profile)
	profile.Width = width
	bars := *sampleBars()
	bars.Width = width
	scatter := *sampleScatter()
	scatter.Width = width
	film := *all["filmstrip"].(*Filmstrip)
	film.Views, film.Width = film.Views[:3], width
	views := regions
	views.Views = film.Views
	answers, err := OfAnswers(sectorMap(t))
	if err != nil {
		t.Fatal(err)
	}
	other := sectorMap(t)
	for i := range other.Z {
		other.Answers[i] = other.Answers[(i+200)%len(other.Z)]
	}
	difference, err := OfDifference(sectorMap(t), other)
	if err != nil {
		t.Fatal(err)
	}
	answers.Width, difference.Width = width, width
	return map[string]Figure{
		"answers": answers, "difference": difference,
		"heat": &heat, "contour": &contour, "regions": &regions, "growth": &growth, "views": &views,
		"profile": &profile, "trace": trace, "bars": &bars, "scatter": &scatter, "filmstrip": &film,
	}
}

// Every figure must look as it did at its last review: at most 1 %
// of its pixels may differ visibly, which a font rendered otherwise does, and a
// line, a region or a number that is missing does not.
func TestGoldenPictures(t *testing.T) {
	for name, f := range goldens(t) {
		path := filepath.Join("testdata", "golden", name+".png")
		got, err := Render(f, 1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(file, got); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatalf("%v: write it with go test ./semrob/figure -run Golden -update", err)
		}
		decoded, err := png.Decode(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		want := image.NewRGBA(decoded.Bounds())
		draw.Draw(want, want.Rect, decoded, image.Point{}, draw.Src)
		if got.Bounds() != want.Bounds() {
			t.Errorf("%s has %v pixels, the golden picture %v", name, got.Bounds().Size(), want.Bounds().Size())
			continue
		}
		if share := differing(got, want); share > 0.01 {
			bad := filepath.Join(os.TempDir(), "semrob-golden-"+name+".png")
			if err := Save(bad, f); err == nil {
				t.Logf("it now looks like %s", bad)
			}
			t.Errorf("%s: %.2f %% of the pixels are not as in %s", name, 100*share, path)
		}
	}
}

// differing returns the share of pixels whose colours are visibly apart.
func differing(a, b *image.RGBA) float64 {
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		for k := range 3 {
			if d := int(a.Pix[i+k]) - int(b.Pix[i+k]); d > 32 || d < -32 {
				n++
				break
			}
		}
	}
	return float64(n) / float64(len(a.Pix)/4)
}

// The comparison must detect changes that matter: another level, a missing region.
func TestGoldenComparisonSeesChanges(t *testing.T) {
	all := goldens(t)
	gone := *all["regions"].(*Map)
	gone.Regions = gone.Regions[:2]
	flat := *all["heat"].(*Map)
	flat.High = 2
	for name, changed := range map[string]Figure{"regions": &gone, "heat": &flat} {
		a, b := drawnAt(t, all[name], 1), drawnAt(t, changed, 1)
		if a.Bounds() == b.Bounds() && differing(a, b) <= 0.01 {
			t.Errorf("%s: the change is not seen", name)
		}
	}
}

func drawnAt(t *testing.T, f Figure, scale int) *image.RGBA {
	t.Helper()
	img, err := Render(f, scale)
	if err != nil {
		t.Fatal(err)
	}
	return img
}
