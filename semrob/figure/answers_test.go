package figure

import (
	"context"
	"encoding/json"
	"errors"
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// sectors answers class azimuth/30°, twelve classes of which it accepts class 2 and
// class 7; class 2 is twice as wide, as class 3 never comes.
type sectors struct{}

func (sectors) Space() objective.Space { return objective.Viewpoints() }

func (f sectors) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	return f.Answers(ctx, points, values, make([]objective.Answer, len(points)))
}

func (sectors) Answers(_ context.Context, points [][]float64, values []float64, answers []objective.Answer) error {
	for i, u := range points {
		p := make([]float32, 12)
		k := int(u[0] / 30)
		if k == 3 {
			k = 2
		}
		p[k] = 1
		values[i] = float64(p[2] + p[7])
		var err error
		if answers[i], err = objective.AnswerOf(p, 2, 7); err != nil {
			return err
		}
	}
	return nil
}

func sectorMap(t *testing.T) *semmap.Map {
	t.Helper()
	axes := make([]semmap.Samples, 2)
	for k, text := range []string{"0:360:5", "-10:90:5"} {
		r, err := semmap.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		if axes[k], err = semmap.Sample(objective.Viewpoints()[k], r); err != nil {
			t.Fatal(err)
		}
	}
	m, err := semmap.Of(t.Context(), sectors{}, axes...)
	if err != nil {
		t.Fatal(err)
	}
	m.SetLabels(func(class int) string { return "class-" + string(rune('a'+class)) })
	return m
}

// TestMapOfAnswers looks at the colour in every sector: green for the two right
// classes, six colours for wrong ones, grey for the rest.
func TestMapOfAnswers(t *testing.T) {
	f, err := OfAnswers(sectorMap(t))
	if err != nil {
		t.Fatal(err)
	}
	f.Width = 600
	if len(f.Categories) != 9 || f.Categories[0].Name != "class-c" || !f.Categories[1].Right || f.Categories[8].Name != "3 others" {
		t.Fatalf("categories %+v", f.Categories)
	}
	img, p := drawn(t, f), planOf(t, f)
	at := func(azimuth float64) color.RGBA { return pixel(img, p.to(azimuth, 80)) }
	if at(75) != rightColours[0] || at(105) != rightColours[0] || at(225) != rightColours[1] {
		t.Errorf("the right classes have the colours %v, %v and %v", at(75), at(105), at(225))
	}
	seen := map[color.RGBA]float64{}
	grey := 0
	for _, azimuth := range []float64{15, 45, 135, 165, 195, 255, 285, 315, 345} {
		c := at(azimuth)
		if c == otherColour {
			grey++
		} else if other, twice := seen[c]; twice || c == rightColours[0] || c == rightColours[1] {
			t.Errorf("azimuths %g and %g have one colour, or that of a right class", azimuth, other)
		}
		seen[c] = azimuth
	}
	if grey != 3 {
		t.Errorf("%d of the wrong sectors are grey, want 3", grey)
	}
	if text := f.Describe(); !strings.Contains(text, "class-c (right) 17 %, class-h (right) 8 %, class-a 8 %") {
		t.Errorf("description: %s", text)
	}
	// The number of the widest sector stands in its middle, white with a dark digit.
	row, column, depth := f.middle(0)
	if x, y := f.XS[column], f.YS[row]; math.Abs(x-90) > 5 || math.Abs(y-40) > 25 || depth != 6 {
		t.Errorf("class-c is labelled at (%g, %g), %d cells deep", x, y, depth)
	}
	if c := pixel(img, point{p.toX(f.XS[column]) - 5.5, p.toY(f.YS[row])}); c != paper {
		t.Errorf("beside the digit of class-c there is %v, want white", c)
	}
}

// TestAnswersUnderThePointer reads names and probabilities from the Vega-Lite version.
func TestAnswersUnderThePointer(t *testing.T) {
	f, err := OfAnswers(sectorMap(t))
	if err != nil {
		t.Fatal(err)
	}
	text := VegaLite(f)
	var spec struct {
		Layer []struct {
			Data struct {
				Values []struct {
					Name, Text string
					Value      float64
				}
			}
			Encoding struct {
				Color struct {
					Scale struct{ Domain, Range []string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	values := spec.Layer[0].Data.Values
	if len(values) != 72*20 || values[0].Text != "class-a" || values[70].Text != "class-l" || values[70].Name != "3 others" || values[0].Value != 1 {
		t.Errorf("%d values, the first %+v, the last of the row %+v", len(values), values[0], values[70])
	}
	if s := spec.Layer[0].Encoding.Color.Scale; len(s.Domain) != 9 || len(s.Range) != 9 || s.Domain[0] != "class-c" || s.Range[8] != hexColour(otherColour) {
		t.Errorf("the scale is %+v", s)
	}
}

func TestNoMapOfAnswers(t *testing.T) {
	m := sectorMap(t)
	m.Answers = nil
	if _, err := OfAnswers(m); !errors.Is(err, objective.ErrNoAnswers) {
		t.Errorf("error %v, want ErrNoAnswers", err)
	}
	f := sampleMap()
	f.Categories = []Category{{Name: "a"}}
	if _, _, err := Size(f); err == nil || !strings.Contains(err.Error(), "is not the index of one of 1 categories") {
		t.Errorf("values as categories: error %v", err)
	}
	f = flatMap(0)
	for range 9 {
		f.Categories = append(f.Categories, Category{Name: "a"})
	}
	if _, _, err := Size(f); err == nil || !strings.Contains(err.Error(), "have distinct colours") {
		t.Errorf("nine wrong categories: error %v", err)
	}
	f = sampleMap()
	f.Marks = []Mark{{Cells: make([][]bool, 3)}}
	if _, _, err := Size(f); err == nil || !strings.Contains(err.Error(), "mark 0 has 3 rows") {
		t.Errorf("a mark of another grid: error %v", err)
	}
}

// TestDifference: blue where the first has the greater f, brown where the second has,
// and patterns where one is right alone.
func TestDifference(t *testing.T) {
	a, b := sectorMap(t), sectorMap(t)
	for i := range b.Z { // the second turns by 30°: its sector of class 7 comes at 240°
		j := i/72*72 + (i%72+66)%72
		b.Z[i], b.Answers[i] = a.Z[j], a.Answers[j]
	}
	a.Meta, b.Meta = `{"mesh": "m", "network": "one", "label": "x"}`, `{"mesh": "m", "network": "two", "label": "x"}`
	f, err := OfDifference(a, b)
	if err != nil {
		t.Fatal(err)
	}
	f.Width = 600
	if f.Title != "one minus two" || len(f.Marks) != 2 || f.Marks[0].Name != "only one is right" {
		t.Errorf("title %q, marks %+v", f.Title, f.Marks)
	}
	img, p := drawn(t, f), planOf(t, f)
	for azimuth, want := range map[float64]color.RGBA{30: divergingMid, 75: divergingHigh, 105: divergingMid, 135: divergingLow, 220: divergingHigh, 250: divergingLow} {
		seen := map[color.RGBA]int{}
		for d := -8.0; d < 8; d += 0.5 {
			seen[pixel(img, p.to(azimuth+d/2, 40+d))]++
		}
		if seen[want] == 0 {
			t.Errorf("at %g° the colours are %v, want %v", azimuth, seen, want)
		}
		if _, marked := seen[ink]; marked != (want != divergingMid) {
			t.Errorf("at %g° the pattern is there: %t", azimuth, marked)
		}
	}
	text := f.Describe()
	if !strings.Contains(text, "only one is right 17 %") || !strings.Contains(text, "only two is right 17 %") {
		t.Errorf("description: %s", text)
	}
	if spec := VegaLite(f); !strings.Contains(spec, `"mark":"only two is right"`) || !strings.Contains(spec, hexColour(divergingLow)) {
		t.Error("the interactive version lacks marks or the scale")
	}
	b.Answers = nil
	if f, err = OfDifference(a, b); err != nil || f.Marks != nil {
		t.Errorf("without answers: marks %v, error %v", f.Marks, err)
	}
}
