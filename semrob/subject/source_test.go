package subject

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// describe returns the description of a subject in azimuth and elevation.
func describe(t *testing.T, s Subject) Description {
	t.Helper()
	d, _ := resolved(t, s)
	return d
}

// TestFoundMeshIsWhatPicturesShow finds a mesh whose material changed: it is
// another mesh only if its materials are drawn.
func TestFoundMeshIsWhatPicturesShow(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("m.obj", "mtllib m.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nusemtl a\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
	write("m.mtl", "newmtl a\nKd 1 0 0\n")
	white := Subject{Mesh: filepath.Join(dir, "m.obj"), Class: "teapot"}
	drawn := white
	drawn.Materials = true
	descriptions := map[string]Description{"white": describe(t, white), "drawn": describe(t, drawn)}
	write("m.mtl", "newmtl a\nKd 0 1 0\n")
	for name, want := range map[string]error{"white": nil, "drawn": ErrChanged} {
		t.Run(name, func(t *testing.T) {
			d := descriptions[name]
			from := Found(NewDirs([]string{dir}, nil))
			if _, err := from.loadMesh(t.Context(), &d); !errors.Is(err, want) {
				t.Errorf("error %v, want %v", err, want)
			}
		})
	}
}

// TestFoundWeightsOfFetchedNetworks takes the weights that network.OpenWith takes
// for the name, if no folder has them.
func TestFoundWeightsOfFetchedNetworks(t *testing.T) {
	const name = "efficientnet-lite1"
	if _, err := fetch.Path(name); err != nil {
		t.Skipf("no fetched network: %v", err)
	}
	d, err := describe(t, Subject{Mesh: "teapot", Class: "teapot", Network: name}).On(objective.Viewpoints())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Found(NewDirs([]string{t.TempDir()}, nil)).loadNetwork(t.Context(), &d); err != nil {
		t.Error(err)
	}
	t.Setenv(fetch.Variable, t.TempDir())
	_, err = Found(NewDirs([]string{t.TempDir()}, nil)).loadNetwork(t.Context(), &d)
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "network fetch "+name) {
		t.Errorf("without the weights: error %v", err)
	}
}
