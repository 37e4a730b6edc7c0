package region_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

func TestAResultComesBackFromItsFile(t *testing.T) {
	space := objective.Viewpoints()
	f := &objective.Func{Domain: space, F: func(u []float64) float64 {
		if u[0] > 300 {
			return math.NaN()
		}
		return math.Exp(-math.Pow((u[0]-150)/60, 2) - math.Pow((u[1]-40)/30, 2))
	}}
	want := find(t, f, region.OIRB{}, region.Settings{Iterations: 95}, []float64{140, 35}, []float64{330, 40})
	path := filepath.Join(t.TempDir(), "regions.npz")
	want.Of = `{"mesh":"teapot"}`
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := region.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := region.Read(data[:len(data)/2]); !errors.Is(err, region.ErrNotRegions) {
		t.Errorf("half of the file: error %v", err)
	}
	if _, err := region.Load(filepath.Join(t.TempDir(), "absent.npz")); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, region.ErrNotRegions) {
		t.Errorf("an absent file: error %v", err)
	}
	if n := len(got.Runs[0].Trace); n != 10 {
		t.Errorf("%d entries in the trace of 95 iterations, want 10", n)
	}
}
