package plan

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
)

// FuzzPlan finds plans that make the reader fail in other ways than by an error.
func FuzzPlan(f *testing.F) {
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.obj"), []byte("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Setenv("HF_HUB_OFFLINE", "1") // nothing is downloaded
	for _, text := range []string{
		"networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}]\nmethods: [naive]\n",
		"study: s\nnetworks:\n- analytic: gaussian\n  preprocess: raw\nobjects:\n- files: \"*.obj\"\n  class: b\n  limit: 3\nmethods: [{name: oir-b, alpha: 0.1}, oir-w]\nsettings: {iterations: 5, mode: default}\nstarts: {random: 3}\nseeds: [1, 2]\nmap: [\"azimuth=0:360:90\", \"elevation=0:90:30\"]\nregions-on: map\n",
		"space: {axes: [azimuth, \"distance=2:3\"], set: {elevation: 10}}\nstarts: [[1, 2.5]]\nlook: {materials: true, lights: [[1, 0, 0]]}\n",
		"objects: &a [*a]\nnetworks: *a\n", "? a\n: b\n", "--- |\n text\n", "networks: !!binary x\nstarts: []\n", "seeds: [0x10, 1e3, .inf, ~, 2001-01-01]\n", "\x00", "<<: {a: b}\n", "networks: []\nobjects: []",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parse(context.Background(), filepath.Join(dir, "plan.yaml"), data)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		if len(p.Networks) == 0 || len(p.Objects) == 0 || len(p.Starts) == 0 && p.RandomStarts == 0 {
			t.Errorf("an empty plan was accepted: %+v", p)
		}
		_ = p.FileName()
	})
}

// FuzzItem finds items that make a worker fail in other ways than by an error.
func FuzzItem(f *testing.F) {
	p, err := parse(context.Background(), filepath.Join(f.TempDir(), "plan.yaml"), []byte("networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}]\nmethods: [naive, oir-w]\nmap: [\"azimuth=0:360:90\", \"elevation=0:90:30\"]\nregions-on: map\n"))
	if err != nil {
		f.Fatal(err)
	}
	prepared, err := p.Prepare(context.Background(), nil)
	if err != nil {
		f.Fatal(err)
	}
	for item := range prepared.Items() {
		f.Add(item.Data())
	}
	f.Add([]byte(`{"regions": {"method": {"name": "oir-b", "alpha": null}, "on_map": {}}, "of": {"space": null}}`))
	f.Add([]byte(`{"map": {"axes": [{"name": "azimuth", "values": []}], "adaptive": {}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		item, err := ParseItem(data)
		if err != nil {
			return
		}
		if item, err = ParseItem(item.Data()); err != nil { // now with one spelling for each choice
			t.Fatalf("an item cannot be read again: %v", err)
		}
		again, err := ParseItem(item.Data())
		if err != nil || !bytes.Equal(again.Data(), item.Data()) {
			t.Errorf("an item changes when it is read again: %v\n%s\n%s", err, item.Data(), again.Data())
		}
		_, _ = item.CheckVersion(), item.Of.CheckFiles()
		if of, ok := item.MapItem(); ok {
			_ = of.Data()
		}
		_, _ = item.NetworkKey(), item.VersionText()
	})
}
