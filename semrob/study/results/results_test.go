package results

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

func example() *Table {
	space := append(objective.Viewpoints(), objective.Axis{Name: "distance", Min: 1.5, Max: 6})
	t := &Table{Study: "lite", Space: space}
	for i := range 200 {
		x := float64(i) / 7
		t.Rows = append(t.Rows, Row{
			Network: "efficientnet-lite0", Weights: "abc", Preprocess: "raw", Object: fmt.Sprintf("chair, \"%d\"\nÄ", i), Group: "chair",
			Class: 559, ClassName: "folding chair", MeshHash: "f00", Method: "oir-b", MethodSettings: `{"alpha":0.05}`, Mode: "default",
			Seed: math.MaxUint64 - uint64(i), Start: i % 4,
			StartPoint: []float64{x, -x, math.Pi}, A: []float64{x - 1, math.Inf(-1), 2}, B: []float64{x + 1, math.Inf(1), 3},
			Status: "stationary", Iterations: i, Evaluations: 8 * i, Fraction: x / 30, InitialF: 0.1, MapMean: Absent, MapAccuracy: 1. / 3,
			Versions: "region=3", RegionsFile: "regions/a.npz", MapFile: "maps/a.npz",
		})
	}
	t.Rows[3] = Row{
		Network: "efficientnet-lite0", Object: "broken", Method: "oir-b", Status: SetAside, Error: "line 4: a face has no vertex",
		Fraction: Absent, InitialF: Absent, MapMean: Absent, MapAccuracy: Absent,
	}
	return t
}

// same compares as text, where NaN equals NaN.
func same(a, b []Row) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

func TestFilesReadBackAsTheSame(t *testing.T) {
	want := example()
	for _, name := range []string{"results.parquet", "results.csv"} {
		path := filepath.Join(t.TempDir(), name)
		if err := want.Save(path); err != nil {
			t.Fatal(err)
		}
		got, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		expected := append([]Row(nil), want.Rows...)
		expected[3].room(3) // a row without vectors has absent ones in a file
		if !same(got.Rows, expected) {
			t.Errorf("%s: rows differ after reading: %+v", name, got.Rows[:4])
		}
		if len(got.Space) != 3 || got.Space[2].Name != "distance" {
			t.Errorf("%s: the axes are %v", name, got.Space)
		}
		if name == "results.parquet" && (fmt.Sprint(got.Space) != fmt.Sprint(want.Space) || got.Study != "lite") {
			t.Errorf("%s: study %q over %v", name, got.Study, got.Space)
		}
	}
}

// TestParquetIsPlain reads the file with another reader, which knows columns by
// name only, as pandas and DuckDB do.
func TestParquetIsPlain(t *testing.T) {
	want := example()
	path := filepath.Join(t.TempDir(), "results.parquet")
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	type some struct {
		Network  string   `parquet:"network"`
		Seed     uint64   `parquet:"seed"`
		Upper    *float64 `parquet:"b_distance,optional"`
		MapMean  *float64 `parquet:"map_mean,optional"`
		Fraction *float64 `parquet:"fraction,optional"`
	}
	rows, err := parquet.ReadFile[some](path)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(want.Rows) {
		t.Fatalf("%d rows of %d", len(rows), len(want.Rows))
	}
	for i, r := range rows {
		w := want.Rows[i]
		if r.Network != w.Network || r.Seed != w.Seed || r.MapMean != nil {
			t.Errorf("row %d is %+v, written was %+v", i, r, w)
		}
		if i == 3 {
			if r.Fraction != nil || r.Upper != nil {
				t.Errorf("the row that was set aside has numbers: %+v", r)
			}
		} else if *r.Fraction != w.Fraction || *r.Upper != 3 {
			t.Errorf("row %d: fraction %g, upper bound %g", i, *r.Fraction, *r.Upper)
		}
	}
}

func TestEqualTablesAreEqualBytes(t *testing.T) {
	var one, two bytes.Buffer
	for _, to := range []*bytes.Buffer{&one, &two} {
		if err := example().writeParquet(to); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two files of equal tables differ")
	}
}

func TestWhatIsNoTable(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole := filepath.Join(dir, "whole.csv")
	if err := example().Save(whole); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(whole)
	foreign := filepath.Join(dir, "foreign.parquet")
	if err := parquet.WriteFile(foreign, []struct{ X int }{{1}}); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "absent.csv"):   "no such file",
		write("a.txt", ""):                 ".parquet or .csv",
		write("empty.csv", ""):             "EOF",
		write("other.csv", "x,y\n1,2\n"):   `no column "network"`,
		write("broken.parquet", "not one"): "does not hold results",
		foreign:                            "does not say",
		write("number.csv", strings.Replace(string(text), ",559,", ",many,", 1)): `"many"`,
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, expected one that says %q", filepath.Base(path), err, says)
		}
	}
	bad := &Table{Space: objective.Viewpoints(), Rows: []Row{{A: []float64{1}}}}
	if err := bad.Save(filepath.Join(dir, "bad.csv")); err == nil {
		t.Error("a vector of one coordinate in a space of two was written")
	}
	if err := bad.Save(filepath.Join(dir, "bad.json")); err == nil {
		t.Error("a table was written to a .json file")
	}
}
