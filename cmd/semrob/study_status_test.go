package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// TestStatusOfADamagedStudy flips a bit in a result of a stopped study.
func TestStatusOfADamagedStudy(t *testing.T) {
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "plan.yaml"), filepath.Join(dir, "plan")
	writeFile(t, file, "networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}, {mesh: vase, class: b}]\nmethods: [naive]\nstarts: {random: 2}\nseeds: [0, 1]\nsettings: {iterations: 20}\n")
	p, err := plan.Load(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	ready, err := p.Prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sweep.Run(t.Context(), ready, sweep.Options{Folder: folder, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	status := func() []string {
		stdout, _ := succeed(t, "study", "status", folder)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		return strings.Fields(lines[len(lines)-1])[:4] // study, done, damaged, set aside
	}
	if got := status(); !slices.Equal(got, []string{"study", "4", "0", "0"}) {
		t.Errorf("the finished study: %v", got)
	}
	succeed(t, "study", "table", folder) // although it has two seeds
	blocks, err := filepath.Glob(filepath.Join(folder, sweep.ServerFolder, "jetstream", "*", "streams", "KV_semrob-study-results", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("no results on disk: %v", err)
	}
	data, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 8
	writeFile(t, blocks[0], string(data))
	if got := status(); got[1] == "4" {
		t.Errorf("the damaged study: %v", got)
	}
}
