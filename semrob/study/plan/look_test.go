package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/render"
)

func onlyItem(t *testing.T, file string) Item {
	t.Helper()
	for item := range prepared(t, file).Items() {
		return item
	}
	t.Fatal("there is no item")
	return Item{}
}

func writePicture(t *testing.T, path string, width int) {
	t.Helper()
	var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, width, 4))); err != nil {
		t.Fatal(err)
	}
	write(t, path, data.String())
}

// TestTheLookIsPartOfItems has every key of look make other items, and none
// where it says what holds without it.
func TestTheLookIsPartOfItems(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "plan.yaml")
	writePicture(t, filepath.Join(dir, "street.png"), 4)
	const text = "networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: cup}]\nmethods: [naive]\n"
	write(t, file, text)
	plain := string(onlyItem(t, file).Data())
	if strings.Contains(plain, `"materials"`) || strings.Contains(plain, `"shading"`) {
		t.Errorf("an item of a plan without look has one: %s", plain)
	}
	seen := map[string]string{plain: "none"}
	for _, look := range []string{
		"{materials: true}", "{shading: smooth}", "{lights: [[1, 0, 0]]}", "{lights: [[1, 0, 0, 0.4]]}", "{lights: [[1, 0, 0, 0.4, 1, 0, 0]]}", "{background: street.png}",
	} {
		write(t, file, text+"look: "+look+"\n")
		item := onlyItem(t, file)
		if first, twice := seen[string(item.Data())]; twice {
			t.Errorf("look %s makes the items of %s", look, first)
		}
		seen[string(item.Data())] = look
		if back, err := ParseItem(item.Data()); err != nil || !reflect.DeepEqual(back, item) {
			t.Errorf("look %s: read back %+v, error %v", look, back.Of, err)
		}
	}
	before := string(onlyItem(t, file).Data())
	writePicture(t, filepath.Join(dir, "street.png"), 5)
	if string(onlyItem(t, file).Data()) == before {
		t.Error("another image in the background's file makes the same items")
	}
	write(t, file, text+"look: {materials: false, shading: flat, lights: []}\n")
	if string(onlyItem(t, file).Data()) != plain {
		t.Error("a look that says the defaults makes other items")
	}
	write(t, file, text+"look: {lights: [\"1,0,0,0.4\", [0, 1, 0]]}\n")
	white := [3]float64{1, 1, 1}
	want := []render.Light{{Direction: [3]float64{1, 0, 0}, Intensity: 0.4, Colour: white}, {Direction: [3]float64{0, 1, 0}, Intensity: 0.5, Colour: white}}
	if got := onlyItem(t, file).Of.Lights; !reflect.DeepEqual(got, want) {
		t.Errorf("lights %+v, want %+v", got, want)
	}
}

// TestLooksThatDoNotGoTogether has mistakes that show only with other parts of
// the plan.
func TestLooksThatDoNotGoTogether(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "plan.yaml")
	writePicture(t, filepath.Join(dir, "street.png"), 4)
	for i, mtl := range []string{"", "newmtl m\nmap_Kd wood.png\nbump -bm 1 rough.png\n", "newmtl m\nKd 1 0 0\n"} {
		name := fmt.Sprintf("m%d", i)
		write(t, filepath.Join(dir, name+".obj"), "mtllib "+name+".mtl\n"+triangle)
		if mtl != "" {
			write(t, filepath.Join(dir, name+".mtl"), mtl)
		}
	}
	write(t, filepath.Join(dir, "out/o.obj"), "mtllib ../m2.mtl\n"+triangle)
	write(t, file, `networks: [{analytic: soft-box}]
objects:
  - {mesh: m2.obj, class: a}
  - {mesh: m0.obj, class: a}
  - {mesh: m1.obj, class: a}
  - {mesh: out/o.obj, class: a}
look:
  materials: true
  background: street.png
space: {set: {background-r: 0.5}}
`)
	_, err := Load(context.Background(), file)
	var all *Error
	if !errors.As(err, &all) || len(all.Problems) != 4 {
		t.Fatalf("want 4 mistakes: %v", err)
	}
	for i, want := range []struct {
		line int
		says string
	}{{4, "m0.mtl"}, {5, "wood.png"}, {6, "../m2.mtl"}, {9, "background-r"}} {
		if p := all.Problems[i]; p.Line != want.line || !strings.Contains(p.Err.Error(), want.says) {
			t.Errorf("mistake %d is %+v, want line %d to say %s", i, p, want.line, want.says)
		}
	}
}

func TestItemsOfANewerStudy(t *testing.T) {
	_, err := ParseItem([]byte(`{"network": "n", "object": "o", "of": {"space": []}, "fog": 3}`))
	if !errors.Is(err, ErrOlder) || !strings.Contains(err.Error(), "fog") {
		t.Errorf("error %v", err)
	}
}
