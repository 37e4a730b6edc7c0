package sweep_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// TestRerun computes the table of a study again from its Parquet file alone, and
// its archives from themselves.
func TestRerun(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}, {name: efficientnet-lite0, input-size: 160}]
objects: [{mesh: cup, class: cup}]
methods: [naive, {name: oir-w, beta: 0.002}]
settings: {iterations: 2, half-width: 10}
starts: {random: 2}
seeds: [3, 4]
map: ["azimuth=0:360:180", "elevation=0:90:45"]
`)
	folder := t.TempDir()
	run(t, p, folder, 1)
	old, err := results.Open(filepath.Join(folder, sweep.TableFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(old.Items) != p.Total() || len(old.Devices) != 1 {
		t.Fatalf("the file has %d items of %d, devices %q", len(old.Items), p.Total(), old.Devices)
	}
	nowhere := subject.NewDirs(nil, nil) // generated meshes and built-in weights need no files
	again, err := sweep.Rerun(context.Background(), old, nowhere, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := sweep.Differences(old, again); err != nil || len(d) > 0 || len(again.Rows) != len(old.Rows) || len(old.Rows) != 16 {
		t.Errorf("%d rows of %d, differences %q, error %v", len(again.Rows), len(old.Rows), d, err)
	}
	old.Rows[5].B[1] += 0.5
	if d, err := sweep.Differences(old, again); err != nil || len(d) != 1 || !strings.Contains(d[0], "upper bounds") {
		t.Errorf("a changed bound: %q, error %v", d, err)
	}
	archives, err := filepath.Glob(filepath.Join(folder, "*", "*", "*.npz"))
	if err != nil || len(archives) != p.Total() {
		t.Fatalf("%d archives, error %v", len(archives), err)
	}
	lab := &semrob.Lab{NoCache: true}
	defer lab.Close()
	for _, path := range archives {
		t.Run(filepath.Base(path), func(t *testing.T) {
			again, err := lab.Rerun(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if d, err := again.Differences(); err != nil || len(d) > 0 {
				t.Errorf("differences %q, error %v", d, err)
			}
		})
	}
}
