package results

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/semrob/gonb-semrob/internal/enum"
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

// same compares as text, so that NaN equals NaN.
func same(a, b []Row) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

func TestFilesReadBackAsTheSame(t *testing.T) {
	want := example()
	for _, name := range []string{"results.parquet", "results.csv"} {
		t.Run(name, func(t *testing.T) {
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
		})
	}
}

// TestParquetIsPlain reads the file with a reader that only knows column names, like
// pandas and DuckDB.
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

func TestErrorsOfOpen(t *testing.T) {
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
	for path, c := range map[string]struct {
		is   error
		says string
	}{
		filepath.Join(dir, "absent.csv"):   {fs.ErrNotExist, "no such file"},
		write("empty.csv", ""):             {ErrFormat, "EOF"},
		write("other.csv", "x,y\n1,2\n"):   {ErrFormat, `no column "network"`},
		write("broken.parquet", "not one"): {ErrFormat, "not a table"},
		foreign:                            {ErrFormat, "metadata"},
		write("number.csv", strings.Replace(string(text), ",559,", ",many,", 1)): {ErrFormat, `"many"`},
	} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if _, err := Open(path); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v, want %v with %q", err, c.is, c.says)
			}
		})
	}
	var unknown *enum.UnknownError
	if _, err := Open(write("a.txt", "")); !errors.As(err, &unknown) || unknown.Name != ".txt" {
		t.Errorf("opening a .txt file gives %v", err)
	}
	if err := example().Save(filepath.Join(dir, "bad.json")); !errors.As(err, &unknown) {
		t.Errorf("saving a .json file gives %v", err)
	}
	bad := &Table{Space: objective.Viewpoints(), Rows: []Row{{A: []float64{1}}}}
	if err := bad.Save(filepath.Join(dir, "bad.csv")); err == nil {
		t.Error("a vector of one coordinate in a space of two was written")
	}
}

func TestAnotherVersionIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.parquet")
	var file bytes.Buffer
	if err := example().writeParquet(&file); err != nil {
		t.Fatal(err)
	}
	old, other := []byte(`"version":1}`), []byte(`"version":7}`)
	if !bytes.Contains(file.Bytes(), old) {
		t.Fatal("the file has no version")
	}
	if err := os.WriteFile(path, bytes.Replace(file.Bytes(), old, other, 1), 0o644); err != nil {
		t.Fatal(err)
	}
	var version *VersionError
	if _, err := Open(path); !errors.As(err, &version) || version.Version != 7 || errors.Is(err, ErrFormat) {
		t.Errorf("the error is %v, want one of version 7", err)
	}
}

// TestDamagedParquetIsAnError flips bits and truncates files: reading must neither
// panic nor take long.
func TestDamagedParquetIsAnError(t *testing.T) {
	var file bytes.Buffer
	if err := example().writeParquet(&file); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "results.parquet")
	random := rand.New(rand.NewPCG(1, 2))
	errs := 0
	for range 400 {
		data := bytes.Clone(file.Bytes())
		if random.IntN(4) == 0 {
			data = data[:random.IntN(len(data))]
		} else {
			// Most of the file is data; its end describes it.
			from := 0
			if random.IntN(2) == 0 {
				from = len(data) * 3 / 4
			}
			data[from+random.IntN(len(data)-from)] ^= 1 << random.IntN(8)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err != nil {
			errs++
			var version *VersionError
			if !errors.Is(err, ErrFormat) && !errors.As(err, &version) {
				t.Errorf("a damaged file gives %v", err)
			}
		}
	}
	if errs < 200 {
		t.Errorf("only %d of 400 damaged files are errors", errs)
	}
}

// TestCSVTextIsNoFormula: text from a study's files must not run in a spreadsheet, and
// reads back unchanged.
func TestCSVTextIsNoFormula(t *testing.T) {
	want := &Table{Space: objective.Viewpoints()}
	for _, text := range []string{"=HYPERLINK(\"x\")", "@SUM(A1)", "+1", "-1", "'=1", "''-", "'quoted'", "cup"} {
		r := Row{Object: text, Error: text, Fraction: -0.5, InitialF: Absent, MapMean: Absent, MapAccuracy: Absent}
		r.room(2)
		want.Rows = append(want.Rows, r)
	}
	path := filepath.Join(t.TempDir(), "results.csv")
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		if text := record[slices.Index(records[0], "object")]; strings.ContainsAny(text[:1], "=@+-") {
			t.Errorf("the cell %q is a formula", text)
		}
		if x := record[slices.Index(records[0], "fraction")]; x != "-0.5" {
			t.Errorf("the number is %q", x)
		}
	}
	got, err := Open(path)
	if err != nil || !same(got.Rows, want.Rows) {
		t.Errorf("rows differ after reading: %+v (%v)", got, err)
	}
}
