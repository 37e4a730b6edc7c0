package compare

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Fewer units than objects: the same means, other intervals and p-values.
func TestClusters(t *testing.T) {
	objects, err := New(example(), Options{Resamples: 1000})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := New(example(), Options{Resamples: 1000, Clusters: "groups", Cluster: func(r results.Row) string { return r.Group }})
	if err != nil {
		t.Fatal(err)
	}
	a, b := objects.Summaries(ByNetwork)[0], groups.Summaries(ByNetwork)[0]
	if a.SRVR.Mean != b.SRVR.Mean || a.Accuracy.Mean != b.Accuracy.Mean || a.SRVR.Values != b.SRVR.Values || a.SRVR.Upper == b.SRVR.Upper {
		t.Errorf("SRVR is %+v by objects and %+v by groups", a.SRVR, b.SRVR)
	}
	if a.SRVR.Clusters != 6 || b.SRVR.Clusters != 2 || b.Accuracy.Clusters != 2 {
		t.Errorf("%d objects, %d and %d groups; want 6, 2 and 2", a.SRVR.Clusters, b.SRVR.Clusters, b.Accuracy.Clusters)
	}
	if v := groups.Versus()[0]; v.Wins != 2 || v.P != LeastP(2) {
		t.Errorf("%d wins, p = %g; want 2 and %g", v.Wins, v.P, LeastP(2))
	}
	if table := groups.SRVR(ByNetwork); !strings.Contains(table.Caption, "over groups") || !slices.Contains(table.Headers, "groups") {
		t.Errorf("the table says %q, %v", table.Caption, table.Headers)
	}

	bars, err := ClusterBars("oir-b", objects, groups)
	if err != nil {
		t.Fatal(err)
	}
	if bars.Series[0].Name != "6 objects" || bars.Series[1].Name != "2 groups" || bars.Series[0].Values[0] != bars.Series[1].Values[0] {
		t.Errorf("the bars are %+v", bars.Series)
	}
	var unknown *enum.UnknownError
	if _, err := ClusterBars("oir-x", objects); !errors.As(err, &unknown) {
		t.Errorf("an unknown method gives %v", err)
	}
}

func TestClassBars(t *testing.T) {
	c, err := New(example(), Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.ClassBars("oir-b")
	if err != nil {
		t.Fatal(err)
	}
	want := c.Summaries(ByClass)[0].SRVR
	if !slices.Equal(b.Groups, c.Classes) || len(b.Series) != 3 || b.Series[0].Values[0] != want.Mean || b.Series[0].Upper[0] != want.Upper {
		t.Errorf("the bars are %+v, want %+v first", b, want)
	}
	var unknown *enum.UnknownError
	if _, err := c.ClassBars("oir-x"); !errors.As(err, &unknown) {
		t.Errorf("an unknown method gives %v", err)
	}
}

func TestMeanMaps(t *testing.T) {
	dir, table := t.TempDir(), example()
	c, err := New(table, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.MeanMaps(dir); !errors.Is(err, ErrNoMaps) {
		t.Errorf("without maps: %v", err)
	}
	for i, z := range []float64{0.25, 0.75} {
		m, err := semmap.New(semmap.Samples{Axis: objective.Azimuth, Values: []float64{0, 180}})
		if err != nil {
			t.Fatal(err)
		}
		m.Z = []float64{z, z}
		table.Rows[2*i].MapFile, table.Rows[2*i+1].MapFile = []string{"a.npz", "b.npz"}[i], []string{"a.npz", "b.npz"}[i]
		if err := m.Save(filepath.Join(dir, table.Rows[2*i].MapFile)); err != nil {
			t.Fatal(err)
		}
	}
	if c, err = New(table, Options{}); err != nil {
		t.Fatal(err)
	}
	means, err := c.MeanMaps(dir)
	if err != nil {
		t.Fatal(err)
	}
	if means[0] == nil || means[0].Z[0] != 0.5 || means[1] != nil {
		t.Errorf("the means are %v", means)
	}
}
