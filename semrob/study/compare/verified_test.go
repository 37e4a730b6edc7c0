package compare

import (
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// TestVerifiedTable summarises two regions of one network and one of another by hand.
func TestVerifiedTable(t *testing.T) {
	nan := math.NaN()
	row := func(network, object string, fraction float64) results.Row {
		return results.Row{Network: network, Preprocess: "standard", Object: object, Fraction: fraction}
	}
	table := VerifiedTable([]results.Verified{
		{Row: row("one", "a", 0.10), OnMap: 0.8, OnNetwork: 0.6, Apart: 0.25, Top1: 0.5, Again: 0.2, IoU: 0.4},
		{Row: row("one", "b", 0.30), OnMap: 0.4, OnNetwork: 0.4, Apart: 0.05, Top1: 1, Again: nan, IoU: nan},
		{Row: row("two", "a", 0.10), OnMap: 0.5, OnNetwork: 0.45, Apart: 0.05, Top1: nan, Again: nan, IoU: nan},
	})
	var text strings.Builder
	if err := table.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 3 || len(table.Headers) != 11 || len(table.Rows[0]) != 11 {
		t.Fatalf("%q", text.String())
	}
	value := func(row, column int) float64 { return newNumber(t, table.Rows[row][column]) }
	for column, want := range []float64{1: 2, 2: 0.6, 3: 0.5, 4: 0.15, 5: 1, 6: 75, 7: 1, 8: 10, 9: 20, 10: 0.4} {
		if column > 0 && math.Abs(value(0, column)-want) > 1e-12 {
			t.Errorf("%s: %g, want %g", table.Headers[column], value(0, column), want)
		}
	}
	if value(1, 5) != 0 || !math.IsNaN(value(1, 6)) || !math.IsNaN(value(1, 10)) {
		t.Errorf("the second row is %v", table.Rows[1])
	}
}

// TestVerifiedTableNamesPreprocessing distinguishes one network with two
// preprocessings.
func TestVerifiedTableNamesPreprocessing(t *testing.T) {
	var all []results.Verified
	for _, preprocess := range []string{"standard", "raw"} {
		all = append(all, results.Verified{Row: results.Row{Network: "one", Preprocess: preprocess, Object: "a"}})
	}
	table := VerifiedTable(all)
	if len(table.Rows) != 2 || table.Rows[0][0] != "one (standard)" || table.Rows[1][0] != "one (raw)" {
		t.Errorf("rows %v", table.Rows)
	}
}

func newNumber(t *testing.T, cell any) float64 {
	t.Helper()
	switch v := cell.(type) {
	case int:
		return float64(v)
	case figure.Quantity:
		return v.Value
	}
	t.Fatalf("%v is not a number", cell)
	return 0
}
