package viewset_test

import (
	"bytes"
	"encoding/csv"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/viewset"
)

func picked() *semrob.Picked {
	p := &semrob.Picked{
		From: semrob.FromSlice, Space: objective.Viewpoints(), Part: []int{1, 3}, Class: 849, Label: "teapot", Of: []byte(`{"kind":"slices"}`),
	}
	for i := range 2 {
		p.Views = append(p.Views, semrob.View{
			Point: []float64{350.5, float64(i)}, Image: image.NewNRGBA(image.Rect(0, 0, 4, 4)), Value: 0.1 * float64(i), Top1: i == 1,
			Top: []network.Prediction{{Class: 5, Label: "=cup", Probability: 0.5}},
		})
	}
	return p
}

// A folder has pictures and two tables with the same columns and values.
func TestSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "views")
	if err := viewset.Save(dir, picked()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"view-0001.png", "view-0002.png", viewset.Record} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, viewset.CSV))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := "file from part azimuth elevation class_index class f right answer_index answer answer_probability"
	if got := strings.Join(rows[0], " "); got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	if got := strings.Join(rows[2], " "); got != "view-0002.png slice 3 350.5 1 849 teapot 0.1 1 5 '=cup 0.5" {
		t.Errorf("row %s", got)
	}
	type row struct {
		File       string  `parquet:"file"`
		Part       int64   `parquet:"part"`
		Azimuth    float64 `parquet:"azimuth"`
		F          float64 `parquet:"f"`
		Right      int64   `parquet:"right"`
		Answer     string  `parquet:"answer"`
		ClassIndex int64   `parquet:"class_index"`
	}
	read, err := parquet.ReadFile[row](filepath.Join(dir, viewset.Parquet))
	if err != nil || len(read) != 2 || read[1] != (row{"view-0002.png", 3, 350.5, 0.1, 1, "=cup", 849}) {
		t.Errorf("%+v, %v", read, err)
	}
	if err := viewset.Save(dir, picked()); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a second set in one folder: %v", err)
	}
}
