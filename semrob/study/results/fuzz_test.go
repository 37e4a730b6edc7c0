package results

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// small returns a table of one row.
func small() *Table {
	return &Table{
		Study: "s", Space: objective.Viewpoints(), Items: nil, Devices: []string{"cpu"},
		Rows: []Row{{
			Network: "n", Object: "o", Group: "g", ClassName: "=c", Method: "naive", MethodSettings: "{}", StartPoint: []float64{1, 2}, A: []float64{0, 1}, B: []float64{2, 3},
			Status: "stationary", Fraction: 0.5, InitialF: Absent, MapMean: Absent, MapAccuracy: Absent,
		}},
	}
}

// FuzzParquet finds tables that make the reader fail in other ways than by an error.
func FuzzParquet(f *testing.F) {
	var out bytes.Buffer
	if err := small().writeParquet(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "t.parquet")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if table, err := Open(path); err == nil {
			checkRead(t, table)
		}
	})
}

// FuzzCSV is FuzzParquet for the other format.
func FuzzCSV(f *testing.F) {
	var out bytes.Buffer
	if err := small().writeCSV(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte("\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if table, err := readCSV(bytes.NewReader(data)); err == nil {
			checkRead(t, table)
		}
	})
}

func checkRead(t *testing.T, table *Table) {
	for _, row := range table.Rows {
		for _, list := range [][]float64{row.A, row.B} {
			if len(list) != 0 && len(list) != len(row.A) {
				t.Errorf("bounds of %d and %d numbers", len(row.A), len(row.B))
			}
		}
	}
}
