package study_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study"
)

// published writes two networks of two classes with two objects: "bold" has the higher
// f, "calm" the larger regions, the largest on object 1 of class 1.
func published(t *testing.T) []study.PublishedNetwork {
	t.Helper()
	dir := t.TempDir()
	for name, f := range map[string]float64{"bold": 0.5, "calm": 0.25} {
		n := newNetwork(2, 2, 2, [][]float64{{100, 40}}, []float64{f, f, f, f + 0.25})
		for object := range 4 {
			width := 20.0
			if name == "calm" {
				width += 2 * float64(object)
			}
			n.near(object, 0, 0, width, 0)
		}
		if err := n.mapsFile().Save(filepath.Join(dir, "maps_"+name+".npz")); err != nil {
			t.Fatal(err)
		}
		if err := n.regionsFile().Save(filepath.Join(dir, "regions_"+name+".npz")); err != nil {
			t.Fatal(err)
		}
	}
	networks, err := study.OpenPublished(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(networks) != 2 || networks[0].Name != "bold" || networks[1].Name != "calm" {
		t.Fatalf("got %+v", networks)
	}
	return networks
}

func TestOpenPublishedWithoutFiles(t *testing.T) {
	for name, dir := range map[string]string{"empty": t.TempDir(), "absent": filepath.Join(t.TempDir(), "absent")} {
		t.Run(name, func(t *testing.T) {
			if _, err := study.OpenPublished(dir); !errors.Is(err, study.ErrNoPublished) {
				t.Errorf("got %v, want ErrNoPublished", err)
			}
		})
	}
}

func TestPublishedNetwork(t *testing.T) {
	networks := published(t)
	bold, calm := networks[0], networks[1]
	t.Run("mean", func(t *testing.T) {
		for _, c := range []struct {
			classes []int
			want    float64
		}{{nil, 0.5625}, {[]int{0}, 0.5}, {[]int{1}, 0.625}} {
			m, err := bold.Mean(c.classes...)
			if err != nil || math.Abs(m.Stats().Mean-c.want) > 1e-6 {
				t.Errorf("classes %v: %v, error %v; want %g", c.classes, m.Stats().Mean, err, c.want)
			}
		}
		if _, err := bold.Mean(7); err == nil {
			t.Error("class 7 of 2 has a mean")
		}
	})
	t.Run("largest", func(t *testing.T) {
		if class, object, err := calm.Largest("naive"); class != 1 || object != 1 || err != nil {
			t.Errorf("got %d, %d, %v", class, object, err)
		}
		var unknown *enum.UnknownError
		if _, _, err := calm.Largest("oir-x"); !errors.As(err, &unknown) {
			t.Errorf("an unknown method gives %v", err)
		}
	})
	t.Run("figure", func(t *testing.T) {
		f, err := bold.Figure(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if r := f.Regions[0]; len(f.Regions) != 2 || r.A[0] != 90 || r.B[1] != 50 || f.Title != "bold: class 0 1" {
			t.Errorf("%q has the regions %+v", f.Title, f.Regions)
		}
	})
	t.Run("bars", func(t *testing.T) {
		for name, draw := range map[string]func() (*figure.Bars, error){
			"accuracy": func() (*figure.Bars, error) { return study.AccuracyBars(networks...) },
			"SRVR":     func() (*figure.Bars, error) { return study.SRVRBars("naive", networks...) },
		} {
			b, err := draw()
			if err != nil || len(b.Groups) != 2 || len(b.Series) != 2 || b.Series[0].Lower[0] < 0 {
				t.Errorf("%s: %+v, error %v", name, b, err)
			}
		}
	})
	t.Run("table", func(t *testing.T) {
		table, err := study.PublishedTable(networks...)
		if err != nil {
			t.Fatal(err)
		}
		// A square of 20° is 400 of 36,000 square degrees; no OIR-B region is finished.
		row := table.Rows[0]
		if len(table.Headers) != 6 || row[1].(figure.Quantity).String() != "0.562" || row[2].(figure.Quantity).String() != "1.11" || row[3] != 0 || row[5] != 4 {
			t.Errorf("%v: %v", table.Headers, row)
		}
	})
	t.Run("claim", func(t *testing.T) {
		table, err := study.Claim(bold, calm)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"bold", "calm", "–"} {
			if table.Rows[i][3] != want {
				t.Errorf("%v: more is %v, want %s", table.Rows[i][0], table.Rows[i][3], want)
			}
		}
	})
	t.Run("replay", func(t *testing.T) {
		methods := []study.MethodReplay{{Method: "naive", Comparable: 4, Grown: 3, MedianIoU: 0.9, Q25IoU: 0.8}}
		if b := study.ReplayBars("bold", methods); b.Groups[0] != "naive" || b.Series[0].Lower[0] != 0.8 || b.Series[0].Upper[0] != 0.9 {
			t.Errorf("the bars are %+v", b)
		}
		if row := study.ReplayTable(methods).Rows[0]; row[1] != 4 || row[2] != 3 {
			t.Errorf("the row is %v", row)
		}
	})
}
