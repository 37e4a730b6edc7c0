package semrob_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// TestTables compares the tables with the results that they are made of.
func TestTables(t *testing.T) {
	ctx, lab := context.Background(), newLab(t)
	m, err := lab.Map(ctx, teapot, semrob.MapOptions{Axes: grid(t, "azimuth=0:360:60", "elevation=-10:90:50")})
	if err != nil {
		t.Fatal(err)
	}
	results, err := lab.MethodsOnMap(ctx, m, semrob.RegionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(region.Methods()) || results[0].Method == results[1].Method {
		t.Fatalf("%d results, want one of each method", len(results))
	}

	t.Run("maps", func(t *testing.T) {
		row := semrob.MapTable(m, m).Rows[1]
		if row[0] != "teapot" || !strings.HasPrefix(row[1].(string), "efficientnet-lite0") || row[2] != "teapot" {
			t.Errorf("the row begins with %v", row[:3])
		}
		checkNumber(t, row[3], m.Stats().Mean)
		checkNumber(t, row[6], 100*m.Above(0.5))
	})
	t.Run("methods", func(t *testing.T) {
		table, err := lab.MethodTable(ctx, semrob.RegionOptions{}, m)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if !strings.Contains(table.Headers[3+i], r.Method) {
				t.Errorf("column %d is %q, want %s", 3+i, table.Headers[3+i], r.Method)
			}
			checkNumber(t, table.Rows[0][3+i], 100*r.SRVR())
		}
	})
	t.Run("regions", func(t *testing.T) {
		table := semrob.RegionTable(m, results[0])
		if len(table.Rows) != 4 || table.Rows[0][1] != "(130°, 30°)" {
			t.Fatalf("rows %v, want one of each start", table.Rows)
		}
		for i, run := range results[0].Runs {
			sum, n := 0.0, 0.0
			for k, z := range m.Z {
				if run.Bounds.Contains(results[0].Space, m.Point(k)) {
					sum, n = sum+z, n+1
				}
			}
			checkNumber(t, table.Rows[i][2], 100*results[0].Fraction(i))
			checkNumber(t, table.Rows[i][3], sum/n)
		}
	})
	t.Run("verified regions", func(t *testing.T) {
		box := region.Bounds{A: []float64{20, 10}, B: []float64{60, 40}}
		found := &region.Result{Method: "naive", Space: m.Space(), Runs: []region.Run{
			{Start: []float64{90, 0}, Bounds: box, Status: region.Vanished},
			{Start: []float64{40, 25}, Bounds: box}, {Start: []float64{41, 25}, Bounds: box},
		}}
		o := verify.Options{Samples: 6, Points: 4}
		table, err := lab.VerifyTable(ctx, teapot, o, found)
		if err != nil {
			t.Fatal(err)
		}
		reports, err := lab.Verify(ctx, teapot, semrob.VerifyOptions{Regions: []region.Bounds{box, box}, Options: o})
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := table.Rows[0][3].(float64); len(table.Rows) != 3 || !ok || !math.IsNaN(v) {
			t.Fatalf("rows %v, want three, the first without an answer", table.Rows)
		}
		for i, r := range reports {
			checkNumber(t, table.Rows[1+i][3], 100*r.Top1.Estimate)
			checkNumber(t, table.Rows[1+i][4], 100*r.Top1.Lower)
			checkNumber(t, table.Rows[1+i][5], r.Minimum.Value)
		}
	})
}

func checkNumber(t *testing.T, cell any, want float64) {
	t.Helper()
	got, ok := cell.(figure.Quantity)
	if !ok || !(got.Value == want || math.IsNaN(want) && math.IsNaN(got.Value)) {
		t.Errorf("the table has %v, want %g", cell, want)
	}
}
