package subject

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// full returns a description with something in every field.
func full(t *testing.T) Description {
	t.Helper()
	var d Description
	fill(t, reflect.ValueOf(&d).Elem())
	d.MeshHash = "" // with it, the files of the mesh don't count
	return d
}

// fill gives every field of a value something else than its zero value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				fill(t, v.Field(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]float64{"distance": 3}))
	case reflect.String:
		v.SetString("a")
	case reflect.Int:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("a description has a field of type %s: teach this test to change it", v.Type())
	}
}

// leaves calls do for every field that holds a plain value, with its path.
func leaves(v reflect.Value, path string, do func(path string, leaf reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				leaves(v.Field(i), path+"."+f.Name, do)
			}
		}
	case reflect.Pointer:
		leaves(v.Elem(), path, do)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i), do)
		}
	default:
		do(path, v)
	}
}

// TestWhatDecidesAResultIsInItsKey changes every field of a description: each one
// must change the key, unless it is listed here as one that decides nothing.
func TestWhatDecidesAResultIsInItsKey(t *testing.T) {
	decidesNothing := map[string]string{
		".Subject.Class":            "the class is Description.Class",
		".Label":                    "a set is Description.Classes, whatever its name",
		".Subject.Gradients.Width":  "gradients are Description.Gradients",
		".Subject.Gradients.Points": "gradients are Description.Gradients", ".Subject.Gradients.Supersample": "gradients are Description.Gradients",
		".Subject.Open.Labels": "labels count by their content", ".LabelsFile.Path": "labels count by their content",
		".Subject.Background": "the background counts by its content", ".BackgroundFile.Path": "the background counts by its content",
		".Weights.Path": "weights count by the fingerprint", ".Weights.Hash": "weights count by the fingerprint",
	}
	key := full(t).Key()
	checked := map[string]bool{}
	d := full(t)
	leaves(reflect.ValueOf(&d).Elem(), "", func(path string, _ reflect.Value) { checked[path] = true })
	for path := range checked {
		t.Run(path, func(t *testing.T) {
			d := full(t)
			leaves(reflect.ValueOf(&d).Elem(), "", func(at string, leaf reflect.Value) {
				if at != path {
					return
				}
				switch leaf.Kind() {
				case reflect.String:
					leaf.SetString("other")
				case reflect.Int:
					leaf.SetInt(8)
				case reflect.Float64:
					leaf.SetFloat(0.25)
				case reflect.Bool:
					leaf.SetBool(false)
				case reflect.Map:
					leaf.Set(reflect.ValueOf(map[string]float64{"distance": 4}))
				}
			})
			reason, exempt := decidesNothing[path]
			if changed := d.Key() != key; changed == exempt {
				t.Errorf("the key changes: %v (%s)", changed, reason)
			}
		})
	}
	for path := range decidesNothing {
		if !checked[path] {
			t.Errorf("%s is not a field: take it off the list", path)
		}
	}
}

// TestDescriptionSurvivesJSON reads a description back from its JSON.
func TestDescriptionSurvivesJSON(t *testing.T) {
	d := full(t)
	d.Subject.Class, d.Subject.Gradients = "", rendered.Smoothing{} // those of the description
	d.Open.Layout, d.Open.Output, d.Preprocess = network.NCHW, network.Logits, network.Raw
	d.Precision, d.Shading, d.Accept = network.BFloat16, render.Smooth, AcceptSet
	d.Up, d.Camera = mesh.UpZ, render.Paper
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Description
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, d) {
		t.Errorf("read back\n%+v\nwas\n%+v\nerror %v", back, d, err)
	}
}

// TestEveryFieldOfASubjectCounts resolves subjects that differ in one field each.
func TestEveryFieldOfASubjectCounts(t *testing.T) {
	dir := t.TempDir()
	picture := filepath.Join(dir, "street.png")
	file, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(file, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	file.Close()
	labels := filepath.Join(dir, "labels.txt")
	if err := os.WriteFile(labels, []byte(strings.Repeat("thing\n", 849)+"teapot\n"+strings.Repeat("thing\n", 150)), 0o600); err != nil {
		t.Fatal(err)
	}
	sets := filepath.Join(dir, "sets.txt")
	if err := os.WriteFile(sets, []byte("pot: teapot; coffeepot"), 0o600); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*Subject){
		"Mesh":       func(s *Subject) { s.Mesh = "cup" },
		"Network":    func(s *Subject) { s.Network, s.Class = "small", "teapot" },
		"Open":       func(s *Subject) { s.Open.InputSize = 160 },
		"Class":      func(s *Subject) { s.Class = "cup" },
		"ClassSets":  func(s *Subject) { s.Class, s.ClassSets = "@pot", sets },
		"Accept":     func(s *Subject) { s.Class, s.Accept = "rocking chair", AcceptSet },
		"Preprocess": func(s *Subject) { s.Preprocess = network.Raw },
		"Precision":  func(s *Subject) { s.Precision = network.BFloat16 },
		"Set":        func(s *Subject) { s.Set = map[string]float64{"distance": 3} },
		"Parameters": func(s *Subject) {
			s.Parameters = []rendered.UserParameter{{
				Axis: objective.Axis{Name: "zoom", Min: 1, Max: 2}, Default: 1, Revision: "1", Scene: func(*render.Scene, float64) {},
			}}
		},
		"MeshRoot": func(s *Subject) { s.MeshRoot = filepath.Dir(filepath.Dir(s.Mesh)) },
		"Crease":   func(s *Subject) { s.Crease = 60 },
		"Up":       func(s *Subject) { s.Up = mesh.UpZ },
		"Front":    func(s *Subject) { s.Front = 90 },
		"Camera": func(s *Subject) {
			s.Camera = render.Conventions.All()[(slices.Index(render.Conventions.All(), DefaultCamera)+1)%2]
		},
		"Materials":  func(s *Subject) { s.Materials = true },
		"Shading":    func(s *Subject) { s.Shading = render.Smooth },
		"Lights":     func(s *Subject) { s.Lights = []render.Light{{Direction: [3]float64{1, 0, 0}, Intensity: 1}} },
		"Background": func(s *Subject) { s.Background = picture },
		"Gradients":  func(s *Subject) { s.Gradients = rendered.HalfADegree },
	}
	registerBright(t, "small")
	for i := range reflect.TypeFor[Subject]().NumField() {
		name := reflect.TypeFor[Subject]().Field(i).Name
		t.Run(name, func(t *testing.T) {
			change, ok := changes[name]
			if !ok {
				t.Fatal("a new field: add a change of it here")
			}
			plain := Subject{Mesh: "teapot", Class: "teapot"}
			switch name {
			case "MeshRoot": // it decides what is found
				plain.Mesh, plain.Materials = filepath.Join(scattered(t), "models", "m.obj"), true
			case "Crease":
				plain.Shading = render.Smooth
			}
			changed := plain
			change(&changed)
			if a, b := keyOf(t, plain), keyOf(t, changed); a == b {
				t.Error("two subjects have one key")
			}
		})
	}
	t.Run("Labels", func(t *testing.T) {
		named := Subject{Mesh: "teapot", Class: "849", Open: network.OpenOptions{Labels: labels}}
		if keyOf(t, named) == keyOf(t, Subject{Mesh: "teapot", Class: "849"}) {
			t.Error("a file of labels does not change the key")
		}
	})
	if known := slices.Sorted(maps.Keys(changes)); len(known) != reflect.TypeFor[Subject]().NumField() {
		t.Errorf("changes of %v", known)
	}
}

// registerBright registers a network of two classes that looks at the mean colour.
func registerBright(t *testing.T, name string) {
	t.Helper()
	network.Register(name, func() (*network.Network, error) {
		return network.Define(network.Definition{
			Name: name, InputSize: 16, Labels: []string{"dark", "teapot"},
			Graph: func(_ map[string]*graph.Node, images *graph.Node) *graph.Node {
				mean := graph.InsertAxes(graph.ReduceMean(images, 1, 2, 3), -1)
				return graph.Concatenate([]*graph.Node{graph.MulScalar(mean, -10), graph.MulScalar(mean, 10)}, 1)
			},
		})
	})
}

func keyOf(t *testing.T, s Subject) string {
	t.Helper()
	r, err := s.Resolve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.On(objective.Viewpoints())
	if err != nil {
		t.Fatal(err)
	}
	return d.Key()
}
