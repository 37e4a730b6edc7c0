package subject

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// is and as return checks by errors.Is and errors.As.
func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

func as[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

func TestResolveErrors(t *testing.T) {
	for name, c := range map[string]struct {
		subject Subject
		check   func(error) bool
	}{
		"no mesh":               {Subject{Class: "teapot"}, is(ErrNoMesh)},
		"no class":              {Subject{Mesh: "teapot"}, is(ErrNoClass)},
		"unknown mesh":          {Subject{Mesh: "kettle", Class: "teapot"}, as[*mesh.UnknownError]},
		"unknown network":       {Subject{Mesh: "teapot", Class: "teapot", Network: "resnet-9000"}, as[*network.UnknownNetworkError]},
		"unknown class":         {Subject{Mesh: "teapot", Class: "teapott"}, as[*network.UnknownClassError]},
		"unknown preprocessing": {Subject{Mesh: "teapot", Class: "teapot", Preprocess: "cooked"}, as[*enum.UnknownError]},
		"unknown shading":       {Subject{Mesh: "teapot", Class: "teapot", Shading: "round"}, as[*enum.UnknownError]},
		"unknown parameter":     {Subject{Mesh: "teapot", Class: "teapot", Set: map[string]float64{"zoom": 2}}, as[*enum.UnknownError]},
		"missing background":    {Subject{Mesh: "teapot", Class: "teapot", Background: "nowhere.png"}, is(fs.ErrNotExist)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := c.subject.Resolve(t.Context()); err == nil || !c.check(err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestDescriptionErrors(t *testing.T) {
	made := Description{Subject: Subject{Mesh: "teapot"}, Space: objective.Viewpoints(), Versions: CurrentVersions()}
	if err := made.Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(d *Description)
		check  func(error) bool
	}{
		"another version":   {func(d *Description) { d.Versions.Network++ }, is(ErrVersion)},
		"mesh nowhere":      {func(d *Description) { d.MeshFiles = []File{{Path: "a.obj", Hash: "0"}} }, is(ErrNotFound)},
		"mesh without file": {func(d *Description) { d.Mesh = "a.obj" }, is(ErrNotFound)},
		"changed mesh":      {func(d *Description) { d.MeshHash = "0" }, is(ErrChanged)},
		"changed network":   {func(d *Description) { d.Network = DefaultNetwork }, is(ErrChanged)},
	} {
		t.Run(name, func(t *testing.T) {
			d := made
			c.change(&d)
			found := Found(NewDirs(nil, []string{t.TempDir()}))
			err := d.Check()
			if err == nil {
				_, err = found.loadMesh(t.Context(), &d)
			}
			if err == nil {
				_, err = found.loadNetwork(t.Context(), &d)
			}
			if err == nil || !c.check(err) {
				t.Errorf("error %v", err)
			}
		})
	}
	var s Subject
	if err := s.Apply(Setting{"colour", "red"}); !as[*enum.UnknownError](err) {
		t.Errorf("an unknown option: error %v", err)
	}
}
