package figure

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// sampleMap is a map of 34 × 120 values with peaks, 3° apart.
func sampleMap() *Map {
	m := &Map{
		Title: "Semantic map of the teapot", Subtitle: "EfficientNet-Lite0",
		X: Azimuth(), Y: Elevation(), Label: "probability of teapot",
		Width: 600, // quick to draw
	}
	for i := range 120 {
		m.XS = append(m.XS, float64(3*i))
	}
	for i := range 34 {
		m.YS = append(m.YS, float64(3*i-10))
	}
	for _, y := range m.YS {
		row := make([]float64, len(m.XS))
		for j, x := range m.XS {
			for _, peak := range [][2]float64{{130, 30}, {310, 40}, {10, 20}} {
				d := math.Mod(x-peak[0]+540, 360) - 180
				row[j] += math.Exp(-d*d/1800 - (y-peak[1])*(y-peak[1])/600)
			}
			row[j] = min(row[j], 1)
		}
		m.Z = append(m.Z, row)
	}
	return m
}

// flatMap is a map of one value everywhere.
func flatMap(value float64) *Map {
	m := sampleMap()
	for _, row := range m.Z {
		for j := range row {
			row[j] = value
		}
	}
	return m
}

func solid(c color.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, c)
	}
	return img
}

func drawn(t testing.TB, f Figure) *image.RGBA {
	t.Helper()
	img, err := Render(f, 2)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func planOf(t testing.TB, m *Map) mapCard {
	t.Helper()
	c, err := m.check()
	if err != nil {
		t.Fatal(err)
	}
	return c.arrange()
}

// pixel returns the pixel at p of a picture of scale 2.
func pixel(img *image.RGBA, p point) color.RGBA {
	return img.RGBAAt(int(math.Floor(2*p.x)), int(math.Floor(2*p.y)))
}

// near reports whether two colours differ by at most d in each channel.
func near(a, b color.RGBA, d int) bool {
	diff := func(x, y uint8) bool { return int(x)-int(y) <= d && int(y)-int(x) <= d }
	return diff(a.R, b.R) && diff(a.G, b.G) && diff(a.B, b.B)
}

// gallery returns a figure of every kind, with everything they can show.
func gallery() map[string]Figure {
	view := View{Image: solid(color.RGBA{200, 30, 30, 255}), At: []float64{130, 30}, Value: 0.83, Predicted: "teapot", Probability: 0.83, Verdict: Right}
	wrong := View{Image: solid(color.RGBA{30, 30, 200, 255}), At: []float64{355, 88}, Value: 0.02, Predicted: "a label that is far too long for its picture", Probability: 0.5, Verdict: Wrong}
	m := sampleMap()
	m.Regions = []Region{
		{Method: "OIR-B", Start: []float64{130, 30}, Box: Box{[]float64{70, 10}, []float64{190, 52}}},
		{Method: "OIR-B", Start: []float64{50, 20}, Box: Box{[]float64{-20, 5}, []float64{60, 35}}},
		{Method: "naive", Start: []float64{130, 30}, Box: Box{[]float64{60, 0}, []float64{200, 95}}},
	}
	m.Views = []View{view, wrong, view, wrong, view, wrong, view}
	return map[string]Figure{
		"map": m,
		"profile": &Profile{
			Title: "Profile", X: Azimuth(), Label: "probability of bathtub",
			Series:    []Series{{Name: "ResNet50", X: m.XS, Y: m.Z[8]}, {Name: "AlexNet", X: m.XS, Y: m.Z[20]}},
			Intervals: []Interval{{"OIR-B", 90, 170, 130}, {"naive", -40, 30, 0}},
		},
		"trace": &Trace{Title: "Trace", Axes: []Axis{Azimuth(), Elevation()}, Runs: []Run{{
			Name: "OIR-B from (130°, 30°)",
			A:    [][]float64{{130, 30}, {120, 28}, {100, 20}}, B: [][]float64{{130, 30}, {140, 33}, {170, 45}},
			Loss: []float64{0, -1000.5, -23000},
		}}},
		"bars":      sampleBars(),
		"scatter":   sampleScatter(),
		"filmstrip": &Filmstrip{Title: "Where the network is wrong", Axes: []Axis{Azimuth(), Elevation()}, Views: m.Views},
	}
}
