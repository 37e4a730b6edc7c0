package figure

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
)

// Every pixel of the map must have the colour of the nearest grid point, found
// here by looking at all of them.
func TestMapShowsNearestValue(t *testing.T) {
	m := sampleMap()
	img := drawn(t, m)
	p := planOf(t, m)
	around := func(d float64) float64 { return math.Abs(math.Mod(d+540, 360) - 180) }
	for _, at := range [][2]float64{{1.2, -9.2}, {130, 30}, {131.4, 31.4}, {131.6, 31.6}, {200, 0}, {310, 40}, {357.3, 20}, {358.9, 20}, {90, 89.7}} {
		best, value := math.Inf(1), 0.0
		for i, y := range m.YS {
			for j, x := range m.XS {
				if d := around(x-at[0]) + math.Abs(y-at[1]); d < best {
					best, value = d, m.Z[i][j]
				}
			}
		}
		if got, want := pixel(img, p.to(at[0], at[1])), Viridis(value); got != want {
			t.Errorf("the pixel at %v is %v, the nearest value %.3f has %v", at, got, value, want)
		}
	}
}

func TestMapHatchesMissingCells(t *testing.T) {
	m := flatMap(0.5)
	for i := range 10 {
		for j := range 40 {
			m.Z[20+i][60+j] = math.NaN() // azimuth 180…297, elevation 50…77
		}
	}
	img, p := drawn(t, m), planOf(t, m)
	seen := map[color.RGBA]bool{}
	for x := 190.0; x < 290; x += 0.5 {
		seen[pixel(img, p.to(x, 60))] = true
	}
	if len(seen) != 2 || !seen[emptyInk] || !seen[hatchInk] {
		t.Errorf("missing cells have the colours %v, want the hatching's two greys", seen)
	}
	if got := pixel(img, p.to(100, 60)); got != Viridis(0.5) {
		t.Errorf("a cell beside the missing ones is %v, want %v", got, Viridis(0.5))
	}
	if text := m.Describe(); !strings.Contains(text, "3680 of 4080 values") {
		t.Errorf("the description lacks the number of values: %s", text)
	}
}

// A grid that covers a part of the domain must not be spread over all of it: a
// cell reaches half a step down and, as ranges are half-open, at the end of the
// grid a whole step up.
func TestMapLeavesUncoveredDomainHatched(t *testing.T) {
	m := &Map{X: Azimuth(), Y: Elevation(), XS: []float64{90, 100, 110}, YS: []float64{0, 10}, Z: [][]float64{{1, 1, 1}, {1, 1, 1}}}
	img, p := drawn(t, m), planOf(t, m)
	for at, inside := range map[[2]float64]bool{{90, 0}: true, {119, 19}: true, {121, 5}: false, {84, 5}: false, {100, 21}: false, {100, -7}: false, {300, 5}: false} {
		c := pixel(img, p.to(at[0], at[1]))
		if got := c == Viridis(1); got != inside {
			t.Errorf("at %v the map shows %v; inside the grid: %v", at, c, inside)
		}
	}
}

func TestMapColourScale(t *testing.T) {
	m := flatMap(15)
	m.Low, m.High = 10, 20
	img, p := drawn(t, m), planOf(t, m)
	if got := pixel(img, p.to(100, 30)); got != Viridis(0.5) {
		t.Errorf("15 on a scale of 10…20 is %v, want the middle %v", got, Viridis(0.5))
	}
	x := p.box.right() + barGap + barWidth/2
	for _, v := range []float64{10.5, 13, 17, 19.5} {
		y := p.box.bottom() - (v-10)/10*p.box.h
		if got := pixel(img, point{x, y}); !near(got, Viridis((v-10)/10), 3) {
			t.Errorf("the colour bar at %g is %v, want %v", v, got, Viridis((v-10)/10))
		}
	}
}

// The outline must show on the darkest and on the lightest cells: a dark line
// between two white ones.
func TestRegionOutlineOnDarkAndLight(t *testing.T) {
	for _, value := range []float64{0, 1} {
		m := flatMap(value)
		m.Regions = []Region{{Method: "OIR-B", Box: Box{[]float64{100, 10}, []float64{200, 50}}}}
		img, p := drawn(t, m), planOf(t, m)
		for name, c := range map[string]struct{ at, across point }{
			"left":   {p.to(100, 33), point{1, 0}},
			"right":  {p.to(200, 33), point{1, 0}},
			"bottom": {p.to(133, 10), point{0, 1}},
			"top":    {p.to(133, 50), point{0, 1}},
		} {
			if got := pixel(img, c.at); !near(got, look(0).color, 40) {
				t.Errorf("value %g: the %s side is %v, want about %v", value, name, got, look(0).color)
			}
			for _, d := range []float64{-2.4, 2.4} {
				if got := pixel(img, point{c.at.x + d*c.across.x, c.at.y + d*c.across.y}); !near(got, paper, 40) {
					t.Errorf("value %g: beside the %s side is %v, want the white halo", value, name, got)
				}
			}
		}
		if got := pixel(img, p.to(150, 30)); got != Viridis(value) {
			t.Errorf("inside the region the map is %v, want %v", got, Viridis(value))
		}
	}
}

// A region that passes 360° shows as two pieces without a side at the seam.
func TestRegionWraps(t *testing.T) {
	m := flatMap(1)
	m.Regions = []Region{{Box: Box{[]float64{340, 10}, []float64{385, 50}}}}
	img, p := drawn(t, m), planOf(t, m)
	line := func(c color.RGBA) bool { return near(c, look(0).color, 40) }
	for x, want := range map[float64]bool{340: true, 25: true, 3: false, 357: false, 180: false} {
		if got := line(pixel(img, p.to(x, 30))); got != want {
			t.Errorf("a side at azimuth %g: %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{10, 350} {
		if !line(pixel(img, p.to(x, 10))) || !line(pixel(img, p.to(x, 50))) {
			t.Errorf("the pieces' lower and upper sides do not show at azimuth %g", x)
		}
	}
	if line(pixel(img, p.to(180, 10))) {
		t.Error("the region's lower side is drawn outside the region")
	}
}

// Only the start of an unfinished region is drawn.
func TestRegionUnfinished(t *testing.T) {
	m := flatMap(1)
	m.Regions = []Region{{Method: "OIR-W", Start: []float64{130, 30}, Box: Box{[]float64{math.NaN(), 10}, []float64{190, 50}}}}
	img, p := drawn(t, m), planOf(t, m)
	if got := pixel(img, p.to(130, 30)); got != paper {
		t.Errorf("the start's marker is %v in its middle, want white", got)
	}
	if got := pixel(img, p.to(190, 40)); got != Viridis(1) {
		t.Errorf("an unfinished region has a side of colour %v", got)
	}
	if text := m.Describe(); !strings.Contains(text, "none (unfinished or inverted)") {
		t.Errorf("the description hides that the region is unfinished: %s", text)
	}
}

func TestLegendTellsMethodsAndStartsApart(t *testing.T) {
	box := Box{[]float64{100, 10}, []float64{200, 50}}
	m := flatMap(0)
	for _, start := range [][]float64{{130, 30}, {50, 20}} {
		m.Regions = append(m.Regions, Region{Method: "OIR-B", Start: start, Box: box})
	}
	labels := func() (all []string) {
		for _, e := range m.legend() {
			all = append(all, e.label)
		}
		return all
	}
	if got, want := strings.Join(labels(), "|"), "OIR-B from (130°, 30°)|(50°, 20°)"; got != want {
		t.Errorf("the legend of one method is %q, want %q", got, want)
	}
	m.Regions = append(m.Regions, Region{Method: "naive", Start: []float64{50, 20}, Box: box})
	if got, want := strings.Join(labels(), "|"), "OIR-B|naive|from (130°, 30°)|(50°, 20°)"; got != want {
		t.Errorf("the legend of two methods is %q, want %q", got, want)
	}
}

// Views must be in the order given, under the map, and their badges clear of
// one another even if the points are crowded.
func TestViewsAndBadges(t *testing.T) {
	m := flatMap(0.5)
	colours := []color.RGBA{{200, 30, 30, 255}, {30, 160, 30, 255}, {30, 30, 200, 255}}
	for _, c := range colours {
		m.Views = append(m.Views, View{Image: solid(c), At: []float64{359, 89}, Value: 0.5})
	}
	img, p := drawn(t, m), planOf(t, m)
	for i, want := range colours {
		at := point{margin + float64(i)*(p.strip.size+p.strip.gap) + p.strip.size/2, p.stripTop + p.strip.size/2}
		if got := pixel(img, at); got != want {
			t.Errorf("picture %d is %v in its middle, want %v", i+1, got, want)
		}
	}
	var taken []rect
	corner := p.to(359, 89)
	for i := range m.Views {
		c := p.badgePlace(corner, taken)
		box := rect{c.x - badgeRadius, c.y - badgeRadius, 2 * badgeRadius, 2 * badgeRadius}
		if !p.box.contains(box) {
			t.Errorf("badge %d at %v is outside the map %v", i+1, c, p.box)
		}
		if slices.ContainsFunc(taken, box.overlaps) {
			t.Errorf("badge %d at %v hides another", i+1, c)
		}
		taken = append(taken, box.grow(2))
	}
}

func TestMapErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *Map)
		want   string
	}{
		"no grid":      {func(m *Map) { m.XS = nil }, "XS has 0"},
		"rows":         {func(m *Map) { m.Z = m.Z[:3] }, "3 rows for 34"},
		"ragged":       {func(m *Map) { m.Z[5] = m.Z[5][:7] }, "row 5"},
		"order":        {func(m *Map) { m.YS[3] = m.YS[2] }, "increase"},
		"NaN grid":     {func(m *Map) { m.XS[3] = math.NaN() }, "finite"},
		"domain":       {func(m *Map) { m.X.Min = 400 }, "azimuth"},
		"scale":        {func(m *Map) { m.Low, m.High = 2, 1 }, "colour scale"},
		"bounds":       {func(m *Map) { m.Regions = []Region{{Box: Box{[]float64{1}, []float64{2}}}} }, "region 0"},
		"start":        {func(m *Map) { m.Regions = []Region{{Start: []float64{1}}} }, "start"},
		"view":         {func(m *Map) { m.Views = []View{{}} }, "set Image"},
		"view's point": {func(m *Map) { m.Views = []View{{Image: solid(ink), At: []float64{1}}} }, "view 0"},
	} {
		t.Run(name, func(t *testing.T) {
			m := sampleMap()
			c.change(m)
			_, err := Render(m, 1)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: the error is %v, want one with %q", name, err, c.want)
			}
			if text := m.Describe(); !strings.Contains(text, fmt.Sprint(err)) {
				t.Errorf("%s: the description %q lacks the error", name, text)
			}
		})
	}
}

// Odd grids must draw: one point, uneven steps, no names, no unit.
func TestMapOddGrids(t *testing.T) {
	for name, m := range map[string]*Map{
		"one point": {XS: []float64{3}, YS: []float64{4}, Z: [][]float64{{0.25}}},
		"uneven":    {XS: []float64{0, 1, 10}, YS: []float64{-1, 0}, Z: [][]float64{{0.25, 0.25, 0.25}, {0.25, 0.25, 0.25}}},
		"infinite":  {XS: []float64{0, 1}, YS: []float64{0, 1}, Z: [][]float64{{0.25, math.Inf(1)}, {0.25, math.Inf(-1)}}},
	} {
		img, p := drawn(t, m), planOf(t, m)
		if got := pixel(img, point{p.box.x + 5, p.box.y + p.box.h/2}); got != Viridis(0.25) {
			t.Errorf("%s: the left is %v, want %v", name, got, Viridis(0.25))
		}
	}
}

func BenchmarkMapPNG(b *testing.B) {
	m := sampleMap()
	m.Width = DefaultWidth
	for name, o := range map[string]*PNGOptions{"sharp": nil, "live": {Scale: 1, Fast: true}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := WritePNG(discard{}, m, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
