package figure

import (
	"encoding/json"
	"strings"
	"testing"
)

// The cells of the interactive map must be those of the picture: every place
// belongs to the cell that raster gives it.
func TestVegaCellsAreThePictures(t *testing.T) {
	periodic := Axis{Name: "azimuth", Unit: "°", Max: 360, Periodic: true}
	for name, c := range map[string]struct {
		axis Axis
		grid []float64
	}{
		"even":       {Elevation(), []float64{-10, 20, 50, 80}},
		"half-open":  {Elevation(), []float64{-10, 10, 30, 50, 70}},
		"uneven":     {Axis{Min: 0, Max: 10}, []float64{0, 1, 4, 9}},
		"part":       {Axis{Min: 0, Max: 100}, []float64{30, 40, 50}},
		"around":     {periodic, []float64{0, 60, 120, 180, 240, 300}},
		"shifted":    {periodic, []float64{15, 105, 195, 285}},
		"both ends":  {periodic, []float64{0, 90, 180, 270, 360}},
		"one":        {Axis{Min: 0, Max: 10}, []float64{3}},
		"half round": {periodic, []float64{0, 45, 90, 135}},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 997
			want := nearestCells(c.grid, c.axis, n)
			lower, upper := edges(c.grid, c.axis)
			turns := []float64{0}
			if c.axis.Periodic {
				turns = []float64{0, -360, 360}
			}
			wrong := 0
			for i, cell := range want {
				v := c.axis.Min + (float64(i)+0.5)/n*(c.axis.Max-c.axis.Min)
				got := -1
				for k := range c.grid {
					for _, turn := range turns {
						if lower[k]+turn <= v && v < upper[k]+turn {
							got = k
						}
					}
				}
				if got != cell && !(name == "both ends" && got%4 == cell%4) {
					wrong++
				}
			}
			if wrong > n/200 {
				t.Errorf("%s: %d of %d places belong to another cell", name, wrong, n)
			}
		})
	}
}

func TestVegaLiteSpecifications(t *testing.T) {
	figures := gallery()
	figures["bars"] = sampleBars()
	regions := *figures["map"].(*Map)
	regions.Views = nil
	figures["map with regions"] = &regions
	for name, f := range figures {
		text := VegaLite(f)
		if name == "map" || name == "filmstrip" {
			if text != "" {
				t.Errorf("%s: pictures of views have no interactive form, but this is: %.80s", name, text)
			}
			continue
		}
		var spec map[string]any
		if err := json.Unmarshal([]byte(text), &spec); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if spec["background"] != "white" || spec["$schema"] != vegaSchema || !strings.Contains(text, `"tooltip"`) {
			t.Errorf("%s: the specification is %.200s", name, text)
		}
	}
	big := sampleMap()
	for len(big.YS)*len(big.XS) <= vegaLimit {
		big.YS, big.Z = append(big.YS, big.YS[len(big.YS)-1]+1), append(big.Z, big.Z[0])
	}
	big.Y = Axis{}
	if VegaLite(big) != "" || VegaLite(&Map{}) != "" {
		t.Error("a map that is too large, or none, has an interactive form")
	}
}

// Small numbers keep their digits: a loss of a millionth is not 0.
func TestRoundedNumbersKeepTheirDigits(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, 39.943174: 39.94317, -2.6054321e-06: -2.6054e-06, 0.1234567: 0.12346, 1e-300: 1e-300, -123456.123456: -123456.12346} {
		if got := rounded(v); got != want {
			t.Errorf("%g is written as %g, want %g", v, got, want)
		}
	}
}
