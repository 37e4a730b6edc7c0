package compare

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

var update = flag.Bool("update", false, "write the golden tables anew")

// example is a study of three networks on two classes with three objects: "good" is
// better than "fair" on every run, "odd" equals fair except for an unfinished object.
func example() *results.Table {
	t := &results.Table{Study: "example", Space: objective.Viewpoints()}
	for n, network := range []string{"good", "fair", "odd"} {
		for o := range 6 {
			for start := range 2 {
				r := results.Row{
					Network: network, Preprocess: "standard", Object: fmt.Sprintf("object_%d", o), Group: []string{"cup", "vase & co"}[o/3], Method: "oir-b",
					Mode: "default", Start: start, Fraction: 0.05*float64(o+1) + 0.01*float64(start), Status: "stationary",
					MapMean: 0.4 + 0.01*float64(o), MapAccuracy: 0.5, InitialF: results.Absent,
				}
				if n == 0 {
					r.Fraction += 0.1 + 0.01*float64(o)
					r.MapAccuracy = 0.75
				}
				if n == 2 && o == 5 {
					r.Fraction, r.Status, r.MapMean, r.MapAccuracy = results.Absent, results.SetAside, results.Absent, results.Absent
				}
				t.Rows = append(t.Rows, r)
			}
		}
	}
	return t
}

func TestTablesAreGolden(t *testing.T) {
	c, err := New(example(), Options{Resamples: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, write := range []func(*figure.Table, io.Writer) error{(*figure.Table).WriteMarkdown, (*figure.Table).WriteLaTeX, (*figure.Table).WriteCSV} {
		for _, table := range []*figure.Table{c.SRVR(ByNetwork), c.SRVR(ByClass), c.Pairs()} {
			if err := write(table, &out); err != nil {
				t.Fatal(err)
			}
			out.WriteString("\n")
		}
	}
	path := filepath.Join("testdata", "tables.golden")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the tables are not those of %s (write them anew with -update):\n%s", path, out.Bytes())
	}
}

// The points of the scatter plot are the numbers of the table. If a network has no
// accuracy, all use their mean f; a network without maps is omitted.
func TestScatterHasTheTablesNumbers(t *testing.T) {
	table := example()
	check := func(label string, numbers func(Summary) Interval, names ...string) {
		t.Helper()
		c, err := New(table, Options{Resamples: 1000})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Scatter("oir-b")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.X.Name, label) || len(p.Points) != len(names) {
			t.Fatalf("%d points over %q, want %d over %q", len(p.Points), p.X.Name, len(names), label)
		}
		for i, s := range c.Summaries(ByNetwork)[:len(names)] {
			x, y := numbers(s), s.SRVR
			if got := p.Points[i]; got.Name != names[i] || got.X.Value != x.Mean || got.X.Lower != x.Lower || got.Y.Value != y.Mean || got.Y.Upper != y.Upper {
				t.Errorf("point %d is %+v, want %s at %v, %v", i, got, names[i], x, y)
			}
		}
		var unknown *enum.UnknownError
		if _, err := c.Scatter("naive"); !errors.As(err, &unknown) || !slices.Equal(unknown.Known, []string{"oir-b"}) {
			t.Errorf("an unknown method gives %v", err)
		}
	}
	check("named right", func(s Summary) Interval { return s.Accuracy }, "good", "fair", "odd")
	for i := range table.Rows {
		if table.Rows[i].Network != "good" {
			table.Rows[i].MapAccuracy = results.Absent
		}
		if table.Rows[i].Network == "odd" {
			table.Rows[i].MapMean = results.Absent
		}
	}
	check("mean f", func(s Summary) Interval { return s.F }, "good", "fair")
	for i := range table.Rows {
		table.Rows[i].MapMean = results.Absent
	}
	c, err := New(table, Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Scatter("oir-b"); !errors.Is(err, ErrNoMaps) {
		t.Errorf("networks without maps give %v", err)
	}
}

func TestGroupings(t *testing.T) {
	for name, want := range map[string]By{"": ByNetwork, "network": ByNetwork, "Class": ByClass} {
		t.Run(name, func(t *testing.T) {
			if by, err := ParseBy(name); err != nil || by != want {
				t.Errorf("got %q (%v), want %q", by, err, want)
			}
		})
	}
	var unknown *enum.UnknownError
	if _, err := ParseBy("planet"); !errors.As(err, &unknown) || unknown.Name != "planet" {
		t.Errorf("an unknown grouping gives %v", err)
	}
}

// TestNumbersOfTheExample compares with sums done by hand.
func TestNumbersOfTheExample(t *testing.T) {
	c, err := New(example(), Options{Resamples: 500})
	if err != nil {
		t.Fatal(err)
	}
	s := c.Summaries(ByNetwork)
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	near("SRVR of good", s[0].SRVR.Mean, 5*3.5+0.5+10+2.5)
	near("SRVR of fair", s[1].SRVR.Mean, 5*3.5+0.5)
	near("SRVR of odd", s[2].SRVR.Mean, 5*3+0.5)
	near("mean f of odd", s[2].F.Mean, 42)
	near("accuracy of good", s[0].Accuracy.Mean, 75)
	near("rank of odd", s[2].Rank, 3)
	near("mean rank of odd, which ties with fair wherever it finished", s[2].MeanRank, 2.5)
	if b := c.Bars(); len(b.Series) != 3 || b.Series[2].Values[0] != s[2].SRVR.Mean || b.Series[2].Upper[0] != s[2].SRVR.Upper {
		t.Errorf("bars %+v", b)
	}
	if s[2].LeftOut != 2 || s[2].SRVR.Clusters != 5 || s[2].SRVR.Values != 10 {
		t.Errorf("odd counts %+v", s[2])
	}
	v := c.Versus()
	near("good minus fair", v[0].Difference.Mean, 12.5)
	near("p of 6 wins of 6", v[0].P, 2./64)
	near("Wilcoxon's p of 6 wins of 6", v[0].Wilcoxon, 2./64)
	near("p of 5 wins of 5", v[1].P, 2./32)
	near("Holm's p of the least of three", v[0].PHolm, 6./64)
	near("fair and odd", v[2].P, 1)
	if v[2].Ties != 5 || v[0].Wins != 6 || v[1].Difference.Values != 10 {
		t.Errorf("counts: %+v", v)
	}
}

// TestTwoSeeds has the settings of a plan with two seeds.
func TestTwoSeeds(t *testing.T) {
	table := example()
	for i, r := range table.Rows {
		table.Rows[i].MethodSettings = `{"settings": {"seed": 0, "iterations": 9}}`
		r.Seed, r.MethodSettings = 1, `{"settings": {"seed": 1, "iterations": 9}}`
		table.Rows = append(table.Rows, r)
	}
	if _, err := New(table, Options{Resamples: 100}); err != nil {
		t.Error(err)
	}
	table.Rows[0].MethodSettings = `{"settings": {"seed": 0, "iterations": 8}}`
	if _, err := New(table, Options{Resamples: 100}); !errors.Is(err, ErrSettings) {
		t.Errorf("other iterations: error %v, want ErrSettings", err)
	}
}

func TestIncomparableResults(t *testing.T) {
	for want, change := range map[error]func(*results.Table){
		ErrNoResults: func(t *results.Table) { t.Rows = nil },
		ErrDuplicate: func(t *results.Table) { t.Rows = append(t.Rows, t.Rows[0]) },
		ErrSettings:  func(t *results.Table) { t.Rows[0].MethodSettings = `{"alpha":0.1}` },
	} {
		t.Run(want.Error(), func(t *testing.T) {
			table := example()
			change(table)
			if _, err := New(table, Options{}); !errors.Is(err, want) {
				t.Errorf("the error is %v, want %v", err, want)
			}
		})
	}
	other := &results.Table{Space: objective.Viewpoints()[:1]}
	if _, err := Join(example(), other); !errors.Is(err, ErrAxes) || !strings.Contains(err.Error(), "azimuth × elevation") {
		t.Errorf("regions with other axes were joined: %v", err)
	}
	if _, err := Join(); !errors.Is(err, ErrNoResults) {
		t.Errorf("no tables give %v", err)
	}
	// A network with two kinds of preprocessing counts as two.
	table := example()
	for i := range table.Rows {
		if r := &table.Rows[i]; r.Network == "fair" {
			r.Network, r.Preprocess = "good", "raw"
		}
	}
	c, err := New(table, Options{})
	if err != nil || fmt.Sprint(c.Networks) != "[good (standard) good (raw) odd]" {
		t.Errorf("networks %v, error %v", c, err)
	}
}

// TestPublishedResults compares with study.PublishedRegions.SRVR, which sums the same
// arrays in another way.
func TestPublishedResults(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "published")
	table, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(table, Options{Resamples: 500, Permutations: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(c.Networks, len(c.Classes)) != "[AlexNet ResNet50] 10" {
		t.Fatalf("networks %v, classes %v", c.Networks, c.Classes)
	}
	for _, s := range c.Summaries(ByNetwork) {
		methods, err := study.SRVRFile(filepath.Join(dir, "regions_"+s.Network+".npz"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range methods {
			if m.Method == s.Method && (math.Abs(m.Percent-s.SRVR.Mean) > 1e-9 || m.Regions != s.SRVR.Values || m.LeftOut != s.LeftOut) {
				t.Errorf("%s, %s: %+v, summed otherwise %+v", s.Network, s.Method, s, m)
			}
		}
		if !(s.SRVR.Lower < s.SRVR.Mean && s.SRVR.Mean < s.SRVR.Upper) {
			t.Errorf("%s, %s: interval %+v", s.Network, s.Method, s.SRVR)
		}
	}
	for _, v := range c.Versus() {
		if !(v.PHolm < 0.05 && v.Difference.Upper < 0) || v.Wins+v.Losses+v.Ties != 100 {
			t.Errorf("AlexNet is not less robust than ResNet50: %+v", v)
		}
	}
	for _, r := range table.Rows[:5] {
		if !(r.InitialF >= 0 && r.InitialF <= 1) || r.Class != 404 {
			t.Errorf("row %+v", r)
		}
	}
}

func TestOpenWithoutResults(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); !errors.Is(err, ErrNoResults) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	if err := example().Save(filepath.Join(dir, "results.parquet")); err != nil {
		t.Fatal(err)
	}
	table, err := Open(dir)
	if err != nil || len(table.Rows) != 36 {
		t.Errorf("a study's folder: %v", err)
	}
}
