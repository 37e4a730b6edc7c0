package figure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi   float64
		unit     string
		most     int
		want     []float64
		decimals int
	}{
		{0, 360, "°", 8, []float64{0, 60, 120, 180, 240, 300, 360}, 0},
		{-10, 90, "°", 6, []float64{0, 30, 60, 90}, 0},
		{0, 1, "", 6, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}, 1},
		{0, 1, "", 5, []float64{0, 0.25, 0.5, 0.75, 1}, 2},
		{-1500, 0, "", 5, []float64{-1500, -1000, -500, 0}, 0},
		{0.001, 0.0021, "", 4, []float64{0.001, 0.0015, 0.002}, 4},
	} {
		t.Run(fmt.Sprintf("%g to %g%s", c.lo, c.hi, c.unit), func(t *testing.T) {
			got, decimals := ticks(c.lo, c.hi, c.unit, c.most)
			if fmt.Sprintf("%.6f", got) != fmt.Sprintf("%.6f", c.want) || decimals != c.decimals {
				t.Errorf("ticks of %g…%g%s: %v with %d decimals, want %v with %d", c.lo, c.hi, c.unit, got, decimals, c.want, c.decimals)
			}
		})
	}
}

// Whatever the range, there are between one and most marks, all inside.
func TestTicksFit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		lo := (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(9)-4))
		hi := lo + r.Float64()*math.Pow(10, float64(r.IntN(9)-4))
		unit := []string{"", "°"}[r.IntN(2)]
		most := 3 + r.IntN(8)
		at, _ := ticks(lo, hi, unit, most)
		if len(at) == 0 || len(at) > most {
			t.Fatalf("%g…%g%s has %d marks, at most %d fit", lo, hi, unit, len(at), most)
		}
		slack := (hi - lo) * 1e-6
		for _, v := range at {
			if v < lo-slack || v > hi+slack {
				t.Fatalf("%g…%g%s has a mark at %g", lo, hi, unit, v)
			}
		}
	}
}

func TestPieces(t *testing.T) {
	a, e := Azimuth(), Elevation()
	for _, c := range []struct {
		axis     Axis
		from, to float64
		want     []piece
	}{
		{a, 10, 20, []piece{{from: 10, to: 20}}},
		{a, -20, 30, []piece{{from: 340, to: 360, openTo: true}, {from: 0, to: 30, openFrom: true}}},
		{a, 350, 380, []piece{{from: 350, to: 360, openTo: true}, {from: 0, to: 20, openFrom: true}}},
		{a, 700, 710, []piece{{from: 340, to: 350}}},
		{a, 0, 400, []piece{{0, 360, true, true}}},
		{a, 30, 10, nil},
		{a, math.NaN(), 10, nil},
		{e, -20, 40, []piece{{from: -10, to: 40, openFrom: true}}},
		{e, -10, 90, []piece{{from: -10, to: 90}}},
		{e, 95, 99, nil},
	} {
		t.Run(fmt.Sprintf("%s %g to %g", c.axis.Name, c.from, c.to), func(t *testing.T) {
			if got := pieces(c.axis, c.from, c.to); !reflect.DeepEqual(got, c.want) {
				t.Errorf("pieces of %g…%g on %s: %+v, want %+v", c.from, c.to, c.axis.Name, got, c.want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{axisTitle(Azimuth()), "azimuth (°)"},
		{axisTitle(Axis{Name: "ambient"}), "ambient"},
		{axisValue(Elevation(), -10), "−10°"},
		{axisValue(Elevation(), 12.34), "12.3°"},
		{axisValue(Axis{Unit: "m", Max: 3}, 2.7324), "2.732 m"},
		{axisRange(Azimuth(), -20, 60.06), "−20…60.1°"},
		{number(-0.001, 2), "0.00"},
		{number(-1.5, 1), "−1.5"},
	} {
		t.Run(c.want, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
}
