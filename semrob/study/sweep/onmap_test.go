package sweep_test

import (
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
)

// TestRerunOfRegionsOnMaps computes the archives of regions that grew on maps
// again: they say on which kind of device the map was computed.
func TestRerunOfRegionsOnMaps(t *testing.T) {
	p := prepare(t, `networks: [{name: efficientnet-lite0, input-size: 160}]
objects: [{mesh: cup, class: cup}]
methods: [naive]
settings: {iterations: 2, half-width: 10}
starts: [[130, 30]]
map: ["azimuth=0:360:180", "elevation=0:90:45"]
regions-on: map
`)
	folder := t.TempDir()
	run(t, p, folder, 1)
	archives, err := filepath.Glob(filepath.Join(folder, "regions", "*", "*.npz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("%d archives, error %v", len(archives), err)
	}
	lab := &semrob.Lab{NoCache: true}
	defer lab.Close()
	again, err := lab.Rerun(t.Context(), archives[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Comparable(); err != nil {
		t.Error(err)
	}
	if d, err := again.Differences(); err != nil || len(d) > 0 {
		t.Errorf("differences %q, error %v", d, err)
	}
}
