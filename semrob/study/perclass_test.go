package study

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// The interval of a textbook's example: 1…5 has the mean 3, the deviation
// √2.5, and t(0.975, 4) is 2.776445.
func TestSpreadOf(t *testing.T) {
	s := SpreadOf([]float64{1, 2, math.NaN(), 3, 4, 5})
	half := 2.776445 * math.Sqrt(2.5) / math.Sqrt(5)
	if s.N != 5 || s.Mean != 3 || math.Abs(s.Upper-3-half) > 1e-5 || math.Abs(3-s.Lower-half) > 1e-5 {
		t.Errorf("the spread is %+v, want 3 ± %g", s, half)
	}
	if s := SpreadOf([]float64{7}); s.Mean != 7 || !math.IsNaN(s.Lower) || s.N != 1 {
		t.Errorf("one value gives %+v", s)
	}
	if s := SpreadOf(nil); !math.IsNaN(s.Mean) || s.N != 0 {
		t.Errorf("no value gives %+v", s)
	}
}

// If every start of every object is finished, the classes' means average to
// the SRVR of the whole file, which is published.
func TestByClassAgreesWithTheWhole(t *testing.T) {
	dir := testdata.Dir(t)
	regions, err := LoadRegions(filepath.Join(dir, "published", "regions_ResNet50.npz"))
	if err != nil {
		t.Fatal(err)
	}
	classes, err := regions.SRVRByClass("naive")
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for _, c := range classes {
		mean += c.Mean / float64(len(classes))
		if c.N != 10 || !(c.Lower < c.Mean && c.Mean < c.Upper) {
			t.Errorf("a class has %+v", c)
		}
	}
	if math.Abs(mean-5.27) > 0.05 {
		t.Errorf("the classes' naive SRVR average to %.3f %%, the published one is 5.27 %%", mean)
	}
	var unknown *enum.UnknownError
	if _, err := regions.SRVRByClass("trapezoid"); !errors.As(err, &unknown) || len(unknown.Known) != 3 {
		t.Errorf("a method that is not in the file gives %v", err)
	}
	maps, err := semmap.LoadPublished(filepath.Join(dir, "published", "maps_ResNet50.npz"))
	if err != nil {
		t.Fatal(err)
	}
	means, err := MeanByClass(maps)
	if err != nil {
		t.Fatal(err)
	}
	m, err := maps.Map(3, 4)
	if err != nil {
		t.Fatal(err)
	}
	if len(means) != 10 || len(PublishedClasses()) != 10 || m.Stats().Mean < 0 || means[3].N != 10 {
		t.Errorf("the means are %+v", means)
	}
}
